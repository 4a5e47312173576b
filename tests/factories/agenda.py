"""Agendas for tests: a doctor in Lille, a créneau of next Tuesday, through the services."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sas.agenda.models import Series
from sas.agenda.services import open_series
from sas.agenda.sheets import SeriesSheet, Spot
from sas.directory.models import PracticeLocation, Structure
from tests.factories import directory

PARIS = ZoneInfo("Europe/Paris")
AT = datetime(2026, 11, 23, 7, 0, tzinfo=PARIS)
"""A Monday, before anybody works."""
TUESDAY = date(2026, 11, 24)
BY = "compte 1"


def spot(place: PracticeLocation | None = None, **given: Any) -> Spot:
    """A place of a doctor, in Lille unless said otherwise."""
    place = place or directory.place(**given)
    return Spot(place.practitioner, place.place_key, None, place.insee, place.department, place.timezone)


def spot_of_structure(structure: Structure, doctor: Any = None) -> Spot:
    """The agenda of a structure of Lille."""
    return Spot(doctor, "", structure, "59350", "59", "Europe/Paris")


def sheet(starts: str = "08:00", ends: str = "08:20", **given: Any) -> SeriesSheet:
    """A créneau of one patient, once, on Tuesday 24 November 2026."""
    values: dict[str, Any] = {"kind": "slot", "first_on": TUESDAY} | given
    return SeriesSheet(starts_at=time.fromisoformat(starts), ends_at=time.fromisoformat(ends), **values)


def series(where: Spot | None = None, starts: str = "08:00", ends: str = "08:20", **given: Any) -> Series:
    """The same, opened on Monday 23 November at 7:00."""
    at = given.pop("at", AT)
    return open_series(spot=where or spot(), sheet=sheet(starts, ends, **given), by=BY, at=at)


def plage(where: Spot | None = None, **given: Any) -> Series:
    """Every Tuesday from 8:00 to 12:00, six patients, every other week unless said otherwise."""
    weekly: dict[str, Any] = {"kind": "band", "capacity": 6, "repeat_weeks": 2}
    return series(where, "08:00", "12:00", **(weekly | given))


def paris(text: str) -> datetime:
    """`2026-11-24 08:00` in Lille."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)
