"""The agenda in the words that people say: days, hours, recurrences. Pure: no clock, no database."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sas.directory.calendar import in_words as hour_text

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
NUMBERS = {2: "deux", 3: "trois", 4: "quatre", 5: "cinq", 6: "six", 8: "huit"}
MODALITY = {"AMB": "Cabinet", "VR": "Téléconsultation", "HH": "Visite"}
LETTER = {"AMB": "C", "VR": "T", "HH": "V"}


def day_text(day: date, today: date | None = None) -> str:
    """« mardi 24 novembre », with the year when it is not that of `today`."""
    number = "1er" if day.day == 1 else str(day.day)
    year = "" if today is not None and day.year == today.year else f" {day.year}"
    return f"{DAYS[day.weekday()]} {number} {MONTHS[day.month - 1]}{year}"


def near_day_text(day: date, today: date) -> str:
    """« aujourd’hui », « demain », else `day_text`."""
    return {0: "aujourd’hui", 1: "demain"}.get((day - today).days) or day_text(day, today)


def short_day_text(day: date) -> str:
    """« mar. 24 nov. » would be read letter by letter: « mardi 24 »."""
    return f"{DAYS[day.weekday()]} {'1er' if day.day == 1 else day.day}"


def chip_text(day: date, today: date) -> str:
    """« Aujourd’hui », « Demain », « Mardi 24 »: a day to press."""
    near = near_day_text(day, today) if (day - today).days in {0, 1} else short_day_text(day)
    return near.capitalize()


def span_text(start: time, end: time) -> str:
    """« 8 h – 12 h 30 »."""
    return f"{hour_text(start)} – {hour_text(end)}"


def duration_text(minutes: int) -> str:
    """« 45 min », « 2 h », « 1 h 30 »."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h" + (f" {rest:02}" if rest else "")


def hours_text(hours: float) -> str:
    """Hours of a week, to the minute: « 2 h 30 », « 0 h »."""
    minutes = round(hours * 60)
    return duration_text(minutes) if minutes else "0 h"


def patients_text(count: int) -> str:
    """« 1 patient », « 6 patients »."""
    return f"{count} patient{'s' if count > 1 else ''}"


def left_text(capacity: int, taken: int) -> str:
    """What is left of a slot: « 4 places sur 6 », « libre », « pris », « complet »."""
    left = max(capacity - taken, 0)
    if capacity == 1:
        return "libre" if left else "pris"
    if not left:
        return "complet"
    return f"{left} place{'s' if left > 1 else ''} sur {capacity}"


def pieces_left_text(count: int, taken: int) -> str:
    """Of créneaux one after the other: « 12 libres sur 16 », « tous libres », « complet »."""
    left = max(count - taken, 0)
    if left == count:
        return "tous libres"
    return f"{left} libre{'s' if left > 1 else ''} sur {count}" if left else "complet"


def listed(words: Sequence[str]) -> str:
    """« lundi, mardi et jeudi »."""
    return " et ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def modalities_text(modalities: Collection[str]) -> str:
    """« au cabinet et en téléconsultation », always in the same order."""
    said = {"AMB": "au cabinet", "VR": "en téléconsultation", "HH": "en visite"}
    return listed([words for code, words in said.items() if code in modalities])


def rhythm_text(weekdays: Collection[int], every: int) -> str:
    """« chaque mardi et jeudi, une semaine sur deux », « chaque jour »."""
    days = sorted(set(weekdays))
    named = "chaque jour" if len(days) == 7 else f"chaque {listed([DAYS[day] for day in days])}"
    if days == [0, 1, 2, 3, 4]:
        named = "du lundi au vendredi"
    return named if every == 1 else f"{named}, une semaine sur {NUMBERS.get(every, every)}"


def until_text(until: date | None) -> str:
    """« jusqu’au mardi 30 juin 2027 », « sans date de fin »."""
    return f"jusqu’au {day_text(until)}" if until is not None else "sans date de fin"


def moment_text(moment: datetime, zone: str) -> str:
    """« mardi 24 novembre 2026 à 8 h 05 », where it happens."""
    there = moment.astimezone(ZoneInfo(zone))
    return f"{day_text(there.date())} à {hour_text(there.time())}"


def bound_text(moment: datetime, zone: str, *, closes: bool = False) -> str:
    """A bound of a period: its day alone at midnight (the day before, when it `closes`), with its hour otherwise."""
    there = moment.astimezone(ZoneInfo(zone))
    if there.time() != time(0):
        return moment_text(moment, zone)
    return day_text(there.date() - timedelta(days=1)) + " inclus" if closes else day_text(there.date())


def period_text(start: datetime, end: datetime, zone: str) -> str:
    """« Le mardi 24 novembre 2026 », « Du … au … inclus », where it happens."""
    first, last = bound_text(start, zone), bound_text(end, zone, closes=True)
    return f"Le {first}" if last == f"{first} inclus" else f"Du {first} au {last}"


def closing_of(moment: datetime) -> dict[str, date | time]:
    """A closing bound as its form says it: midnight is the whole day before."""
    if moment.time() == time(0):
        return {"to_day": moment.date() - timedelta(days=1)}
    return {"to_day": moment.date(), "to_time": moment.time()}
