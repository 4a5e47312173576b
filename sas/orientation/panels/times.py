"""A time agreed on the phone, in the clock of the place. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sas.agenda.calendar.words import near_day_text
from sas.agenda.rules import instant
from sas.orientation.wording import time_text

STEP = timedelta(minutes=5)
SOON = (30, 60, 120)
"""In how many minutes people are usually expected."""

EVENING, MORNING = time(19), time(9)
DAYS_AHEAD = 4
DURATIONS = (15, 20, 30, 45, 60)
LATER = (15, 30, 60, 120)
"""In how many minutes people ask to be called again."""


class TimeRefused(ValueError):  # noqa: N818 — an answer to the person, not a fault
    """What was typed is no time there; the message (French) says what to do."""


def soon_text(minutes: int) -> str:
    """« dans 30 min », « dans 2 h »."""
    return f"dans {minutes} min" if minutes % 60 else f"dans {minutes // 60} h"


def quick_times(now: datetime, zone: str) -> list[tuple[str, str]]:
    """Times that one press chooses: the instant, and « dans 30 min (14 h 40) »."""
    there = ZoneInfo(zone)
    found = []
    for minutes in SOON:
        moment = rounded(now + timedelta(minutes=minutes)).astimezone(there)
        found.append((moment, f"{soon_text(minutes)} ({time_text(moment)})"))
    today = now.astimezone(there).date()
    for day, at, words in ((today, EVENING, "ce soir"), (today + timedelta(days=1), MORNING, "demain matin")):
        later = instant(zone, day.toordinal(), at.hour * 60)
        if later is not None and later > (now + timedelta(minutes=SOON[-1])).timestamp():
            moment = datetime.fromtimestamp(later, there)
            found.append((moment, f"{words} ({time_text(moment)})"))
    return [(moment.astimezone(UTC).isoformat(), words) for moment, words in found]


def rounded(moment: datetime) -> datetime:
    """The next five minutes: people say « 14 h 40 », not « 14 h 37 »."""
    seconds = int(moment.timestamp())
    step = int(STEP.total_seconds())
    return datetime.fromtimestamp(-(-seconds // step) * step, UTC)


def days_of(now: datetime, zone: str) -> list[tuple[str, str]]:
    """The days that may be agreed: « aujourd’hui », « demain »…"""
    today = now.astimezone(ZoneInfo(zone)).date()
    days = [today + timedelta(days=number) for number in range(DAYS_AHEAD)]
    return [(day.isoformat(), near_day_text(day, today)) for day in days]


def agreed(values: Mapping[str, str], zone: str) -> datetime:
    """`heure` of `jour` by the clock there when it was typed, else the instant `quand`. Raises `TimeRefused`."""
    typed = values.get("heure", "").strip()
    if typed:
        return at_wall(values.get("jour", ""), typed, zone)
    chosen = moment_of(values.get("quand", ""))
    if chosen is None:
        raise TimeRefused("Indiquez l’heure convenue : choisissez-en une, ou tapez-la.")
    return chosen


def at_wall(day: str, clock: str, zone: str) -> datetime:
    """That time of that day there: the first one when the clocks show it twice. Raises `TimeRefused`."""
    try:
        on, at = date.fromisoformat(day), time.fromisoformat(clock)
    except ValueError:
        raise TimeRefused("Indiquez l’heure convenue, par exemple 14:40.") from None
    if not 2000 <= on.year <= 2100 or at.tzinfo is not None:
        raise TimeRefused("Indiquez l’heure convenue, par exemple 14:40.")
    found = instant(zone, on.toordinal(), at.hour * 60 + at.minute)
    if found is None:
        raise TimeRefused("Cette heure n’existe pas ce jour-là : les horloges avancent d’une heure.")
    return datetime.fromtimestamp(found, ZoneInfo(zone))


def moment_of(text: str) -> datetime | None:
    """An instant that a page wrote, of a year that arithmetic does not leave; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None and 2000 <= found.year <= 2100 else None


def end_of(starts_at: datetime, values: Mapping[str, str]) -> datetime | None:
    """After so many minutes (`duree`), when they were said."""
    said = values.get("duree", "")
    minutes = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 0
    return starts_at + timedelta(minutes=minutes) if minutes else None


def call_back(values: Mapping[str, str], now: datetime, zone: str) -> datetime:
    """When to call again: `rappel_heure` today there (tomorrow when it is past), else in `rappel` minutes."""
    typed = values.get("rappel_heure", "").strip()
    if not typed:
        said = values.get("rappel", "")
        return rounded(now + timedelta(minutes=int(said) if said in {str(one) for one in LATER} else LATER[1]))
    today = now.astimezone(ZoneInfo(zone)).date()
    found = at_wall(today.isoformat(), typed, zone)
    return found if found > now else at_wall((today + timedelta(days=1)).isoformat(), typed, zone)
