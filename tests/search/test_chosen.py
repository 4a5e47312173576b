"""A slot was chosen: it is asked for again before its panel is shown, and recorded before its booking page opens."""

import re
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from unittest.mock import Mock
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

import msgspec
import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.aggregator import bookings
from sas.aggregator.engine.outcomes import Answer
from sas.aggregator.services import register_editor
from sas.directory.models import PracticeLocation
from sas.lrm.models import Lrm
from sas.search import rounds
from sas.web.models import AuditLine
from tests.factories import directory as factories
from tests.search.conftest import MONDAY, SETTING_UP, Town
from tests.search.reading import ASKED, PAGE, slot_links

CHOOSE = "/sas/recherche/creneau"


@pytest.fixture(autouse=True)
def choices(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the package that records orientations was told."""
    made: list[dict[str, Any]] = []

    def told(**choice: Any) -> UUID:
        made.append(choice)
        return UUID(int=len(made))

    monkeypatch.setattr(bookings, "_known", [told])
    return made


@pytest.fixture
def doctor(town: Town) -> PracticeLocation:
    made = town.doctor(town.editor("Alpha"))
    town.open()
    return made


@pytest.fixture
def link(town: Town, regulator: Client, doctor: PracticeLocation) -> str:
    """A slot of the complete page, later today."""
    return slot_links(regulator.get(PAGE, ASKED | {"complet": "1"}).content.decode())[3]


def book(client: Client, link: str, **body: str) -> Any:
    """« Réserver chez … » of the panel."""
    return client.post(link, {"cle": str(uuid4())} | body)


def led_to(answer: Any) -> str:
    """The page that the browser opens next."""
    assert answer.status_code == 200, answer.content.decode()
    at_once, _, url = answer["Refresh"].partition("; url=")
    assert at_once == "0"
    return url


def soup(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", soup(answer).get_text(" "))


def name_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["creneau"][0]


def changed(link: str, **values: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{urlencode({name: found[-1] for name, found in parse_qs(parts.query).items()} | values)}"


def test_the_panel_says_who_where_when_and_whom_to_call_and_writes_nothing(
    regulator: Client, doctor: PracticeLocation, link: str, choices: list[dict[str, Any]]
) -> None:
    lines = AuditLine.objects.count()
    answer = regulator.get(link)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    said = text_of(answer)
    for words in (doctor.family_name, "1 RUE DES LILAS, 59000 Lille", "aujourd’hui", "03 20 00 00 00", "Alpha"):
        assert words in said
    assert "informe lui-même le patient par SMS ou e-mail" in said
    assert soup(answer).select_one("form[target=_blank]")["action"] == link  # type: ignore[index]
    regulator.get(link, headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch"})
    regulator.head(link)
    assert choices == []
    assert AuditLine.objects.count() == lines


def test_beside_the_results_the_panel_comes_alone(regulator: Client, link: str) -> None:
    alone = regulator.get(link, headers={"HX-Request": "true"})
    assert "<html" not in alone.content.decode()
    assert "HX-Request" in alone["Vary"]
    assert soup(alone).h2 is not None
    refused = regulator.get(changed(link, creneau="zz"), headers={"HX-Request": "true"})
    assert refused.status_code == 400
    assert "<html" not in refused.content.decode()


def test_the_choice_is_recorded_then_the_page_of_the_editor_opens_with_our_origin(
    town: Town, regulator: Client, doctor: PracticeLocation, link: str, choices: list[dict[str, Any]]
) -> None:
    key = uuid4()
    answer = book(regulator, link, cle=str(key))
    target = urlsplit(led_to(answer))
    assert f"{target.scheme}://{target.netloc}" == town.sandboxes["Alpha"].site
    assert parse_qs(target.query)["origin"] == ["sas"]
    assert answer["Cache-Control"] == "no-store"
    (made,) = choices
    assert (made["key"], made["origin"], made["territory_id"], made["at"]) == (key, "", None, MONDAY)
    slot = made["slot"]
    assert slot.location_id == doctor.pk
    assert slot.practitioner_id == doctor.practitioner_id
    assert (slot.place_key, slot.editor, slot.via) == (doctor.place_key, town.keys["Alpha"], None)
    assert slot.slot_id == name_of(link)
    assert str(int(slot.starts_at.timestamp())) == parse_qs(urlsplit(link).query)["debut"][0]
    assert slot.ends_at > slot.starts_at


def test_the_same_key_is_told_twice_and_kept_once_by_whoever_records_and_what_they_refuse_is_said(
    regulator: Client, link: str, choices: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = str(uuid4())
    assert led_to(book(regulator, link, cle=key)) == led_to(book(regulator, link, cle=key))
    assert [made["key"] for made in choices] == [UUID(key)] * 2
    monkeypatch.setattr(bookings, "_known", [Mock(side_effect=bookings.BookingRefused("Elle a déjà servi."))])
    refused = book(regulator, link, cle=key)
    assert (refused.status_code, "Elle a déjà servi." in text_of(refused), "Refresh" in refused) == (409, True, False)


@pytest.mark.parametrize("key", ["", "1", "x" * 300, "\x00"])
def test_without_a_key_nothing_is_recorded(
    regulator: Client, link: str, choices: list[dict[str, Any]], key: str
) -> None:
    assert book(regulator, link, cle=key).status_code == 400
    assert choices == []


def test_the_editor_is_asked_past_every_cache_about_this_person_alone(
    town: Town, regulator: Client, doctor: PracticeLocation, link: str
) -> None:
    before = len(town.sandboxes["Alpha"].calls)
    regulator.get(link)
    regulator.get(link)
    asked = list(town.sandboxes["Alpha"].calls)[before:]
    assert [call.ids for call in asked] == [(doctor.national_id,)] * 2


def test_what_the_editor_said_seconds_ago_is_not_asked_again_and_a_minute_ago_is(
    town: Town, regulator: Client, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [MONDAY.astimezone(UTC)]
    monkeypatch.setattr(timezone, "now", lambda: moment[0])
    town.forget()  # the engine takes its clock when it starts
    calls = town.sandboxes["Alpha"].calls
    regulator.get(link)
    before = len(calls)
    moment[0] += timedelta(seconds=14)
    led_to(book(regulator, link))
    assert len(calls) == before
    moment[0] += timedelta(seconds=2)
    led_to(book(regulator, link))
    assert len(calls) == before + 1


def test_a_slot_taken_while_the_panel_was_read_is_not_recorded(
    town: Town, regulator: Client, link: str, choices: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [MONDAY.astimezone(UTC)]
    monkeypatch.setattr(timezone, "now", lambda: moment[0])
    town.forget()
    regulator.get(link)
    town.sandboxes["Alpha"].set_behaviour("empty")
    moment[0] += timedelta(seconds=16)
    answer = book(regulator, link)
    assert answer.status_code == 409
    assert "plus libre" in answer.content.decode()
    assert choices == []


def test_the_software_that_called_is_said_when_it_is_one_that_we_know(
    regulator: Client, link: str, choices: list[dict[str, Any]]
) -> None:
    Lrm.objects.create(origin="lrm-59", territory=factories.territory(), created_at=MONDAY)
    led_to(book(regulator, changed(link, origin="lrm-59")))
    led_to(book(regulator, changed(link, origin="LRM-59")))
    assert [made["origin"] for made in choices] == ["lrm-59", ""]


def test_who_regulates_for_several_territories_says_for_which_one(
    town: Town, client: Client, regulator: Client, link: str, choices: list[dict[str, Any]]
) -> None:
    nord, other, foreign = (factories.territory(code=code, label=code) for code in ("SAS-59", "SAS-62", "SAS-80"))
    codes = [nord.code, other.code]
    user, _ = create_account(email="deux@example.org", roles=[Role.REGULATOR], territories=codes, **SETTING_UP)
    client.force_login(user)
    options = soup(client.get(link)).select("select[name=territoire] option")
    assert {str(option["value"]) for option in options} == {str(nord.pk), str(other.pk)}
    for said in (other.pk, foreign.pk, "x"):
        led_to(book(client, link, territoire=str(said)))
    assert [made["territory_id"] for made in choices] == [other.pk, None, None]


@pytest.mark.parametrize(("calling", "asked"), [("never", False), ("public", True), ("always", True)])
def test_the_call_before_booking_is_asked_where_the_sas_wants_it_and_noted_in_one_press(
    regulator: Client, doctor: PracticeLocation, link: str, calling: str, asked: bool
) -> None:
    factories.territory(call_before_booking=calling)
    form = soup(regulator.get(link)).select_one("form.sas-act__call")
    assert (form is not None) is asked
    if form is None:
        return
    key = str(form.select_one("input[name=cle]")["value"])  # type: ignore[index]
    before = AuditLine.objects.count()
    answer = regulator.post(str(form["action"]), {"cle": key})
    assert "Appel noté" in text_of(answer)
    page = soup(answer)
    assert page.select_one("form.sas-act__call") is None
    assert page.select_one("form[target=_blank] input[name=cle]")["value"] == key  # type: ignore[index]
    assert page.select_one("form[target=_blank]")["action"] == link  # type: ignore[index]
    assert AuditLine.objects.count() == before + 1
    line = AuditLine.objects.latest("pk")
    assert (line.act, line.target) == ("note_booking_call", f"lieu {doctor.pk}")


def test_a_slot_taken_meanwhile_is_said_with_the_next_ones(regulator: Client, link: str) -> None:
    booking = led_to(book(regulator, link))
    body = urlencode({"creneau": name_of(booking), "origin": "sas"}).encode()
    with urlopen(Request(booking, data=body, method="POST")) as booked:  # noqa: S310 — our sandbox
        assert booked.status == 200
    answer = regulator.get(link)
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "plus libre" in html
    others = slot_links(html)
    assert others
    assert all(
        parse_qs(urlsplit(other).query)["creneau"] != parse_qs(urlsplit(link).query)["creneau"] for other in others
    )
    assert regulator.get(others[0]).status_code == 200


def test_the_next_ones_are_shown_whatever_filters_the_search_had(town: Town, regulator: Client, link: str) -> None:
    answer = regulator.get(changed(link, creneau="0123456789ab-1-f-2", delai="0-4", modalite="HH", rdv="sans"))
    assert answer.status_code == 409
    assert slot_links(answer.content.decode())


def test_an_agenda_emptied_meanwhile_is_said(town: Town, regulator: Client, link: str) -> None:
    town.sandboxes["Alpha"].set_behaviour("empty")
    answer = regulator.get(link)
    assert answer.status_code == 409
    assert "plus d’autre" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("trouble", ["down", "error", "html", "malformed"])
def test_an_editor_in_trouble_gives_the_phone_and_another_try(
    town: Town, regulator: Client, link: str, trouble: str
) -> None:
    town.sandboxes["Alpha"].set_behaviour(trouble)
    answer = regulator.get(link)
    html = answer.content.decode()
    assert answer.status_code == 503
    assert "tel:+33320000000" in html
    again = [found for found in slot_links(html) if urlsplit(found).path == CHOOSE]
    town.sandboxes["Alpha"].set_behaviour("ok")
    assert regulator.get(again[0]).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"debut": "1000"}, 410), ({"editeur": "inconnu"}, 410), ({"fiche": "999999999"}, 410),
        ({"creneau": "zz"}, 400), ({"creneau": "../../../etc"}, 400), ({"fiche": "1 OR 1=1"}, 400),
        ({"fiche": "9" * 30}, 400), ({"debut": "\x00"}, 400), ({"editeur": "<script>"}, 400), ({"creneau": ""}, 400),
    ],
)  # fmt: skip
def test_a_link_that_leads_nowhere_says_so(regulator: Client, link: str, wrong: dict[str, str], status: int) -> None:
    answer = regulator.get(changed(link, **wrong))
    assert answer.status_code == status
    assert "<script>" not in answer.content.decode().split("</head>")[1].split('<script src="')[0]


def test_nothing_at_all_is_a_sentence(regulator: Client) -> None:
    assert regulator.get(CHOOSE).status_code == 400


def test_an_editor_that_does_not_know_this_person_is_never_asked(town: Town, regulator: Client, link: str) -> None:
    other, _ = register_editor(name="Autre", base_url=town.sandboxes["Alpha"].base_url, stage="booking", **SETTING_UP)
    town.forget()
    before = len(town.sandboxes["Alpha"].calls)
    assert regulator.get(changed(link, editeur=other.key)).status_code == 410
    assert len(town.sandboxes["Alpha"].calls) == before


@pytest.mark.parametrize("name", ["url", "next", "redirect", "lien", "comment", "origin"])
def test_an_address_brought_by_the_request_is_never_followed(
    town: Town, regulator: Client, link: str, name: str
) -> None:
    target = led_to(book(regulator, changed(link, **{name: "https://evil.example/"})))
    assert urlsplit(target).netloc == urlsplit(town.sandboxes["Alpha"].site).netloc
    assert "evil" not in target


def test_slots_of_an_editor_that_does_not_book_yet_are_by_phone(
    town: Town, regulator: Client, choices: list[dict[str, Any]]
) -> None:
    town.doctor(town.editor("Étape 1", stage="slots"), participates=True)
    town.open()
    html = regulator.get(PAGE, ASKED | {"complet": "1"}).content.decode()
    assert "à réserver par téléphone" in html
    link = next(one for one in slot_links(html) if one.startswith(CHOOSE))
    answer = regulator.get(link)
    said = text_of(answer)
    assert "ne se réservent pas encore en ligne" in said
    assert "03 20 00 00 00" in said
    assert soup(answer).select_one("form[target=_blank]") is None
    agreed = parse_qs(urlsplit(str(soup(answer).select_one("a[data-first]")["href"])).query)  # type: ignore[index]
    assert agreed["debut"][0].startswith("2026-11-2")
    assert agreed["fin"][0] > agreed["debut"][0]
    assert "montre" in agreed
    assert book(regulator, link).status_code == 409
    assert choices == []
    slots = regulator.get("/api/v1/recherche", ASKED).json()["cards"][0]["slots"]
    assert {slot["url"] for slot in slots} == {None}


def test_a_link_made_by_hand_to_an_editor_that_does_not_book_is_refused(
    town: Town, regulator: Client, link: str, choices: list[dict[str, Any]]
) -> None:
    register_editor(name="Alpha", base_url=town.sandboxes["Alpha"].base_url, stage="slots", **SETTING_UP)
    town.forget()
    answer = book(regulator, link)
    assert answer.status_code == 409
    assert "tel:+33320000000" in answer.content.decode()
    assert choices == []


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "ftp://x/y",
        "https://[1:2]/",
        "https://exam℀ple.org/",
        "",
        None,
    ],
)
def test_an_address_that_no_browser_should_open_is_never_followed(
    regulator: Client, link: str, monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    heard = rounds.Conversation.hear

    def poisoned(conversation: rounds.Conversation, answer: Answer) -> object:
        slots = tuple(msgspec.structs.replace(slot, url=url) for slot in answer.slots)
        return heard(conversation, replace(answer, slots=slots))

    monkeypatch.setattr(rounds.Conversation, "hear", poisoned)
    for answer, status in ((regulator.get(link), 200), (book(regulator, link), 409)):
        assert answer.status_code == status
        assert "Location" not in answer
        assert "Refresh" not in answer
        assert "encore libre" in answer.content.decode()
        assert "tel:+33320000000" in answer.content.decode()


def test_a_very_long_booking_address_is_followed(regulator: Client, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = rounds.Conversation.hear
    url = f"https://agenda.example/{'x' * 3000}?a=1"

    def lengthened(conversation: rounds.Conversation, answer: Answer) -> object:
        slots = tuple(msgspec.structs.replace(slot, url=url) for slot in answer.slots)
        return heard(conversation, replace(answer, slots=slots))

    monkeypatch.setattr(rounds.Conversation, "hear", lengthened)
    assert led_to(book(regulator, link)) == f"{url}&origin=sas"
