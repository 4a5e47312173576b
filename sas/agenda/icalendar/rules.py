"""Recurrences within a window, free time from busy time, créneaux on the five-minute steps of the agenda. Pure.

A rule of a file is walked by dateutil only when it is of a family that is sure to find a day within a few steps: one
that never matches (30 February) would be walked to the year 9999.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from dateutil import rrule

STEP = timedelta(minutes=5)
FREQUENCIES = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY, "YEARLY": rrule.YEARLY}
DAYS = {"MO": rrule.MO, "TU": rrule.TU, "WE": rrule.WE, "TH": rrule.TH, "FR": rrule.FR, "SA": rrule.SA, "SU": rrule.SU}
KEYS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "WKST"})
MOST_STEPS = 400_000
"""Of all the rules of a file together: a second or two."""
OLDEST = datetime(1990, 1, 1)  # noqa: DTZ001 — a wall clock
_BYDAY = re.compile(r"([+-]?[1-4])?(MO|TU|WE|TH|FR|SA|SU)")
TOO_OFTEN = "répétition plus fine que le jour (heures, minutes ou secondes)"
TOO_ODD = "règle de répétition trop particulière pour être lue"


class BadEventError(ValueError):
    """This event cannot be read; the message, in French, says why, and nothing of what it holds."""


class TooMuchError(ValueError):
    """The file asks for more work than is reasonable; the message, in French, says what to do."""


@dataclass(slots=True)
class Budget:
    """Steps left for the rules of one file."""

    steps: int = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Raises `TooMuchError` when nothing is left."""
        self.steps -= max(steps, 1)
        if self.steps < 0:
            raise TooMuchError(
                "Ce fichier contient trop de répétitions anciennes. Exportez seulement les semaines à venir."
            )


class Piece(NamedTuple):
    """A wall-clock range of the place: `[start, end)`, naive, in time order."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence of a known family. `until`: included, in the wall clock of the event."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    weekdays: tuple[tuple[int, str], ...] = ()
    month_days: tuple[int, ...] = ()
    week_start: str = "MO"


def read_rule(text: str) -> Rule:
    """An RRULE, or `BadEventError`. `until` is read by the caller, who knows the zone."""
    said = dict(part.split("=", 1) for part in text.upper().split(";") if "=" in part)
    frequency = said.get("FREQ", "")
    if frequency in ("HOURLY", "MINUTELY", "SECONDLY"):
        raise BadEventError(TOO_OFTEN)
    if frequency not in FREQUENCIES or not said.keys() <= KEYS:
        raise BadEventError(TOO_ODD)
    interval = _number(said.get("INTERVAL", "1"), 1, 366)
    count = _number(said["COUNT"], 1, 10**12) if "COUNT" in said else None
    weekdays = tuple(_weekday(part) for part in said["BYDAY"].split(",")) if "BYDAY" in said else ()
    month_days = tuple(_number(part, -28, 28) for part in said["BYMONTHDAY"].split(",")) if "BYMONTHDAY" in said else ()
    rule = Rule(frequency, interval, count, None, weekdays, month_days, said.get("WKST", "MO"))
    if not _is_sure(rule):
        raise BadEventError(TOO_ODD)
    return rule


def _is_sure(rule: Rule) -> bool:
    """A day is found within a few steps, whatever the first one is."""
    ordinals = any(number for number, _ in rule.weekdays)
    if len(rule.weekdays) > 40 or len(rule.month_days) > 60 or rule.week_start not in DAYS or 0 in rule.month_days:
        return False
    if rule.frequency == "DAILY":
        # Every seventh day from a Monday is never a Tuesday.
        return not rule.month_days and not ordinals and (not rule.weekdays or rule.interval == 1)
    if rule.frequency == "WEEKLY":
        return not rule.month_days and not ordinals
    if rule.frequency == "MONTHLY":
        return not (rule.month_days and rule.weekdays)
    return not rule.month_days and not rule.weekdays


def starts_within(rule: Rule, first: datetime, after: datetime, before: datetime, budget: Budget) -> list[datetime]:
    """Wall-clock starts of a recurrence in `[after, before)`, in order; `first` is its first one, naive as the rest."""
    if first < OLDEST:
        raise BadEventError("répétition commencée avant 1990")
    last = min(rule.until, before) if rule.until else before
    if first >= before or last < first:
        return []
    begun = first if rule.count is not None else _nearer(rule, first, after)
    per_step = {"DAILY": 1, "WEEKLY": 1, "MONTHLY": 10, "YEARLY": 100}[rule.frequency]
    budget.spend(((last - begun).days + 31) // per_step)
    walked = rrule.rrule(
        FREQUENCIES[rule.frequency],
        dtstart=begun,
        interval=rule.interval,
        count=min(rule.count, MOST_STEPS) if rule.count is not None else None,
        until=last if rule.count is None else None,
        byweekday=[DAYS[day](number) if number else DAYS[day] for number, day in rule.weekdays] or None,
        bymonthday=rule.month_days or None,
        wkst=DAYS[rule.week_start],
    )
    found = []
    for start in walked:
        if start > last or start >= before:
            break
        if start >= after:
            found.append(start)
    return found


def _nearer(rule: Rule, first: datetime, after: datetime) -> datetime:
    """A later day from which the same rule finds the same days of the window: the past is not walked."""
    days = (after - first).days
    step = {"DAILY": rule.interval, "WEEKLY": 7 * rule.interval}.get(rule.frequency)
    if step is None or days <= 2 * step:
        return first
    if rule.frequency == "WEEKLY" and not rule.weekdays:
        return first + timedelta(days=(days // step - 1) * step)
    # Back to the first day of the week: a whole number of steps leads to the first day of another.
    if rule.frequency == "WEEKLY":
        week = (first.weekday() - list(DAYS).index(rule.week_start)) % 7
        return first - timedelta(days=week) + timedelta(days=(days // step - 1) * step)
    return first + timedelta(days=(days // step - 1) * step)


def _weekday(text: str) -> tuple[int, str]:
    found = _BYDAY.fullmatch(text.strip())
    if found is None:
        raise BadEventError(TOO_ODD)
    return int(found[1] or 0), found[2]


def _number(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", text.strip()) or not least <= int(text) <= most:
        raise BadEventError(TOO_ODD)
    return int(text)


def on_steps(piece: Piece) -> Piece | None:
    """Inside the range, on the five-minute steps of the agenda; None when nothing is left."""
    start, end = piece.start.replace(second=0, microsecond=0), piece.end.replace(second=0, microsecond=0)
    if start < piece.start or start.minute % 5:
        start += STEP - timedelta(minutes=start.minute % 5)
    end -= timedelta(minutes=end.minute % 5)
    return Piece(start, end) if start < end else None


def united(pieces: Iterable[Piece]) -> list[Piece]:
    """The same time without overlaps, in order. Ranges that only touch stay apart: they are different appointments."""
    done: list[Piece] = []
    for piece in sorted(pieces):
        if done and piece.start < done[-1].end:
            done[-1] = Piece(done[-1].start, max(done[-1].end, piece.end))
        else:
            done.append(piece)
    return done


def without(whole: Piece, busy: Sequence[Piece]) -> list[Piece]:
    """What is left of `whole` once every busy range is taken away, in order."""
    left, cursor = [], whole.start
    for one in sorted(busy):
        if one.end <= cursor or one.start >= whole.end:
            continue
        if one.start > cursor:
            left.append(Piece(cursor, one.start))
        cursor = max(cursor, one.end)
    if cursor < whole.end:
        left.append(Piece(cursor, whole.end))
    return left


def free_hours(
    days: Iterable[date], opens: time, closes: time, busy: Sequence[Piece], *, at_least: timedelta
) -> list[Piece]:
    """On each of these days, from `opens` to `closes`, what the busy ranges leave, when it is long enough."""
    taken = united(busy)
    found = []
    for day in days:
        whole = Piece(datetime.combine(day, opens), datetime.combine(day, closes))
        here = [one for one in taken if one.end > whole.start and one.start < whole.end]
        pieces = (on_steps(piece) for piece in without(whole, here))
        found += [piece for piece in pieces if piece and piece.end - piece.start >= at_least]
    return found
