"""« Qui a vu mes créneaux »: counted once the answer is gone, added up without a loss, read as counts."""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from sas.accounts.models import MachineClient, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account, create_client
from sas.directory.models import Practitioner
from sas.search.models import Showing, ShownCount
from sas.search.seen import recording
from sas.search.seen.queries import seen_days
from sas.search.seen.services import purge_shown_counts, roll_up
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.factories import directory
from tests.search.conftest import MONDAY, SETTING_UP, Search, Town
from tests.search.reading import ASKED, PAGE

STREAM = "/sas/recherche/flux"
AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def told() -> list[tuple[str, str, list[int]]]:
    return list(Showing.objects.order_by("pk").values_list("territory_code", "role", "practitioner_ids"))


def shown(*people: Practitioner, at: datetime = AT, role: str = "regulator", territory: str = "SAS-59") -> None:
    Showing.objects.create(
        at=at, role=role, territory_code=territory, practitioner_ids=[person.pk for person in people]
    )


@pytest.fixture
def seen_doctor(town: Town) -> Practitioner:
    """With slots, beside a colleague who has none."""
    alpha = town.editor("Alpha")
    place = town.doctor(alpha, participates=True)
    town.doctor(alpha, density=0.0, participates=True)
    town.open()
    return place.practitioner


@pytest.fixture
def local(regulator: Client) -> Client:
    """A regulator of the SAS of the Nord."""
    directory.territory()
    user, _ = create_account(email="locale@example.org", roles=[Role.REGULATOR], territories=["SAS-59"], **SETTING_UP)
    return signed_in_client(user, at=MONDAY)


def test_a_complete_page_leaves_one_row_of_those_who_had_slots(local: Client, seen_doctor: Practitioner) -> None:
    answer = local.get(PAGE, ASKED | {"complet": "1"})
    assert answer.content.count(b"<article") == 2
    assert told() == [("SAS-59", "regulator", [seen_doctor.pk])]


def test_a_page_and_the_stream_that_follows_are_one_search(local: Client, seen_doctor: Practitioner) -> None:
    local.get(PAGE, ASKED)
    assert told() == []
    answer = local.get(STREAM, ASKED)
    parts = []
    for part in answer.streaming_content:  # type: ignore[attr-defined]
        assert told() == [], "nothing is written while the answer is on its way"
        parts.append(part)
    assert b"event: fin" in parts[-1]
    assert told() == [("SAS-59", "regulator", [seen_doctor.pk])]


def test_an_application_is_counted_as_such(search: Search, client: Client, seen_doctor: Practitioner) -> None:
    search()
    token = create_client(name="Régul+", scopes=["search"], by="test", at=AT)
    Client().get("/api/v1/recherche", ASKED, headers={"Authorization": f"Bearer {token}"})
    assert MachineClient.objects.count() == 1
    assert [(role, people) for _, role, people in told()] == [
        ("regulator", [seen_doctor.pk]),
        ("application", [seen_doctor.pk]),
    ]


def test_a_search_that_is_refused_or_finds_nobody_leaves_nothing(local: Client, town: Town) -> None:
    local.get(PAGE, {"loc": "Nulle-part-les-Oies"})
    local.get(PAGE, ASKED | {"complet": "1"})
    assert told() == []


def test_a_count_that_fails_breaks_no_search(
    local: Client, seen_doctor: Practitioner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no database")

    monkeypatch.setattr(recording, "add_showing", broken)
    with caplog.at_level(logging.ERROR):
        answer = local.get(PAGE, ASKED | {"complet": "1"})
    assert answer.status_code == 200
    assert "a search was not counted" in caplog.text
    assert told() == []


def test_adding_up_keeps_every_search_and_may_be_done_again(db: None) -> None:
    one, two = directory.place().practitioner, directory.place().practitioner
    shown(one, two)
    shown(one)
    shown(one, role="ioa")
    assert roll_up() == 3
    assert roll_up() == 0
    shown(one)
    assert roll_up(at_once=1) == 1
    counts = ShownCount.objects.order_by("practitioner_id", "-role")
    assert [(row.practitioner, row.day, row.role, row.searches) for row in counts] == [
        (one, date(2026, 11, 23), "regulator", 3),
        (one, date(2026, 11, 23), "ioa", 1),
        (two, date(2026, 11, 23), "regulator", 1),
    ]
    assert not Showing.objects.exists()


def test_a_day_is_that_of_the_place(db: None) -> None:
    paris, tahiti = directory.place().practitioner, directory.place(timezone="Pacific/Tahiti").practitioner
    shown(paris, tahiti)
    before = [seen_days(person, first=AT.date() - timedelta(days=2), last=AT.date()) for person in (paris, tahiti)]
    roll_up()
    after = [seen_days(person, first=AT.date() - timedelta(days=2), last=AT.date()) for person in (paris, tahiti)]
    assert before == after
    assert [days[0].day for days in after] == [date(2026, 11, 23), date(2026, 11, 22)]


class Killed(Exception):  # noqa: N818 — what a worker that dies looks like from inside
    """The worker dies."""


@transaction.atomic
def in_one_transaction_that_dies() -> None:
    roll_up()
    raise Killed


def total() -> int:
    """Searches counted or waiting."""
    return sum(ShownCount.objects.values_list("searches", flat=True)) + Showing.objects.count()


def test_killed_in_the_middle_nothing_is_lost_nor_doubled(db: None) -> None:
    person = directory.place().practitioner
    for _ in range(3):
        shown(person)
    with pytest.raises(Killed):
        in_one_transaction_that_dies()
    assert total() == 3
    roll_up()
    assert (total(), Showing.objects.count()) == (3, 0)


def test_control_counting_then_deleting_apart_doubles(db: None) -> None:
    person = directory.place().practitioner
    shown(person)

    def in_two_steps(*, dies: bool) -> None:
        for row in Showing.objects.all():
            ShownCount.objects.create(day=row.at.date(), practitioner=person, role=row.role, searches=1)
        if dies:
            raise Killed
        Showing.objects.all().delete()

    with pytest.raises(Killed):
        in_two_steps(dies=True)
    assert total() == 2


def test_counts_are_forgotten_after_twelve_months(db: None) -> None:
    person = directory.practitioner()
    for days in (364, 366):
        day = (AT - timedelta(days=days)).date()
        ShownCount.objects.create(day=day, practitioner=person, role="regulator", searches=1)
    assert purge_shown_counts(by="tâche", at=AT) == 1
    assert purge_shown_counts(by="tâche", at=AT) == 0
    assert AuditLine.objects.filter(act="purge_shown_counts").count() == 1


@pytest.fixture
def own(db: None) -> tuple[Client, Practitioner]:
    person = directory.place().practitioner
    user, _ = create_account(email="medecin@example.org", roles=[Role.EFFECTOR], **SETTING_UP)
    User.objects.filter(pk=user.pk).update(national_id=person.national_id)
    user.refresh_from_db()
    return signed_in_client(user, at=MONDAY), person


def test_the_doctor_reads_counts_by_sas_and_role_of_the_last_minutes_too(own: tuple[Client, Practitioner]) -> None:
    client, person = own
    directory.territory()
    shown(person)
    roll_up()
    shown(person, role="application", territory="")
    shown(person, territory="SAS-59 SAS-62")
    page = client.get(f"/vues/{person.national_id}/").content.decode()
    assert "3 recherches" in page
    for text in ("SAS du Nord", "Régulateur / OSNP", "Application (logiciel de régulation)", "SAS du Nord ou SAS-62"):
        assert text in page
    assert "3 recherches" in client.get("/").content.decode()


def test_months_before_are_a_press_away_and_no_further_than_twelve(own: tuple[Client, Practitioner]) -> None:
    client, person = own
    ShownCount.objects.create(day=date(2026, 10, 2), practitioner=person, role="regulator", searches=41)
    page = client.get(f"/vues/{person.national_id}/").content.decode()
    assert "?mois=2026-10" in page
    assert "41 recherches" in client.get(f"/vues/{person.national_id}/?mois=2026-10").content.decode()
    for far in ("2019-01", "2027-01", "hier", "2026-13"):
        assert "Novembre 2026" in client.get(f"/vues/{person.national_id}/?mois={far}").content.decode()


def test_counts_of_somebody_else_are_not_said_to_exist(own: tuple[Client, Practitioner], regulator: Client) -> None:
    client, person = own
    assert client.get(f"/vues/{directory.place().national_id}/").status_code == 404
    assert regulator.get(f"/vues/{person.national_id}/").status_code == 403


def test_nothing_in_the_tables_could_name_who_searched(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_name IN ('search_showing', 'search_showncount')"
        )
        columns = {name for _, name in cursor.fetchall()}
    assert columns == {"id", "at", "day", "territory_code", "role", "practitioner_ids", "practitioner_id", "searches"}
