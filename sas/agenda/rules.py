"""From a pattern in the wall clock of a place to the instants it gives in a window: pure (docs/algorithms/agenda.md).

Instants are whole epoch seconds, days are ordinals (`date.toordinal`), times of day are minutes since midnight. Where
the offset of the zone does not move in a day, an occurrence costs one addition; the other days go the slow way.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sas.directory.calendar import holiday_name

DAY = 86_400
FOREVER = float("inf")
NEVER_ENDS = date.max.toordinal()

Away = Sequence[tuple[float, float]]
"""Merged spans [from, to) in epoch seconds, in order."""


class Pattern(NamedTuple):
    """One créneau or plage in the wall clock of `timezone`, once (`repeat_weeks` 0) or weekly.

    From `starts_at` to `ends_at`, the same day. Weekly: on `weekdays` (Monday 0) of every `repeat_weeks`-th ISO week
    counted from that of `first_on`, from that day to `until`, included. `exceptions`: days without. `holidays`: the
    region whose public holidays are left out (`sas.directory.calendar`), None to keep them. `split_minutes`: offered
    in pieces of that length, 0 for one piece.
    """

    timezone: str
    first_on: int
    starts_at: int
    ends_at: int
    split_minutes: int = 0
    repeat_weeks: int = 0
    weekdays: tuple[int, ...] = ()
    until: int = NEVER_ENDS
    exceptions: frozenset[int] = frozenset()
    holidays: str | None = None


Span = tuple[int, int]
"""From, to: epoch seconds."""


class _Day(NamedTuple):
    ordinal: int
    weekday: int
    midnight: int
    steady: bool


def expand(pattern: Pattern, start: int, end: int, away: Away = ()) -> list[Span]:
    """The pieces that start from `start` to `end`, both included, in order, without those that `away` overlaps.

    A wall time that does not exist gives no slot, an ambiguous one is the first of the two. A last piece that does not
    fit is left out.
    """
    timezone, first, begins, closes, split, repeat, weekdays, until, exceptions, holidays = pattern
    if not repeat or exceptions:
        return without(_slow(pattern, start, end), away)
    usual = _usual(timezone, start, end, weekdays, repeat, (first - 1) // 7 % repeat, holidays)
    first_day, last_day, midnights = usual
    if midnights is None or first > first_day or until < last_day:
        return without(_slow(pattern, start, end), away)
    opening, closing = 60 * begins, 60 * closes
    if split:
        found = _split(midnights, opening, closing, 60 * split)
    else:
        found = [(midnight + opening, midnight + closing) for midnight in midnights]
    if found and (found[0][0] < start or found[-1][0] > end):
        found = [span for span in found if start <= span[0] <= end]
    return without(found, away) if away else found


def without(spans: list[Span], away: Away) -> list[Span]:
    """Those that no span of `away` overlaps."""
    return [span for span in spans if not is_away(*span, away)] if away else spans


def is_away(start: float, end: float, away: Away) -> bool:
    """Whether one of these spans overlaps [start, end)."""
    return any(start < until and end > since for since, until in away)


def merged(spans: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The same moments in disjoint spans, in order; spans that touch are one."""
    found: list[tuple[float, float]] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return tuple(found)


def pieces(pattern: Pattern) -> list[tuple[int, int]]:
    """The pieces of one occurrence, in minutes since midnight."""
    split = pattern.split_minutes
    if not split:
        return [(pattern.starts_at, pattern.ends_at)]
    return [(at, at + split) for at in range(pattern.starts_at, pattern.ends_at - split + 1, split)]


def days(pattern: Pattern, first: int, last: int) -> Iterator[int]:
    """The days from `first` to `last`, both included, on which it occurs, in order."""
    if not pattern.repeat_weeks:
        if first <= pattern.first_on <= last and _stands(pattern, pattern.first_on):
            yield pattern.first_on
        return
    anchor, cycle = monday_of(pattern.first_on), 7 * pattern.repeat_weeks
    first, last = max(first, pattern.first_on), min(last, pattern.until)
    for monday in range(anchor + max(first - 6 - anchor, 0) // cycle * cycle, last + 1, cycle):
        for weekday in sorted(pattern.weekdays):
            if first <= monday + weekday <= last and _stands(pattern, monday + weekday):
                yield monday + weekday


def occurs_on(pattern: Pattern, ordinal: int) -> bool:
    """Whether it occurs on that day (DST nights put aside)."""
    return any(True for _ in days(pattern, ordinal, ordinal))


def first_twin(one: Pattern, other: Pattern, first: int, last: int) -> int | None:
    """The first day from `first` to `last` on which both give a piece of the same bounds, if any."""
    if not set(pieces(one)).intersection(pieces(other)):
        return None
    fewer, more = (one, other) if one.repeat_weeks == 0 else (other, one)
    return next((day for day in days(fewer, first, last) if occurs_on(more, day)), None)


def monday_of(ordinal: int) -> int:
    """The Monday of the ISO week of that day."""
    return ordinal - (ordinal - 1) % 7


@lru_cache(maxsize=256)
def window_days(timezone: str, start: int, end: int) -> tuple[_Day, ...]:
    """The days of that zone which the window touches."""
    if end < start:
        return ()
    zone = ZoneInfo(timezone)
    first = datetime.fromtimestamp(start, zone).toordinal()
    last = datetime.fromtimestamp(end, zone).toordinal()
    midnights = [_midnight(timezone, ordinal) for ordinal in range(first, last + 2)]
    return tuple(
        _Day(ordinal, (ordinal - 1) % 7, today, tomorrow - today == DAY)
        for ordinal, (today, tomorrow) in enumerate(pairwise(midnights), first)
    )


def instant(timezone: str, ordinal: int, minute: int, *, closes: bool = False) -> int | None:
    """The first instant at which the clocks there show that time of that day; None when they jump over it.

    `closes`: the bound of something that ends then; the very moment of the jump is one.
    """
    zone = ZoneInfo(timezone)
    wall = datetime.fromordinal(ordinal) + timedelta(minutes=minute)
    at = int(wall.replace(tzinfo=zone).timestamp())
    if datetime.fromtimestamp(at, zone).replace(tzinfo=None) == wall:
        return at
    before = datetime.fromtimestamp(at - 1, zone).replace(tzinfo=None)
    return at if closes and before == wall - timedelta(seconds=1) else None


def _split(midnights: Iterable[int], opening: int, closing: int, step: int) -> list[Span]:
    found: list[Span] = []
    for midnight in midnights:
        begins = range(midnight + opening, midnight + closing - step + 1, step)
        found.extend(zip(begins, range(midnight + opening + step, midnight + closing + 1, step), strict=True))
    return found


def _slow(pattern: Pattern, start: int, end: int) -> list[Span]:
    window = window_days(pattern.timezone, start, end)
    found: list[Span] = []
    if not window:
        return found
    first = window[0].ordinal
    for ordinal in days(pattern, first, window[-1].ordinal):
        day = window[ordinal - first]
        for opening, closing in pieces(pattern):
            if day.steady:
                bounds: Span | None = (day.midnight + 60 * opening, day.midnight + 60 * closing)
            else:
                bounds = _moving(pattern, ordinal, opening, closing)
            if bounds and start <= bounds[0] <= end:
                found.append(bounds)
    return found


def _moving(pattern: Pattern, ordinal: int, opening: int, closing: int) -> Span | None:
    at = instant(pattern.timezone, ordinal, opening)
    until = instant(pattern.timezone, ordinal, closing, closes=True)
    if at is None or until is None:
        return None
    # A piece lasts what was asked, even when the clocks go back at its end.
    return at, at + 60 * pattern.split_minutes if pattern.split_minutes else until


@lru_cache(maxsize=1024)
def _usual(
    timezone: str, start: int, end: int, weekdays: tuple[int, ...], repeat: int, phase: int, holidays: str | None
) -> tuple[int, int, tuple[int, ...] | None]:
    """First and last day of the window, and the midnights of its days on which such a series occurs: the same for
    everybody who keeps these weekdays. None when the clocks move on one of them."""
    window = window_days(timezone, start, end)
    kept = [
        day
        for day in window
        if day.weekday in weekdays
        and (day.ordinal - 1) // 7 % repeat == phase
        and (holidays is None or not _is_holiday(day.ordinal, holidays))
    ]
    if not window:
        return 0, 0, ()
    midnights = tuple(day.midnight for day in kept) if all(day.steady for day in kept) else None
    return window[0].ordinal, window[-1].ordinal, midnights


def _stands(pattern: Pattern, ordinal: int) -> bool:
    if ordinal in pattern.exceptions:
        return False
    return pattern.holidays is None or not _is_holiday(ordinal, pattern.holidays)


@lru_cache(maxsize=8192)
def _is_holiday(ordinal: int, region: str) -> bool:
    return bool(holiday_name(date.fromordinal(ordinal), region))


@lru_cache(maxsize=65_536)
def _midnight(timezone: str, ordinal: int) -> int:
    return int(datetime.fromordinal(ordinal).replace(tzinfo=ZoneInfo(timezone)).timestamp())
