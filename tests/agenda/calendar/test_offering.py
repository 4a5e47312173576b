"""Offering, changing, removing by the forms: what is wrong is said beside its field, and what was typed is kept."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from sas.agenda import queries
from sas.agenda.models import Series, Use
from sas.agenda.queries import Occurrence
from sas.directory.models import PracticeLocation
from tests.accounts.signing import signed_in_client
from tests.agenda.calendar.conftest import NOW, Doctor, page
from tests.agenda.calendar.test_week import offered

TUESDAY = date(2026, 11, 24)
EVERY_OTHER = {"repeat": "2", "weekdays": ["1"]}


def occurrences(doctor: Doctor, monday: date = date(2026, 11, 23), days: int = 7) -> list[Occurrence]:
    return list(queries.week_of(monday=monday, days=days, practitioner_id=doctor.person.pk))


def open_one(doctor: Doctor, **said: object) -> Series:
    answer = doctor.post("nouveau/", **offered(doctor.place.place_key, **said))
    assert answer.status_code == 302, page(answer)
    return Series.objects.latest("pk")


def test_a_plage_every_other_tuesday_is_there_two_weeks_later_and_not_next_week(doctor: Doctor) -> None:
    open_one(doctor, **EVERY_OTHER)
    assert [one.on for one in occurrences(doctor, days=29)] == [TUESDAY + timedelta(days=14 * n) for n in range(2)]


def test_the_summary_is_shown_before_anything_is_offered(doctor: Doctor) -> None:
    answer = doctor.post("nouveau/", **offered(doctor.place.place_key, **EVERY_OTHER, apercu="1"))
    shown = page(answer)
    assert answer.status_code == 200
    assert "chaque mardi, une semaine sur deux, de 8 h à 12 h, 6 patients" in shown
    assert "mardi 8 décembre" in shown
    assert not Series.objects.exists()


def test_three_presses_are_enough(doctor: Doctor) -> None:
    first = page(doctor.get("nouveau/"))
    assert 'value="2026-11-23"' in first
    said = {"day": "2026-11-23", "band": "10:00-12:00", "place": f"lieu:{doctor.place.place_key}"}
    defaults = {"kind": "band", "capacity": "4", "split_minutes": "15", "modalities": ["AMB"], "repeat": ""}
    assert doctor.post("nouveau/", **said, **defaults).status_code == 302
    (one,) = occurrences(doctor)
    assert (one.start.time(), one.end.time(), one.capacity) == (time(10), time(12), 4)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"starts_at": "12:00", "ends_at": "08:00"}, "fin"),
    ({"day": "autre", "other_day": "2026-11-20"}, "passé"),
    ({"day": "autre", "other_day": "20/11/20260"}, "Date incomprise"),
    ({"day": "autre", "other_day": "9999-12-31"}, "entre 2020 et 2100"),
    ({"day": ""}, "Choisissez un jour"),
    ({"day": "2030-01-01"}, "Choisissez parmi"),
    ({"band": ""} | {"starts_at": "", "ends_at": ""}, "Choisissez un horaire"),
    ({"band": "08:00-10:00"}, "gardez l’un des deux"),
    ({"starts_at": "8h"}, "Heure incomprise"),
    ({"starts_at": "08:02"}, "5 minutes"),
    ({"capacity": "0"}, "500"),
    ({"capacity": "10000"}, "500"),
    ({"capacity": "six"}, "nombre entier"),
    ({"capacity": ""}, "nombre de patients"),
    ({"kind": "decoupe", "split_minutes": ""}, "durée de chaque créneau"),
    ({"kind": "decoupe", "split_minutes": "7"}, "5 minutes"),
    ({"modalities": []}, "au moins une modalité"),
    ({"modalities": ["XX"]}, "Choisissez parmi"),
    ({"place": "lieu:ailleurs"}, "Choisissez parmi"),
    ({"place": ""}, "Choisissez un lieu"),
    ({"kind": ""}, "Choisissez ce que vous proposez"),
    ({"repeat": "2", "until": "2026-11-01"}, "fin"),
    ({"repeat": "1", "until": "2046-11-01"}, "ans"),
    ({"repeat": "99"}, "Choisissez parmi"),
]


@pytest.mark.parametrize(("said", "why"), BAD, ids=[str(said) for said, _ in BAD])
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(doctor: Doctor, said: dict[str, Any], why: str) -> None:
    answer = doctor.post("nouveau/", **offered(doctor.place.place_key) | {"until": "", "other_day": ""} | said)
    shown = page(answer)
    assert answer.status_code == 422
    assert why in shown
    assert "fr-alert--error" in shown
    assert not Series.objects.exists()
    for name in ("starts_at", "capacity"):
        typed = said.get(name, offered("")[name])
        assert f'value="{typed}"' in shown or not typed


def test_the_same_slot_twice_is_refused(doctor: Doctor) -> None:
    slot = {"kind": "slot", "ends_at": "08:15"}
    open_one(doctor, **slot)
    answer = doctor.post("nouveau/", **offered(doctor.place.place_key, **slot))
    assert answer.status_code == 422
    assert "existe déjà" in page(answer)


def test_more_than_an_hour_for_one_patient_asks_what_is_meant(doctor: Doctor) -> None:
    long = offered(doctor.place.place_key, kind="slot")
    answer = doctor.post("nouveau/", **long)
    assert answer.status_code == 422
    assert "Plus d’une heure pour un seul patient" in page(answer)
    assert not Series.objects.exists()
    assert doctor.post("nouveau/", **long, conseil="decouper").status_code == 302
    assert len(occurrences(doctor)) == 16
    again = doctor.post("nouveau/", **long, conseil="garder")
    assert (again.status_code, len(occurrences(doctor))) == (302, 17)  # the same hours, split otherwise
    longer = long | {"ends_at": "12:05"}
    assert doctor.post("nouveau/", **longer, conseil="garder").status_code == 302
    assert len(occurrences(doctor)) == 18


def test_pieces_of_a_range_are_one_block_of_the_week_and_lines_of_the_day(doctor: Doctor) -> None:
    open_one(doctor, kind="decoupe")
    assert "16 créneaux de 15 min" in page(doctor.get())
    assert page(doctor.get("jour/2026-11-24/")).count("data-block") == 16


def edited(series: Series, **said: object) -> dict[str, object]:
    """What the form of an edit sends."""
    values = offered(series.place_key) | {"day": "autre", "other_day": "2026-11-24", "version": series.version}
    return values | {"scope": "this"} | said


def test_this_date_only_leaves_the_others(doctor: Doctor) -> None:
    series = open_one(doctor, **EVERY_OTHER)
    path = f"serie/{series.pk}/2026-11-24/"
    assert doctor.get(path).status_code == 200
    answer = doctor.post(path, **edited(series, **EVERY_OTHER, starts_at="09:00"))
    assert answer.status_code == 302, page(answer)
    assert [one.start.time() for one in occurrences(doctor, days=29)] == [time(9), time(8)]


def test_this_date_and_the_following_change_together(doctor: Doctor) -> None:
    series = open_one(doctor, **EVERY_OTHER)
    said = edited(series, **EVERY_OTHER, starts_at="09:00", other_day="2026-12-08", scope="following")
    assert doctor.post(f"serie/{series.pk}/2026-12-08/", **said).status_code == 302
    assert [one.start.time() for one in occurrences(doctor, days=43)] == [time(8), time(9), time(9)]


def test_a_stale_form_says_who_changed_it_and_keeps_what_was_typed(doctor: Doctor) -> None:
    series = open_one(doctor)
    path = f"serie/{series.pk}/2026-11-24/"
    assert doctor.post(path, **edited(series, capacity="8")).status_code == 302
    answer = doctor.post(path, **edited(series, capacity="3"))
    shown = page(answer)
    assert answer.status_code == 409
    assert "Modifié par vous, le " in shown
    assert 'value="3"' in shown
    series.refresh_from_db()
    assert series.capacity == 8


@pytest.mark.parametrize(("scope", "left"), [("this", 2), ("following", 0), ("all", 0)])
def test_removing_asks_how_much(doctor: Doctor, scope: str, left: int) -> None:
    series = open_one(doctor, **EVERY_OTHER)
    path = f"serie/{series.pk}/2026-11-24/supprimer/"
    assert "Ce jour et les suivants" in page(doctor.get(path))
    assert doctor.post(path, scope=scope, version=series.version).status_code == 302
    assert len(occurrences(doctor, days=43)) == left


def test_removing_what_somebody_changed_says_who(doctor: Doctor) -> None:
    series = open_one(doctor)
    doctor.post(f"serie/{series.pk}/2026-11-24/", **edited(series, capacity="8"))
    answer = doctor.post(f"serie/{series.pk}/2026-11-24/supprimer/", scope="this", version=series.version)
    assert answer.status_code == 409
    assert "Modifié par vous, le " in page(answer)
    assert len(occurrences(doctor)) == 1


def test_taken_in_one_press_and_undone_within_a_minute(doctor: Doctor, clock: Callable[[datetime], None]) -> None:
    series = open_one(doctor, kind="slot", ends_at="08:15")
    minute = int(occurrences(doctor)[0].start.timestamp()) // 60
    path, back = f"serie/{series.pk}/2026-11-24/", f"/agenda/{doctor.key}/jour/2026-11-24/"
    answer = doctor.post(f"{path}pris/", minute=minute, next=back)
    assert answer["Location"].startswith(back)
    assert Use.objects.get().taken == 1
    shown = page(doctor.client.get(answer["Location"]))
    assert "pris, créneau" in shown
    assert "Annuler" in shown
    clock(NOW + timedelta(seconds=61))
    assert "Annuler" not in page(doctor.client.get(answer["Location"]))
    assert doctor.post(f"{path}libre/", minute=minute).status_code == 302
    assert Use.objects.get().taken == 0


def test_taking_what_is_taken_says_so(doctor: Doctor) -> None:
    series = open_one(doctor, kind="slot", ends_at="08:15")
    minute = int(occurrences(doctor)[0].start.timestamp()) // 60
    for _ in range(2):
        answer = doctor.post(f"serie/{series.pk}/2026-11-24/pris/", minute=minute)
    assert "fr-alert--error" in page(doctor.client.get(answer["Location"]))
    assert Use.objects.get().taken == 1


def test_undoing_an_opening_removes_it(doctor: Doctor) -> None:
    answer = doctor.post("nouveau/", **offered(doctor.place.place_key))
    series = Series.objects.get()
    shown = page(doctor.client.get(answer["Location"]))
    assert f"/agenda/{doctor.key}/serie/{series.pk}/2026-11-24/supprimer/" in shown
    doctor.post(f"serie/{series.pk}/2026-11-24/supprimer/", scope="all", version=series.version)
    assert occurrences(doctor) == []


def test_nobody_touches_another_s_agenda(doctor: Doctor, client: Client) -> None:
    series = open_one(doctor)
    other = f"/agenda/810999999999/serie/{series.pk}/2026-11-24/"
    assert doctor.client.get(other).status_code == 404
    assert doctor.client.post(other, edited(series)).status_code == 404
    assert client.get(f"/agenda/{doctor.key}/").status_code == 302


@pytest.mark.parametrize("path", ["serie/999999999999999999999/2026-11-24/", "serie/1/2026-13-01/", "jour/hier/"])
def test_addresses_that_name_nothing_are_not_found(doctor: Doctor, path: str) -> None:
    assert doctor.get(path).status_code == 404


def test_a_week_is_copied_once(doctor: Doctor) -> None:
    open_one(doctor)
    place = f"lieu:{doctor.place.place_key}"
    said = {"place": place, "from_week": "2026-W48", "to_week": "2026-W49"}
    assert doctor.get("copier/?semaine=2026-W48").status_code == 200
    answer = doctor.post("copier/", **said)
    assert answer.status_code == 302, page(answer)
    assert [one.on for one in occurrences(doctor, date(2026, 11, 30))] == [date(2026, 12, 1)]
    again = doctor.client.get(doctor.post("copier/", **said)["Location"])
    assert "1 y était déjà" in page(again)
    assert doctor.post("copier/", **said | {"to_week": "2026-W48"}).status_code == 422


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_what_a_colleague_moved_or_removed_meanwhile_loses_nothing_typed(
    doctor: Doctor, clock: Callable[[datetime], None], scope: str
) -> None:
    """Two browsers on one occurrence: the first changes or removes it, the second is told who and when."""
    series = open_one(doctor, **EVERY_OTHER)
    clock(NOW + timedelta(days=7))
    doctor.client = signed_in_client(doctor.user, at=NOW + timedelta(days=7))
    path, day = f"serie/{series.pk}/2026-12-08/", {"other_day": "2026-12-08"}
    first = edited(series, **EVERY_OTHER, **(day | {"scope": scope}), starts_at="09:00")
    assert doctor.post(path, **first).status_code == 302
    second = doctor.post(path, **edited(series, **EVERY_OTHER, **day, capacity="3"))
    shown = page(second)
    assert second.status_code == 409
    assert "Modifié par vous, le " in shown
    assert 'value="3"' in shown


def test_removed_meanwhile_is_said_too(doctor: Doctor) -> None:
    series = open_one(doctor)
    path = f"serie/{series.pk}/2026-11-24/"
    assert doctor.post(f"{path}supprimer/", scope="this", version=series.version).status_code == 302
    answer = doctor.post(path, **edited(series, capacity="3"))
    assert answer.status_code == 409
    assert 'value="3"' in page(answer)
    assert doctor.get(path).status_code in {200, 404, 410}


def test_what_was_offered_at_a_place_left_since_can_be_removed(doctor: Doctor) -> None:
    series = open_one(doctor)
    PracticeLocation.objects.filter(pk=doctor.place.pk).update(ended_on=NOW.date())
    path = f"serie/{series.pk}/2026-11-24/supprimer/"
    assert doctor.get(path).status_code == 200
    assert doctor.post(path, scope="all", version=series.version).status_code == 302
    assert occurrences(doctor) == []


@pytest.mark.parametrize("version", ["9" * 5000, "²", "-1", ""])
def test_a_version_that_is_none_is_stale(doctor: Doctor, version: str) -> None:
    series = open_one(doctor)
    answer = doctor.post(f"serie/{series.pk}/2026-11-24/supprimer/", scope="this", version=version)
    assert answer.status_code == 409
    assert len(occurrences(doctor)) == 1
