"""Slots are a pure function of the seed, the practitioner and the day."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from editor_kit.sandbox.agenda import day_of, day_slots, days_between
from editor_kit.sandbox.people import Person, Place, seeded_people
from tests.editor_kit.sandbox.conftest import LILLE, make_people

WEDNESDAY = date(2026, 3, 25)
MARTINIQUE = Place("1 rue du Bord", "97200", "Fort-de-France", timezone="America/Martinique")
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def week(person: Person, seed: int = 1, monday: date = date(2026, 3, 23)) -> list[str]:
    return [s.start.isoformat() for n in range(7) for s in day_slots(person, monday + timedelta(days=n), seed)]


@settings(max_examples=40, deadline=None)
@given(DAYS, st.integers(0, 5), st.sampled_from([*make_people(8), *seeded_people()]))
def test_a_day_is_always_the_same_and_its_slots_are_whole_ordered_and_apart(
    day: date, seed: int, person: Person
) -> None:
    slots = day_slots(person, day, seed)
    assert slots == day_slots(person, day, seed)
    assert len({slot.slot_id for slot in slots}) == len(slots)
    assert all(a.end <= b.start for a, b in pairwise(slots))
    for slot in slots:
        assert slot.start.date() == day == day_of(person, slot.slot_id)
        assert slot.at == slot.start.timestamp()
        assert slot.end - slot.start in (timedelta(minutes=15), timedelta(minutes=30))
        assert 8 <= slot.start.hour < 21
        assert slot.types
        assert slot.modalities


def test_another_seed_and_another_practitioner_give_other_slots() -> None:
    one, other = make_people(2, density=0.5)
    assert len({tuple(week(one)), tuple(week(one, seed=2)), tuple(week(other))}) == 3


def test_some_practitioners_have_none_most_have_a_few_and_weekends_are_lighter() -> None:
    weeks = [week(person) for person in make_people(200)]
    counts = [len(one) for one in weeks]
    assert 20 <= counts.count(0) <= 80
    assert 10 < sum(counts) / len(counts) < 60
    by_day = Counter(datetime.fromisoformat(start).weekday() for one in weeks for start in one)
    assert by_day[5] < by_day[2] / 2
    assert by_day[6] < by_day[5]
    assert any(datetime.fromisoformat(start).hour >= 19 for one in weeks for start in one)


def test_density_rules_how_much_is_free() -> None:
    none, some, all_of_it = (len(week(make_people(1, density=density)[0])) for density in (0, 0.3, 1))
    assert 0 == none < some < all_of_it


def test_hours_are_those_of_the_place() -> None:
    (person,) = make_people(1, density=1)
    overseas = msgspec.structs.replace(person, places=(MARTINIQUE,))
    first = day_slots(overseas, WEDNESDAY, 1)[0]
    assert first.start.isoformat() == "2026-03-25T08:30:00-04:00"
    assert day_slots(person, WEDNESDAY, 1)[0].start.isoformat() == "2026-03-25T08:30:00+01:00"


def test_a_practitioner_is_at_one_place_at_a_time() -> None:
    (person,) = make_people(1, density=1)
    slots = day_slots(msgspec.structs.replace(person, places=(LILLE, LILLE)), WEDNESDAY, 1)
    assert {slot.place_index for slot in slots} == {0, 1}
    assert len({slot.place_index for slot in slots if slot.start.hour < 13}) == 1


def test_a_window_touches_the_days_of_each_place() -> None:
    (person,) = make_people(1)
    far = msgspec.structs.replace(person, places=(LILLE, MARTINIQUE))
    at = datetime(2026, 3, 25, 1, 0, tzinfo=UTC)
    assert days_between(at, at, person) == [WEDNESDAY]
    assert days_between(at, at, far) == [date(2026, 3, 24), WEDNESDAY]


def test_only_a_practitioners_own_slot_ids_name_a_day() -> None:
    (person,) = make_people(1)
    assert day_of(person, f"{person.key}.20260325-0900") == WEDNESDAY
    assert [day_of(person, odd) for odd in ("", "x", f"{person.key}.2026", "810.20260325-0900")] == [None] * 4
