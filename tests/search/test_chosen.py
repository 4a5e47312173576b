"""A slot was chosen: it is asked for again before its booking page opens."""

from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import msgspec
import pytest
from django.test import Client

from sas.aggregator.engine.outcomes import Answer
from sas.aggregator.services import register_editor
from sas.directory.models import PracticeLocation
from sas.search import rounds
from tests.search.conftest import SETTING_UP, Town
from tests.search.reading import ASKED, PAGE, slot_links

CHOOSE = "/sas/recherche/creneau"


@pytest.fixture
def doctor(town: Town) -> PracticeLocation:
    made = town.doctor(town.editor("Alpha"))
    town.open()
    return made


@pytest.fixture
def link(town: Town, regulator: Client, doctor: PracticeLocation) -> str:
    """A slot of the complete page, later today."""
    return slot_links(regulator.get(PAGE, ASKED | {"complet": "1"}).content.decode())[3]


def name_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["creneau"][0]


def changed(link: str, **values: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{urlencode({name: found[-1] for name, found in parse_qs(parts.query).items()} | values)}"


def test_a_free_slot_opens_the_page_of_its_editor_with_our_origin(town: Town, regulator: Client, link: str) -> None:
    answer = regulator.get(link)
    assert answer.status_code == 302
    target = urlsplit(answer["Location"])
    assert f"{target.scheme}://{target.netloc}" == town.sandboxes["Alpha"].site
    assert parse_qs(target.query)["origin"] == ["sas"]
    assert answer["Cache-Control"] == "no-store"


def test_the_editor_is_asked_past_every_cache_about_this_person_alone(
    town: Town, regulator: Client, doctor: PracticeLocation, link: str
) -> None:
    before = len(town.sandboxes["Alpha"].calls)
    regulator.get(link)
    regulator.get(link)
    asked = list(town.sandboxes["Alpha"].calls)[before:]
    assert [call.ids for call in asked] == [(doctor.national_id,)] * 2


def test_a_slot_taken_meanwhile_is_said_with_the_next_ones(regulator: Client, link: str) -> None:
    booking = regulator.get(link)["Location"]
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
    assert regulator.get(others[0]).status_code == 302


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
    assert regulator.get(again[0]).status_code == 302


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
    answer = regulator.get(changed(link, **{name: "https://evil.example/"}))
    assert urlsplit(answer["Location"]).netloc == urlsplit(town.sandboxes["Alpha"].site).netloc
    assert "evil" not in answer["Location"]


def test_slots_of_an_editor_that_does_not_book_yet_are_by_phone(town: Town, regulator: Client) -> None:
    town.doctor(town.editor("Étape 1", stage="slots"))
    town.open()
    answer = regulator.get(PAGE, ASKED | {"complet": "1"})
    html = answer.content.decode()
    assert "à réserver par téléphone" in html
    assert slot_links(html) == []
    slots = regulator.get("/api/v1/recherche", ASKED).json()["cards"][0]["slots"]
    assert {slot["url"] for slot in slots} == {None}


def test_a_link_made_by_hand_to_an_editor_that_does_not_book_is_refused(
    town: Town, regulator: Client, link: str
) -> None:
    register_editor(name="Alpha", base_url=town.sandboxes["Alpha"].base_url, stage="slots", **SETTING_UP)
    town.forget()
    answer = regulator.get(link)
    assert answer.status_code == 409
    assert "tel:+33320000000" in answer.content.decode()


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
    answer = regulator.get(link)
    assert answer.status_code == 409
    assert "Location" not in answer
    assert "encore libre" in answer.content.decode()
    assert "tel:+33320000000" in answer.content.decode()


def test_a_very_long_booking_address_is_followed(regulator: Client, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = rounds.Conversation.hear
    url = f"https://agenda.example/{'x' * 3000}?a=1"

    def lengthened(conversation: rounds.Conversation, answer: Answer) -> object:
        slots = tuple(msgspec.structs.replace(slot, url=url) for slot in answer.slots)
        return heard(conversation, replace(answer, slots=slots))

    monkeypatch.setattr(rounds.Conversation, "hear", lengthened)
    answer = regulator.get(link)
    assert (answer.status_code, answer["Location"]) == (302, f"{url}&origin=sas")
