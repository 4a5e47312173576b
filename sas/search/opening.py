"""Open or closed now, and when it opens next, in words. Pure; weeks are those of `sas/directory/weekly_hours.py`."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sas.directory.calendar import holiday_name, in_words
from sas.directory.weekly_hours import HOLIDAY, Band, is_open
from sas.search.wording import WEEKDAYS

DAYS_AHEAD = 14


def opening_text(bands: Sequence[Band] | None, now: datetime, zone: ZoneInfo, region: str) -> str:
    """« ouvert », « fermé, ouvre mercredi à 8 h », « fermé »; nothing when nobody said the hours."""
    if bands is None:
        return ""
    if is_open(bands, now, zone, region):
        return "ouvert"
    there = now.astimezone(zone)
    for ahead in range(DAYS_AHEAD):
        day = there.date() + timedelta(days=ahead)
        kind = HOLIDAY if holiday_name(day, region) else day.weekday()
        starts = [band.start for band in bands if band.day == kind and (ahead or band.start > there.time())]
        if starts:
            return f"fermé, ouvre {_day_text(day, ahead)}à {in_words(min(starts))}"
    return "fermé"


def _day_text(day: date, ahead: int) -> str:
    if ahead == 0:
        return ""
    if ahead == 1:
        return "demain "
    return f"{WEEKDAYS[day.weekday()]} " if ahead < 7 else f"{WEEKDAYS[day.weekday()]} {day.day} "
