"""The instants of a pattern: against dateutil's rules as oracle, across clock changes, holidays and zones."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule, tz
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sas.agenda.rules import (
    FOREVER,
    NEVER_ENDS,
    Pattern,
    days,
    expand,
    first_twin,
    is_away,
    merged,
    occurs_on,
    pieces,
)
from sas.directory.calendar import holiday_name, region_of

ZONES = {
    "Europe/Paris": "59",
    "Indian/Reunion": "974",
    "America/Martinique": "972",
    "Pacific/Tahiti": "987",
    "Pacific/Marquesas": "987",
    "America/Miquelon": "975",
    "America/Cayenne": "973",
}
EASTER_2026 = date(2026, 3, 25)


def pattern(day: date, starts: str, ends: str, **given: object) -> Pattern:
    begins, closes = (time.fromisoformat(clock) for clock in (starts, ends))
    zone = str(given.pop("timezone", "Europe/Paris"))
    minutes = (60 * begins.hour + begins.minute, 60 * closes.hour + closes.minute)
    return Pattern(zone, day.toordinal(), *minutes, **given)  # type: ignore[arg-type]


def between(zone: str, since: str, until: str) -> tuple[int, int]:
    bounds = (datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)) for text in (since, until))
    start, end = (int(at.timestamp()) for at in bounds)
    return start, end


def walls(found: list[tuple[int, int]], zone: str = "Europe/Paris") -> list[str]:
    return [
        f"{datetime.fromtimestamp(at, ZoneInfo(zone)):%d %H:%M%z}-{datetime.fromtimestamp(to, ZoneInfo(zone)):%H:%M}"
        for at, to in found
    ]


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    zone = draw(st.sampled_from(sorted(ZONES)))
    first = draw(st.dates(date(2025, 1, 1), date(2028, 12, 31)))
    starts = 5 * draw(st.integers(0, 286))
    ends = 5 * draw(st.integers(starts // 5 + 1, 287))
    split = draw(st.sampled_from([0, 0, 5, 15, 25, 60]))
    repeat = draw(st.sampled_from([0, 1, 1, 2, 3, 5]))
    some_days = st.integers(-3, 400).map(lambda shift: first.toordinal() + shift)
    return Pattern(
        zone,
        first.toordinal(),
        starts,
        ends,
        split,
        repeat,
        tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1)))) if repeat else (),
        draw(st.one_of(st.just(NEVER_ENDS), some_days)) if repeat else NEVER_ENDS,
        frozenset(draw(st.lists(some_days, max_size=4))),
        draw(st.sampled_from([None, region_of(ZONES[zone]), region_of("67")])),
    )


def by_dateutil(one: Pattern, start: int, end: int) -> list[tuple[int, int]]:
    """The same rules as one would say them with RFC 5545 and wall clocks."""
    zone = ZoneInfo(one.timezone)
    found = []
    for day in _days_by_dateutil(one, datetime.fromtimestamp(end, zone).date() + timedelta(days=1)):
        if day.toordinal() in one.exceptions or (one.holidays is not None and holiday_name(day, one.holidays)):
            continue
        midnight = datetime.combine(day, time())
        for opening, closing in pieces(one):
            begins, ends = midnight + timedelta(minutes=opening), midnight + timedelta(minutes=closing)
            inside = ends - timedelta(seconds=1)
            if not all(tz.datetime_exists(wall, zone) for wall in (begins, inside)):
                continue
            at = int(begins.replace(tzinfo=zone).timestamp())
            until = int(ends.replace(tzinfo=zone).timestamp())
            if not tz.datetime_exists(ends, zone) and until - at != 60 * (closing - opening):
                continue
            if start <= at <= end:
                found.append((at, at + 60 * one.split_minutes if one.split_minutes else until))
    return found


def _days_by_dateutil(one: Pattern, last: date) -> Iterator[date]:
    first = date.fromordinal(one.first_on)
    if not one.repeat_weeks:
        yield first
        return
    until = min(date.fromordinal(one.until), last)
    rule = rrule.rrule(
        rrule.WEEKLY,
        dtstart=datetime.combine(first, time()),
        until=datetime.combine(until, time()),
        interval=one.repeat_weeks,
        byweekday=one.weekdays,
        wkst=rrule.MO,
    )
    for at in rule:
        yield at.date()


@settings(deadline=None)
@given(patterns(), st.integers(-40, 500), st.integers(0, 12 * 24 * 12), st.integers(0, 288))
@example(Pattern("Europe/Paris", date(2026, 3, 1).toordinal(), 90, 240, 15, 1, (6,)), 28, 288, 0)
@example(Pattern("Europe/Paris", date(2026, 10, 4).toordinal(), 60, 200, 25, 1, (6,)), 21, 288, 0)
@example(Pattern("America/Miquelon", date(2026, 3, 1).toordinal(), 110, 135, 0, 1, (6,)), 7, 288, 0)
def test_it_gives_what_dateutil_gives(one: Pattern, shift: int, fives: int, offset: int) -> None:
    midnight = datetime.fromordinal(one.first_on + shift).replace(tzinfo=UTC)
    start = int(midnight.timestamp()) + 300 * offset
    end = start + 300 * fives
    assert expand(one, start, end) == by_dateutil(one, start, end)


@settings(deadline=None)
@given(patterns(), st.integers(-3, 300), st.integers(1, 20))
def test_two_windows_side_by_side_give_what_the_whole_gives(one: Pattern, shift: int, length: int) -> None:
    start = int(datetime.fromordinal(one.first_on + shift).replace(tzinfo=UTC).timestamp())
    middle, end = start + 43_200, start + 86_400 * length
    assert expand(one, start, middle) + expand(one, middle + 1, end) == expand(one, start, end)


@settings(deadline=None)
@given(patterns(), st.lists(st.tuples(st.integers(-10, 900), st.integers(1, 400)), max_size=6))
def test_nothing_that_an_unavailability_overlaps_is_left_and_nothing_else_goes(
    one: Pattern, spans: list[tuple[int, int]]
) -> None:
    start = int(datetime.fromordinal(one.first_on).replace(tzinfo=UTC).timestamp())
    end = start + 20 * 86_400
    away = merged([(start + 1800 * at, start + 1800 * (at + length)) for at, length in spans])
    every = expand(one, start, end)
    kept = expand(one, start, end, away)
    assert [span for span in every if not any(span[0] < to and span[1] > since for since, to in away)] == kept


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20))))
def test_merged_spans_are_apart_in_order_and_cover_the_same_moments(spans: list[tuple[int, int]]) -> None:
    given_spans = [(float(at), float(at + length)) for at, length in spans]
    found = merged(given_spans)
    assert all(before[1] < after[0] for before, after in pairwise(found))
    for moment in range(90):
        assert any(a <= moment < b for a, b in given_spans) == any(a <= moment < b for a, b in found)


@settings(deadline=None)
@given(patterns(), patterns())
def test_a_twin_is_a_day_on_which_both_give_the_same_piece(one: Pattern, other: Pattern) -> None:
    first = min(one.first_on, other.first_on)
    last = first + 800
    both = set(days(one, first, last)) & set(days(other, first, last))
    shared = bool(both) and bool(set(pieces(one)) & set(pieces(other)))
    day = first_twin(one, other, first, last)
    assert (day is not None) == shared
    if day is not None:
        assert day == min(both)
        assert occurs_on(one, day)
        assert occurs_on(other, day)


@pytest.mark.parametrize(
    ("starts", "ends", "split", "expected"),
    [
        ("02:30", "02:45", 0, []),
        ("01:30", "02:30", 0, []),
        ("01:30", "02:00", 0, ["29 01:30+0100-03:00"]),
        ("01:30", "03:30", 0, ["29 01:30+0100-03:30"]),
        ("01:30", "03:30", 30, ["29 01:30+0100-03:00", "29 03:00+0200-03:30"]),
        ("08:00", "08:15", 0, ["29 08:00+0200-08:15"]),
    ],
)
def test_a_wall_time_that_does_not_exist_on_the_spring_night_gives_no_slot(
    starts: str, ends: str, split: int, expected: list[str]
) -> None:
    one = pattern(date(2026, 3, 1), starts, ends, split_minutes=split, repeat_weeks=1, weekdays=(6,))
    assert walls(expand(one, *between("Europe/Paris", "2026-03-29", "2026-03-29T23:59"))) == expected


def test_an_ambiguous_wall_time_on_the_autumn_night_is_the_first_of_the_two() -> None:
    one = pattern(date(2026, 10, 4), "02:30", "02:45", repeat_weeks=1, weekdays=(6,))
    assert walls(expand(one, *between("Europe/Paris", "2026-10-25", "2026-10-25T23:59"))) == ["25 02:30+0200-02:45"]


def test_eight_o_clock_stays_eight_o_clock_when_the_clocks_change() -> None:
    one = pattern(date(2026, 3, 23), "08:00", "08:20", repeat_weeks=1, weekdays=(0,))
    found = walls(expand(one, *between("Europe/Paris", "2026-03-23", "2026-03-31")))
    assert found == ["23 08:00+0100-08:20", "30 08:00+0200-08:20"]


def test_a_window_selects_by_start_and_holds_both_its_ends() -> None:
    one = pattern(date(2026, 3, 23), "08:00", "09:00", split_minutes=20)
    at, last = between("Europe/Paris", "2026-03-23T08:00", "2026-03-23T08:40")
    assert len(expand(one, at, last)) == 3
    assert len(expand(one, at + 1, last - 1)) == 1
    assert expand(one, last + 1, at) == []


def test_a_last_piece_that_does_not_fit_is_left_out() -> None:
    assert pieces(pattern(date(2026, 3, 23), "08:00", "09:00", split_minutes=25)) == [(480, 505), (505, 530)]


def test_every_other_week_counts_iso_weeks_from_that_of_the_first_day() -> None:
    # From a Wednesday, on Mondays and Wednesdays: the Monday of the same ISO week is before the first day, the next
    # ISO week is skipped whole.
    one = pattern(date(2026, 4, 1), "08:00", "08:20", repeat_weeks=2, weekdays=(0, 2))
    found = [date.fromordinal(day).day for day in days(one, one.first_on, one.first_on + 20)]
    assert found == [1, 13, 15]


def test_public_holidays_are_those_of_the_place() -> None:
    # Good Friday, 3 April 2026, is one in Alsace-Moselle only.
    given: dict[str, object] = {"repeat_weeks": 1, "weekdays": (4,)}
    start, end = between("Europe/Paris", "2026-04-03", "2026-04-03T23:59")
    nord = pattern(EASTER_2026, "08:00", "08:20", holidays=region_of("59"), **given)
    alsace = pattern(EASTER_2026, "08:00", "08:20", holidays=region_of("67"), **given)
    assert len(expand(nord, start, end)) == 1
    assert expand(alsace, start, end) == []


def test_until_is_included_and_local() -> None:
    one = pattern(
        date(2026, 3, 3), "23:30", "23:50", timezone="Pacific/Tahiti", repeat_weeks=1, weekdays=(1,),
        until=date(2026, 3, 10).toordinal(),
    )  # fmt: skip
    found = expand(one, *between("Pacific/Tahiti", "2026-03-01", "2026-03-31"))
    assert walls(found, "Pacific/Tahiti") == ["03 23:30-1000-23:50", "10 23:30-1000-23:50"]


def test_until_further_notice_hides_everything_after_it() -> None:
    assert is_away(100, 200, ((150, FOREVER),))
    assert not is_away(100, 150, ((150, FOREVER),))
