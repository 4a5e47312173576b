"""From a pattern in the wall clock of a place to the instants it gives in a window. Pure, and fast: see
docs/algorithms/agenda.md.

Instants are whole epoch seconds; days are proleptic ordinals (`date.toordinal`). The offset of a zone is read once per
day: on the days when it does not move, an occurrence costs one addition.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sas.directory.calendar import holiday_name

EPOCH_DAY = date(1970, 1, 1).toordinal()
DAY = 86_400
FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One créneau or plage in the wall clock of `timezone`, once (`repeat_weeks` None) or weekly.

    `starts_at`, `ends_at`: minutes since midnight, the same day. Weekly: on `weekdays` (Monday 0) of every
    `repeat_weeks`-th ISO week counted from that of `first_on`, from that day, to `until` (included; None: for ever).
    `exceptions`: ordinals of days without. `holidays`: the region whose public holidays are left out
    (`sas.directory.calendar`), None to keep them. `split_minutes`: offered in pieces of that length.
    """

    timezone: str
    first_on: date
    starts_at: int
    ends_at: int
    split_minutes: int | None = None
    repeat_weeks: int | None = None
    weekdays: frozenset[int] = frozenset()
    until: date | None = None
    exceptions: frozenset[int] = frozenset()
    holidays: str | None = None


class Spans(NamedTuple):
    """Instants of the pieces, in order: `starts[i]` to `ends[i]`, epoch seconds."""

    starts: list[int]
    ends: list[int]
