"""What searches and screens read: slots, what is away, what is taken; in one query, whoever is asked."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from sas.agenda.absences import (
    change_unavailability,
    declare_unavailability,
    end_unavailability,
    pause,
    resume,
    withdraw_unavailability,
)
from sas.agenda.models import Unavailability
from sas.agenda.queries import is_paused, occurrence_of, series_of, slot_named, supply, unavailabilities_of, week_of
from sas.agenda.services import open_series
from sas.agenda.sheets import AgendaRefused, Spot, StaleError
from sas.agenda.uses import mark_taken, take_place
from tests.factories import directory
from tests.factories.agenda import AT, BY, TUESDAY, paris, plage, series, sheet, spot, spot_of_structure

pytestmark = pytest.mark.django_db
END = AT + timedelta(days=3)
EIGHT = paris("2026-11-24 08:00")


def away(where: Spot, since: str, until: str | None, *places: str) -> Unavailability:
    declared = declare_unavailability(
        practitioner=where.practitioner,
        structure=where.structure,
        starts_at=paris(since),
        ends_at=paris(until) if until else None,
        place_keys=places,
        by=BY,
        at=AT,
    )
    return declared.rows[0]


def starts(where: Spot) -> list[str]:
    assert where.practitioner
    found = supply(practitioner_ids=[where.practitioner.pk], start=AT, end=END)
    return [f"{slot.start:%H:%M}" for slot in found.slots.get((where.practitioner.pk, where.place_key), ())]


def test_a_slot_is_found_the_moment_after_it_is_typed_with_what_is_taken_of_it() -> None:
    where = spot()
    assert where.practitioner
    one = plage(where, modalities=("AMB", "VR"))
    mark_taken(series=one, starts_at=EIGHT, by=BY, at=AT)
    found = supply(practitioner_ids=[where.practitioner.pk], start=AT, end=END)
    (slot,) = found.slots[where.practitioner.pk, where.place_key]
    assert (slot.start, slot.end, slot.capacity, slot.taken) == (EIGHT, paris("2026-11-24 12:00"), 6, 1)
    assert (slot.modalities, slot.walk_in, slot.is_full, slot.doctor_id) == (("AMB", "VR"), True, False, None)
    assert slot.start.utcoffset() == timedelta(hours=1)
    assert slot_named(slot.id) == (one.pk, slot.at)


def test_a_full_slot_is_said_to_be_full() -> None:
    where = spot()
    take_place(series_id=series(where).pk, starts_at=EIGHT, by=BY, at=AT)
    assert where.practitioner
    found = supply(practitioner_ids=[where.practitioner.pk], start=AT, end=END)
    assert [slot.is_full for slot in found.slots[where.practitioner.pk, where.place_key]] == [True]


@pytest.mark.parametrize("people", [1, 40])
def test_one_query_whoever_is_asked(people: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    spots = [spot() for _ in range(people)]
    for where in spots:
        plage(where)
        mark_taken(series=series(where), starts_at=EIGHT, by=BY, at=AT)
    away(spots[0], "2026-11-25 08:00", None)
    msp = directory.structure(kind="msp")
    open_series(spot=spot_of_structure(msp, spots[0].practitioner), sheet=sheet(), by=BY, at=AT)
    asked = [where.practitioner.pk for where in spots if where.practitioner]
    with django_assert_num_queries(1):
        found = supply(practitioner_ids=asked, structure_ids=[msp.pk], start=AT, end=END)
    assert len(found.slots) == people
    assert [slot.doctor_id for slot in found.of_structures[msp.pk]] == [asked[0]]
    with django_assert_num_queries(1):
        assert len(week_of(practitioner_id=asked[0], monday=date(2026, 11, 23))) == 2


def test_nobody_with_an_agenda_is_one_query_and_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    person = directory.practitioner()
    with django_assert_num_queries(1):
        found = supply(practitioner_ids=[person.pk, 0], structure_ids=[0], start=AT, end=END)
    assert found == ({}, {}, {}, {}, frozenset())


def test_an_unavailability_of_one_place_hides_that_place() -> None:
    where = spot()
    other = spot(of=where.practitioner)
    for each in (where, other):
        plage(each)
    away(where, "2026-11-24 11:59", "2026-11-24 12:00", where.place_key)
    assert (starts(where), starts(other)) == ([], ["08:00"])
    assert where.practitioner
    found = supply(practitioner_ids=[where.practitioner.pk], start=AT, end=END)
    assert found.emptied == {(where.practitioner.pk, where.place_key)}


def test_an_unavailability_everywhere_hides_every_place_and_the_structures_that_name_the_doctor() -> None:
    where, msp = spot(), directory.structure(kind="msp")
    plage(where)
    open_series(spot=spot_of_structure(msp, where.practitioner), sheet=sheet(), by=BY, at=AT)
    away(where, "2026-11-24 08:10", None)
    found = supply(practitioner_ids=[], structure_ids=[msp.pk], start=AT, end=END)
    assert (starts(where), found.of_structures) == ([], {})


def test_an_unavailability_that_touches_a_slot_leaves_it() -> None:
    where = spot()
    series(where)
    away(where, "2026-11-24 08:20", None)
    away(where, "2026-11-23 12:00", "2026-11-24 08:00")
    assert starts(where) == ["08:00"]


def test_spans_that_touch_are_one_and_further_notice_is_infinite() -> None:
    where = spot()
    assert where.practitioner
    away(where, "2026-11-24 00:00", "2026-11-25 00:00", where.place_key)
    away(where, "2026-11-25 00:00", "2026-11-26 00:00", where.place_key)
    away(where, "2026-11-24 12:00", None)
    found = supply(practitioner_ids=[where.practitioner.pk], start=AT, end=END).away
    assert found == {
        (where.practitioner.pk, where.place_key): (
            (paris("2026-11-24 00:00").timestamp(), paris("2026-11-26 00:00").timestamp()),
        ),
        (where.practitioner.pk, ""): ((paris("2026-11-24 12:00").timestamp(), float("inf")),),
    }


def test_the_week_shows_what_is_hidden_and_taken_with_its_series() -> None:
    where = spot()
    assert where.practitioner
    one = plage(where)
    mark_taken(series=one, starts_at=EIGHT, by=BY, at=AT)
    away(where, "2026-11-24 11:00", "2026-11-24 20:00")
    (found,) = week_of(practitioner_id=where.practitioner.pk, monday=date(2026, 11, 23))
    assert (found.series_id, found.version, found.on, found.recurring) == (one.pk, 1, TUESDAY, True)
    assert (found.taken, found.marked, found.hidden, found.piece) == (1, 1, True, False)
    assert occurrence_of(one, TUESDAY) == (found,)
    assert occurrence_of(one, date(2026, 12, 1)) == ()


def test_the_days_of_a_week_are_those_of_the_place() -> None:
    tahiti = spot(insee="98735", department="987", timezone="Pacific/Tahiti")
    assert tahiti.practitioner
    series(tahiti, "23:00", "23:50", first_on=date(2026, 11, 29))
    series(tahiti, "00:00", "00:30", first_on=date(2026, 11, 30))
    found = week_of(practitioner_id=tahiti.practitioner.pk, monday=date(2026, 11, 23))
    assert [one.on for one in found] == [date(2026, 11, 29)]


@pytest.mark.parametrize("name", ["", "a", "a1", "b1-1c", "a1-zz", "a-1c", "a1-" + "f" * 50, "a²-1c"])
def test_what_is_not_the_name_of_a_slot_is_none(name: str) -> None:
    assert slot_named(name) is None


# Unavailability.


def test_pause_and_resume_are_one_press_each_and_twice_is_once() -> None:
    where = spot()
    assert where.practitioner
    plage(where)
    for _ in range(2):
        pause(practitioner=where.practitioner, structure=None, by=BY, at=AT)
        assert is_paused(practitioner_id=where.practitioner.pk)
    assert starts(where) == []
    for _ in range(2):
        resume(practitioner=where.practitioner, structure=None, by=BY, at=AT + timedelta(minutes=5))
    assert not is_paused(practitioner_id=where.practitioner.pk)
    assert starts(where) == ["08:00"]
    assert Unavailability.objects.count() == 1


def test_a_pause_resumed_at_once_was_none() -> None:
    where = spot()
    pause(practitioner=where.practitioner, structure=None, by=BY, at=AT)
    resume(practitioner=where.practitioner, structure=None, by=BY, at=AT)
    assert Unavailability.objects.get().withdrawn_by == BY


def test_what_an_orientation_used_and_an_unavailability_hides_is_told() -> None:
    where = spot()
    one = plage(where, repeat_weeks=1)
    take_place(series_id=one.pk, starts_at=EIGHT, by="compte 9", at=AT)
    mark_taken(series=one, starts_at=EIGHT + timedelta(days=7), by=BY, at=AT)
    declared = declare_unavailability(
        practitioner=where.practitioner, structure=None, starts_at=AT, ends_at=None, by=BY, at=AT
    )
    assert [(slot.starts_at, slot.change) for slot in declared.used] == [(EIGHT, "hidden")]
    with pytest.raises(AgendaRefused, match="Indisponibilité"):
        take_place(series_id=one.pk, starts_at=EIGHT, by="compte 9", at=AT)


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        ("2026-11-24 08:00", "2026-11-24 08:00", "ends_at"),
        ("2026-11-23 05:00", "2026-11-23 06:00", "ends_at"),
        ("2026-11-20 05:00", None, "starts_at"),
        ("2037-11-20 05:00", None, "starts_at"),
        ("2026-11-24 05:00", "2126-11-24 05:00", "ends_at"),
    ],
)
def test_bounds_that_cannot_be_are_refused_next_to_their_field(since: str, until: str | None, field: str) -> None:
    with pytest.raises(AgendaRefused) as refused:
        away(spot(), since, until)
    assert list(refused.value.errors) == [field]


def test_the_same_unavailability_twice_is_refused() -> None:
    where = spot()
    away(where, "2026-11-24 08:00", None)
    with pytest.raises(AgendaRefused, match="déjà déclarée"):
        away(where, "2026-11-24 08:00", None)


def test_what_has_begun_ends_and_what_has_not_is_withdrawn() -> None:
    where = spot()
    assert where.practitioner
    coming, later = away(where, "2026-11-24 08:00", None), paris("2026-11-25 08:00")
    with pytest.raises(AgendaRefused, match="pas commencé"):
        end_unavailability(row=coming, version=1, by=BY, at=AT)
    with pytest.raises(AgendaRefused, match="terminez-la"):
        withdraw_unavailability(row=coming, version=1, by=BY, at=later)
    assert end_unavailability(row=coming, version=1, by=BY, at=later).ends_at == later
    with pytest.raises(AgendaRefused, match="terminée"):
        end_unavailability(row=coming, version=2, by=BY, at=later)
    withdraw_unavailability(row=away(where, "2026-12-24 08:00", None), version=1, by=BY, at=AT)
    assert unavailabilities_of(practitioner_id=where.practitioner.pk, at=later) == []


def test_a_stale_unavailability_is_told_who_changed_it_and_when() -> None:
    row, later = away(spot(), "2026-11-24 08:00", None), AT + timedelta(hours=1)
    changed = change_unavailability(row=row, starts_at=EIGHT, ends_at=END, version=1, by="compte 3", at=later)
    assert changed.rows[0].ends_at == END
    with pytest.raises(StaleError) as stale:
        change_unavailability(row=row, starts_at=EIGHT, ends_at=None, version=1, by=BY, at=later)
    assert (stale.value.by, stale.value.at) == ("compte 3", later)


def test_a_series_is_read_by_its_owner_only() -> None:
    one = plage()
    assert series_of(one.pk, practitioner_id=one.practitioner_id) == one
    assert series_of(one.pk, practitioner_id=directory.practitioner().pk) is None


def test_places_overseas_keep_their_own_day() -> None:
    tahiti = spot(insee="98735", department="987", timezone="Pacific/Tahiti")
    # In Papeete it is still Sunday 22: Sunday evening can be offered, Sunday morning not.
    series(tahiti, "21:00", "21:20", first_on=date(2026, 11, 22), at=AT)
    with pytest.raises(AgendaRefused):
        series(tahiti, "08:00", "08:20", first_on=date(2026, 11, 22), at=AT)
