"""Opening hours of a week as people write them, and whether somebody is open then. Pure: no clock, no database.

A week is eight days: Monday (0) to Sunday (6), and public holidays (7). On a public holiday only the bands of « jours
fériés » count: nothing written there means closed. A band that ends before it begins runs past midnight and belongs to
the day on which it begins; one that ends at 0 h, or at the hour it begins, lasts until then on the next day.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sas.directory.calendar import holiday_name, in_words

HOLIDAY = 7
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "jours fériés")
LONGEST_TEXT = 100
MOST_BANDS = 6

_BAND = re.compile(r"(\d{1,2})\s*(?:h|:)\s*(\d{2})?\s*(?:-|–|—|à)\s*(\d{1,2})\s*(?:h|:)\s*(\d{2})?")
_ALWAYS = re.compile(r"24\s*h?\s*(?:/|sur)\s*24\s*h?")
_SEPARATORS = re.compile(r"\s*(?:,|;|/|\bet\b)\s*")


class InvalidHoursError(ValueError):
    """The text is not hours; the message, in French, says what is expected."""


class Band(NamedTuple):
    """Open on `day` (0–7) from `start`; until `end` the same day, or the next one when `end` ≤ `start`."""

    day: int
    start: time
    end: time

    def holds(self, clock: time, *, next_day: bool) -> bool:
        """Whether it is open at `clock` of its day, or of the day after when `next_day`."""
        past_midnight = self.end <= self.start
        if next_day:
            return past_midnight and clock < self.end
        return clock >= self.start and (past_midnight or clock < self.end)


def read_day(day: int, text: str) -> list[Band]:
    """« 8 h–12 h, 14:00 à 20:30 », « 24h/24 », or nothing when closed. Raises `InvalidHoursError`."""
    text = " ".join(text.split()).lower()
    if not text or text == "fermé":
        return []
    if len(text) > LONGEST_TEXT:
        raise InvalidHoursError(f"{LONGEST_TEXT} caractères au plus.")
    if _ALWAYS.fullmatch(text):
        return [Band(day, time(0), time(0))]
    parts = _SEPARATORS.split(text)
    if len(parts) > MOST_BANDS:
        raise InvalidHoursError(f"{MOST_BANDS} plages par jour au plus.")
    bands = sorted(_band(day, part) for part in parts)
    for earlier, later in pairwise(bands):
        if earlier.end <= earlier.start or later.start < earlier.end:
            raise InvalidHoursError("Deux plages de ce jour se chevauchent.")
    return bands


def _band(day: int, text: str) -> Band:
    found = _BAND.fullmatch(text)
    if found is None:
        raise InvalidHoursError("Écrivez par exemple « 8 h–12 h, 14 h–20 h 30 », « 24h/24 », ou rien si c’est fermé.")
    start, end = _clock(found[1], found[2]), _clock(found[3], found[4])
    return Band(day, start, end)


def _clock(hour: str, minute: str | None) -> time:
    if int(hour) == 24 and not int(minute or 0):
        return time(0)
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        raise InvalidHoursError(f"{hour} h {minute or ''} n’est pas une heure.".replace("  ", " ")) from None


def write_day(bands: Iterable[Band], day: int) -> str:
    """What `read_day` reads back: « 8 h–12 h, 14 h–20 h 30 »."""
    mine = [band for band in bands if band.day == day]
    if mine == [Band(day, time(0), time(0))]:
        return "24h/24"
    return ", ".join(f"{in_words(band.start)}–{in_words(band.end)}" for band in mine)


def week_in_words(bands: Sequence[Band]) -> list[tuple[str, str]]:
    """(days, hours) with days of the same hours together: « lundi à vendredi », « 8 h–20 h »."""
    found: list[tuple[int, int, str]] = []
    for day in range(HOLIDAY):
        hours = write_day(bands, day) or "fermé"
        if found and found[-1][2] == hours:
            found[-1] = (found[-1][0], day, hours)
        else:
            found.append((day, day, hours))
    lines = [(DAYS[a] if a == b else f"{DAYS[a]} à {DAYS[b]}", hours) for a, b, hours in found]
    return [*lines, (DAYS[HOLIDAY], write_day(bands, HOLIDAY) or "fermé")]


def is_open(bands: Sequence[Band], at: datetime, zone: ZoneInfo, region: str) -> bool:
    """Whether one of these bands holds at `at` (aware), at a place of that zone and region of public holidays."""
    there = at.astimezone(zone)
    today, yesterday = there.date(), there.date() - timedelta(days=1)
    kinds = [HOLIDAY if holiday_name(day, region) else day.weekday() for day in (today, yesterday)]
    return any(
        band.day == kind and band.holds(there.time(), next_day=late)
        for band in bands
        for kind, late in zip(kinds, (False, True), strict=True)
    )


def to_json(bands: Iterable[Band]) -> list[dict[str, Any]]:
    """As it is stored."""
    return [{"day": b.day, "from": f"{b.start:%H:%M}", "to": f"{b.end:%H:%M}"} for b in sorted(bands)]


def from_json(stored: Iterable[Mapping[str, Any]]) -> list[Band]:
    """As it was stored by `to_json`."""
    return [Band(int(b["day"]), time.fromisoformat(b["from"]), time.fromisoformat(b["to"])) for b in stored]
