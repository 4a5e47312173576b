"""Hours offered per ISO week: all places, overlaps once, « pris » in, unavailability out."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from sas.agenda.absences import declare_unavailability
from sas.agenda.meter import hours_by_week, hours_of_structures, weeks_met
from sas.agenda.services import close_series, open_series
from sas.agenda.sheets import Scope
from sas.agenda.uses import mark_taken
from sas.participation.hours import hours_of
from tests.factories import directory
from tests.factories.agenda import AT, BY, paris, plage, series, sheet, spot, spot_of_structure

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
OLD = paris("2025-11-03 07:00")


def hours(person: int, monday: date = MONDAY) -> float:
    return hours_by_week([person], [monday]).get((person, monday), 0.0)


def test_hours_add_up_over_places_and_overlaps_count_once() -> None:
    where = spot()
    assert where.practitioner
    pk = where.practitioner.pk
    series(where, "08:00", "09:00")
    series(where, "08:30", "09:30", kind="band", capacity=4, modalities=("VR",))
    series(spot(of=where.practitioner), "09:00", "10:00", modalities=("HH",))
    assert hours(pk) == 2.0
    msp = directory.structure(kind="msp")
    open_series(spot=spot_of_structure(msp, where.practitioner), sheet=sheet("14:00", "15:00"), by=BY, at=AT)
    assert hours(pk) == 3.0


def test_pris_does_not_lower_the_hours_and_an_unavailability_does() -> None:
    where = spot()
    assert where.practitioner
    series(where, "09:00", "09:30")
    mark_taken(series=series(where, "08:00", "09:00"), starts_at=paris("2026-11-24 08:00"), by=BY, at=AT)
    assert hours(where.practitioner.pk) == 1.5
    declare_unavailability(
        practitioner=where.practitioner, structure=None, starts_at=paris("2026-11-24 09:00"), ends_at=None,
        by=BY, at=AT,
    )  # fmt: skip
    assert hours(where.practitioner.pk) == 1.0


def test_weeks_are_those_of_each_place() -> None:
    where = spot(insee="98735", department="987", timezone="Pacific/Tahiti")
    assert where.practitioner
    series(where, "22:00", "23:00", first_on=date(2026, 11, 29))
    assert hours(where.practitioner.pk) == 1.0
    assert hours(where.practitioner.pk, date(2026, 11, 30)) == 0.0


def test_a_week_in_which_the_clocks_change_counts_what_the_wall_says() -> None:
    where = spot()
    assert where.practitioner
    plage(where, repeat_weeks=1, weekdays=(6,), first_on=date(2027, 3, 21))
    assert [hours(where.practitioner.pk, date(2027, 3, day)) for day in (15, 22)] == [4.0, 4.0]


def test_history_says_met_or_not_until_2025_and_nothing_since() -> None:
    where = spot()
    assert where.practitioner
    one = series(where, "08:00", "10:00", first_on=date(2025, 12, 2), repeat_weeks=2, at=OLD)
    close_series(series=one, scope=Scope.ALL, on=date(2025, 12, 16), version=1, by=BY, at=paris("2026-01-14 07:00"))
    found = weeks_met(practitioner_id=where.practitioner.pk, weeks=7, on=date(2026, 1, 15))
    assert [(str(week.monday), week.hours, week.needed, week.met) for week in found] == [
        ("2026-01-12", 2.0, None, None),
        ("2026-01-05", 0.0, None, None),
        ("2025-12-29", 2.0, None, None),
        ("2025-12-22", 0.0, 2.0, False),
        ("2025-12-15", 2.0, 2.0, True),
        ("2025-12-08", 0.0, 2.0, False),
        ("2025-12-01", 2.0, 2.0, True),
    ]


def test_a_week_that_is_not_over_is_not_yet_unmet() -> None:
    where = spot()
    assert where.practitioner
    (week,) = weeks_met(practitioner_id=where.practitioner.pk, weeks=1, on=date(2025, 12, 4))
    assert (week.hours, week.needed, week.met) == (0.0, 2.0, None)


def test_a_health_centre_needs_two_hours_for_each_of_its_doctors() -> None:
    cds, one, two = directory.structure(kind="cds"), directory.practitioner(), directory.practitioner()
    for doctor in (one, two):
        open_series(
            spot=spot_of_structure(cds, doctor),
            sheet=sheet("08:00", "10:00", first_on=date(2025, 12, 2)),
            by=BY,
            at=OLD,
        )
    assert hours_of_structures([cds.pk], [date(2025, 12, 1)]) == {(cds.pk, date(2025, 12, 1)): 4.0}
    for doctors, met in ((2, True), (3, False)):
        (*_, week) = weeks_met(structure_id=cds.pk, weeks=2, on=date(2025, 12, 9), doctors=doctors)
        assert (week.needed, week.met) == (2.0 * doctors, met)


def test_a_year_of_many_people_is_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    people = [spot() for _ in range(5)]
    for where in people:
        plage(where, repeat_weeks=1)
    weeks = [MONDAY + timedelta(weeks=number) for number in range(52)]
    with django_assert_num_queries(1):
        found = hours_of([where.practitioner.pk for where in people if where.practitioner], weeks)
    assert set(found.values()) == {4.0}
    assert len(found) == 5 * 52
