"""« Mes orientations »: one's own, what became of them, what has to be followed, and the acts."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.lrm.models import Message
from sas.orientation.day.queries import to_follow
from sas.orientation.models import Orientation
from sas.orientation.recording import note
from sas.orientation.rules import Actor, Happening, State
from sas.orientation.services import Receiver
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.factories import directory as make
from tests.factories import orientation as orient

PAGE = "/mes-orientations/"


@pytest.fixture
def user(db: None) -> User:
    make.territory()
    orient.lrm()
    return orient.regulator("SAS-59")


@pytest.fixture
def client(user: User) -> Client:
    return signed_in_client(user)


def sent(user: User, *, made: timedelta = timedelta(), **given: Any) -> Orientation:
    """Somebody accepted a patient in one hour, so long ago."""
    return orient.en_sus(user, at=timezone.now() - made, **given)


def opened(user: User, *, made: timedelta = timedelta()) -> Orientation:
    at = timezone.now() - made
    return orient.opened(user, at=at, starts_at=at + timedelta(hours=2))


def lines(client: Client, query: str = "") -> list[Tag]:
    answer = client.get(f"{PAGE}?{query}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser").select("li[id^=o-]")


def ids(client: Client, query: str = "") -> list[str]:
    return [str(line["id"])[2:] for line in lines(client, query)]


def text_of(line: Tag) -> str:
    return " ".join(line.get_text(" ").split())


def press(client: Client, row: Orientation, act: str, **fields: str) -> Any:
    return client.post(f"{PAGE}{row.uuid}/acte/", {"acte": act} | fields)


def test_one_reads_one_s_own_of_today_the_latest_first(user: User, client: Client) -> None:
    first, second = sent(user, made=timedelta(seconds=2)), sent(user)
    sent(orient.regulator("SAS-59"))
    sent(user, made=timedelta(days=2))
    assert ids(client) == [str(second.uuid), str(first.uuid)]


def test_a_line_says_who_when_where_how_and_what_the_lrm_knows(user: User, client: Client) -> None:
    doctor = make.practitioner(family_name="ZOLA", given_name="Émile")
    place = make.place(doctor)
    sent(user, receiver=Receiver(location_id=place.pk))
    [line] = lines(client)
    said = text_of(line)
    for words in ("Dr Émile ZOLA", "en sus", "cabinet", "confirmée", "LILAS", "à transmettre au SAMU 59", "Honorée"):
        assert words in said
    assert "Rendez-vous" in text_of(line.select(".orientation-text")[0])


def test_what_no_editor_confirmed_in_time_is_to_be_followed(user: User, client: Client) -> None:
    late, fresh = opened(user, made=timedelta(minutes=20)), opened(user)
    assert set(ids(client)) == {str(late.uuid), str(fresh.uuid)}
    assert ids(client, "etat=a-confirmer") == ids(client, "suivre=oui") == [str(late.uuid)]
    assert "1 orientation à suivre" in text_of(BeautifulSoup(client.get(PAGE).content, "html.parser"))
    press(client, late, "confirm")
    late.refresh_from_db()
    assert late.state == State.BOOKED
    assert ids(client, "suivre=oui") == []


def test_the_header_says_how_many_are_to_be_followed_to_those_who_orient(user: User, client: Client) -> None:
    def link(of: Client) -> str:
        found = BeautifulSoup(of.get("/compte/").content, "html.parser").select(
            "#navigation a[href='/mes-orientations/']"
        )
        return text_of(found[0]) if found else ""

    assert link(client) == "Mes orientations"
    opened(user, made=timedelta(minutes=20))
    assert link(client) == "Mes orientations (1 à suivre )"
    assert link(signed_in_client(orient.regulator("SAS-59"))) == "Mes orientations"
    assert link(signed_in_client(orient.regulator("SAS-59", role=Role.TERRITORIAL_REFERENT))) == ""


def test_a_slot_that_changed_is_to_be_followed_until_somebody_acts(user: User, client: Client) -> None:
    row = sent(user)
    assert to_follow(user, timezone.now()) == 0
    at = timezone.now()
    note(row, act=Happening.SLOT_CHANGED, actor=Actor.EFFECTOR, before=row.state, by="test", at=at)
    assert to_follow(user, at) == 1
    assert "Le créneau a changé" in text_of(lines(client)[0])
    press(client, row, "cancel", motif="declined")
    assert to_follow(user, timezone.now()) == 0


def test_a_message_that_the_lrm_cannot_have_is_to_be_followed(user: User, client: Client) -> None:
    row = sent(user)
    Message.objects.filter(subject=row.uuid).update(state="refused", needs_hand=True, trouble="champ absent")
    assert ids(client, "suivre=oui") == [str(row.uuid)]
    said = text_of(lines(client)[0])
    assert "en erreur : champ absent" in said
    assert "de vive voix" in said


def test_it_is_followed_for_three_days_unless_days_are_asked_for(user: User, client: Client) -> None:
    opened(user, made=timedelta(days=2))
    opened(user, made=timedelta(days=5))
    assert to_follow(user, timezone.now()) == 1
    assert len(ids(client, "suivre=oui")) == 1
    week = (timezone.localdate() - timedelta(days=8)).isoformat()
    assert len(ids(client, f"suivre=oui&du={week}")) == 2


def test_filters_find_by_name_without_accents_by_state_and_by_path(user: User, client: Client) -> None:
    doctor = make.practitioner(family_name="ZOLA", given_name="Émile")
    zola = sent(user, receiver=Receiver(location_id=make.place(doctor).pk))
    cpts = make.structure(name="CPTS de la Lys")
    lys = sent(user, receiver=Receiver(structure_id=cpts.pk), made=timedelta(seconds=1))
    pending = opened(user)
    assert ids(client, "texte=emile+zola") == [str(zola.uuid)]
    assert ids(client, "texte=LYS") == [str(lys.uuid)]
    assert ids(client, "voie=editor") == ids(client, "etat=pending") == [str(pending.uuid)]
    assert ids(client, "texte=personne") == []
    assert len(ids(client, "etat=n-importe&voie=quoi&du=hier")) == 3


def test_an_act_is_done_said_and_undone_within_the_minute(user: User, client: Client) -> None:
    row = sent(user)
    answer = press(client, row, "cancel", motif="declined", texte="nom")
    assert answer.status_code == 302
    assert "texte=nom" in answer["Location"]
    assert answer["Location"].endswith(f"#o-{row.uuid}")
    row.refresh_from_db()
    assert (row.state, row.reason) == ("cancelled", "declined")
    said = text_of(lines(client)[0])
    assert "ne peut plus recevoir" in said
    assert "Revenir en arrière" in said
    press(client, row, "undo")
    row.refresh_from_db()
    assert row.state == "booked"
    assert "Revenir en arrière" not in text_of(lines(client)[0])
    acts = AuditLine.objects.filter(target=f"orientation {row.uuid}").values_list("act", flat=True)
    assert {"cancel_orientation", "undo_orientation"} <= set(acts)


def test_an_act_that_came_too_late_says_so_beside_its_line(user: User, client: Client) -> None:
    row = sent(user)
    press(client, row, "honour")
    answer = press(client, row, "cancel", motif="declined")
    assert answer.status_code == 409
    line = BeautifulSoup(answer.content, "html.parser").select(f"#o-{row.uuid} [role=alert]")[0]
    assert "déjà honorée" in text_of(line)


def test_a_refused_act_is_read_even_when_the_filters_hide_its_line(user: User, client: Client) -> None:
    row = sent(user)
    press(client, row, "honour")
    answer = press(client, row, "cancel", motif="declined", texte="personne")
    assert BeautifulSoup(answer.content, "html.parser").select(f"#o-{row.uuid} [role=alert]")


def test_nobody_comes_back_on_what_is_older_than_a_minute(user: User, client: Client) -> None:
    row = sent(user, made=timedelta(minutes=2))
    assert "Revenir en arrière" not in text_of(lines(client)[0])
    assert press(client, row, "undo").status_code == 409


def test_honoured_is_offered_near_the_hour_and_not_honoured_after_it(user: User, client: Client) -> None:
    now = timezone.now()
    sent(user, starts_at=now + timedelta(hours=30))
    assert "onorée" not in text_of(lines(client)[0])
    row = sent(user, starts_at=now + timedelta(minutes=30))
    said = text_of(lines(client)[0])
    assert "Honorée" in said
    assert "Non honorée" not in said
    Orientation.objects.filter(pk=row.pk).update(starts_at=now - timedelta(hours=1))
    assert "Non honorée" in text_of(lines(client)[0])


def test_another_s_orientation_does_not_exist(user: User, client: Client) -> None:
    other = sent(orient.regulator("SAS-59"))
    assert press(client, other, "cancel").status_code == 404
    assert client.post(f"{PAGE}{uuid.uuid4()}/acte/", {"acte": "cancel"}).status_code == 404
    assert client.post(f"{PAGE}pas-un-uuid/acte/", {"acte": "cancel"}).status_code == 404
    other.refresh_from_db()
    assert other.state == "booked"


@pytest.mark.parametrize("fields", [{}, {"acte": "explode"}, {"acte": "cancel", "motif": "texte libre"}])
def test_a_form_of_nobody_is_refused(user: User, client: Client, fields: dict[str, str]) -> None:
    row = sent(user)
    assert client.post(f"{PAGE}{row.uuid}/acte/", fields).status_code == 400


def test_pages_follow_one_another_without_missing_or_repeating(
    user: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sas.orientation.day.queries.PER_PAGE", 2)
    place, now = make.place(), timezone.now()
    made = [sent(user, receiver=Receiver(location_id=place.pk)) for _ in range(5)]
    Orientation.objects.filter(pk__in=[row.pk for row in made[1:4]]).update(created_at=now)  # at the same instant
    read: list[str] = []
    query = ""
    while True:
        read += ids(client, query)
        page = BeautifulSoup(client.get(f"{PAGE}?{query}").content, "html.parser")
        following = page.select("a[rel=next]")
        if not following:
            break
        query = str(following[0]["href"])[1:]
    assert len(read) == 5
    assert set(read) == {str(row.uuid) for row in made}


def test_a_long_list_costs_as_many_queries_as_a_short_one(user: User, client: Client) -> None:
    place = make.place()
    sent(user, receiver=Receiver(location_id=place.pk))
    client.get(PAGE)
    with CaptureQueriesContext(
        connection,
    ) as short:
        client.get(PAGE)
    for _ in range(8):
        sent(user, receiver=Receiver(location_id=place.pk))
    opened(user, made=timedelta(minutes=20))
    with CaptureQueriesContext(connection) as long:
        assert len(lines(client)) == 10
    assert len(long) == len(short)


def test_advice_is_noted_by_one_button_and_counted_apart(user: User, client: Client) -> None:
    hospital = make.structure(kind="establishment", name="CH de Lille")
    page = f"/sas/orientation/conseil/{hospital.pk}/"
    form = BeautifulSoup(client.get(page).content, "html.parser").select("main form")[0]
    key = str(form.select("[name=cle]")[0]["value"])
    for _ in range(2):  # a button that is pressed twice
        assert client.post(page, {"cle": key}).status_code == 302
    row = Orientation.objects.get()
    assert (row.path, row.structure, row.starts_at) == ("advice", hospital, None)
    assert not Message.objects.exists()
    whole = text_of(BeautifulSoup(client.get(PAGE).content, "html.parser"))
    assert "Aucune orientation aujourd’hui, et 1 conseil d’établissement, compté à part" in whole
    press(client, row, "cancel", motif="mistake")
    row.refresh_from_db()
    assert row.state == "cancelled"


def test_advice_is_for_establishments(user: User, client: Client) -> None:
    assert client.get(f"/sas/orientation/conseil/{make.structure().pk}/").status_code == 404
    assert client.post("/sas/orientation/conseil/999999/").status_code == 404


@pytest.mark.parametrize("query", ["suite=9999999999999999.1", "texte=%00", "du=9999-12-31", "texte=" + "a" * 5000])
def test_no_address_breaks_the_page(user: User, client: Client, query: str) -> None:
    sent(user)
    lines(client, query)
