"""Public holidays, and the hours of the permanence des soins ambulatoires (PDSA). Pure: no clock, no database.

Article R. 6315-1 of the code de la santé publique: every day from 20 h to 8 h, Sundays and public holidays; and, where
the ARS decided so, Saturday from noon, the Monday before a public holiday, the Friday and the Saturday after one
(« jours de pont »). Everything is said in the local time of the place.

Dates come from the `holidays` library; which department follows which list is `data/holiday_regions.csv`.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

DATA = Path(__file__).parent / "data" / "holiday_regions.csv"
METROPOLE = ""
"""The region without local holidays."""

MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PdsaHours:
    """When the PDSA works in a territory: from `evening` to `morning`, on Saturday from `saturday` (None: like a
    weekday), all of Sundays and public holidays, and of bridge days when the ARS decided so."""

    evening: time = time(20)
    morning: time = time(8)
    saturday: time | None = time(12)
    bridge_days: bool = False


class Pdsa(NamedTuple):
    """Whether it is PDSA time, and why, in French (empty when it is not)."""

    yes: bool
    reason: str

    def __bool__(self) -> bool:
        return self.yes


def region_of(department: str) -> str:
    """The region of public holidays of a department or collectivity: `METROPOLE` for most."""
    return _regions().get(department, (METROPOLE, ""))[0]


def region_label(region: str) -> str:
    """How the screens call a region of public holidays."""
    return next((label for code, label in _regions().values() if code == region), "Droit commun")


@lru_cache(maxsize=512)
def public_holidays(year: int, region: str) -> Mapping[date, str]:
    """Public holidays of that year and region (see `region_of`), with their names in French, in order."""
    found = holidays.country_holidays("FR", subdiv=region or None, years=year, language="fr")
    return MappingProxyType({day: found[day].replace("'", "’").replace(";", ",") for day in sorted(found)})


def holiday_name(day: date, region: str) -> str:
    """The name of the public holiday of that day, or ""."""
    return public_holidays(day.year, region).get(day, "")


def is_pdsa(at: datetime, hours: PdsaHours, region: str, zone: ZoneInfo) -> Pdsa:
    """Whether `at` (aware, whatever its zone) falls in PDSA hours at a place of that region and time zone.

    Bounds are [evening, morning): at 20:00 sharp it is, at 8:00 sharp it is not any more.
    """
    there = at.astimezone(zone)
    day, clock = there.date(), there.time()
    if name := holiday_name(day, region):
        return Pdsa(True, f"jour férié ({name})")
    if day.weekday() == SUNDAY:
        return Pdsa(True, "dimanche")
    if hours.bridge_days and (name := _bridge(day, region)):
        return Pdsa(True, name)
    if clock < hours.morning:
        return Pdsa(True, f"avant {in_words(hours.morning)}")
    if day.weekday() == SATURDAY and hours.saturday is not None and clock >= hours.saturday:
        return Pdsa(True, f"samedi à partir de {in_words(hours.saturday)}")
    if clock >= hours.evening:
        return Pdsa(True, f"après {in_words(hours.evening)}")
    return Pdsa(False, "")


def bridge_days(year: int, region: str) -> dict[date, str]:
    """The bridge days of R. 6315-1 in that year, with their reason, in order."""
    first = date(year, 1, 1)
    days = ((date(year + 1, 1, 1) - first) if year < date.max.year else timedelta(days=365)).days
    every = (first + timedelta(days=number) for number in range(days))
    return {day: name for day in every if (name := _bridge(day, region))}


def in_words(clock: time) -> str:
    """« 20 h », « 8 h 30 »."""
    return f"{clock.hour} h" + (f" {clock.minute:02}" if clock.minute else "")


def _bridge(day: date, region: str) -> str:
    if holiday_name(day, region):
        return ""
    if day.weekday() == MONDAY and day < date.max and (name := holiday_name(day + _DAY, region)):
        return f"lundi avant un jour férié ({name})"
    if day.weekday() == FRIDAY and (name := holiday_name(day - _DAY, region)):
        return f"vendredi après un jour férié ({name})"
    if day.weekday() == SATURDAY:
        before = holiday_name(day - _DAY, region) or holiday_name(day - 2 * _DAY, region)
        return f"samedi après un jour férié ({before})" if before else ""
    return ""


@cache
def _regions() -> dict[str, tuple[str, str]]:
    with DATA.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter=";")
        return {row["department"]: (row["region"], row["label"]) for row in rows}
