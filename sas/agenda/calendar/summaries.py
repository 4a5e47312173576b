"""A créneau or a plage in one sentence, and its next dates, before it is saved. Pure: the day is given."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from sas.agenda.calendar.words import (
    day_text,
    duration_text,
    modalities_text,
    patients_text,
    rhythm_text,
    until_text,
)
from sas.agenda.models import Series
from sas.agenda.rules import NEVER_ENDS, Pattern, days
from sas.agenda.sheets import SeriesSheet
from sas.directory.calendar import holiday_name, region_of
from sas.directory.calendar import in_words as hour_text
from sas.participation.subjects import SubjectPlace

SHOWN = 5
FURTHEST = timedelta(days=3660)


@dataclass(frozen=True)
class Summary:
    """`sentence`: what is about to be offered. `dates`: the next ones, with the public holiday that each one is;
    `more`: there are others."""

    sentence: str
    dates: list[str]
    more: bool


def summary_of(sheet: SeriesSheet, place: SubjectPlace, today: date) -> Summary:
    """What this sheet will offer there from `today`."""
    found = list(islice(_days(sheet, place, today), SHOWN + 1))
    return Summary(sentence_of(sheet, place), [_date(day, place, today) for day in found[:SHOWN]], len(found) > SHOWN)


def sentence_of(sheet: SeriesSheet, place: SubjectPlace) -> str:
    """« Plage, chaque mardi, une semaine sur deux, de 8 h à 12 h, 6 patients, au cabinet : CABINET DES LILAS… »"""
    hours = f"de {hour_text(sheet.starts_at)} à {hour_text(sheet.ends_at)}"
    when = [f"le {day_text(sheet.first_on)}"]
    end = []
    if sheet.repeat_weeks:
        when = [rhythm_text(sheet.weekdays or (sheet.first_on.weekday(),), sheet.repeat_weeks)]
        end = [f"à partir du {day_text(sheet.first_on)}", until_text(sheet.until)]
        end += ["sauf les jours fériés"] if sheet.skip_public_holidays else []
    parts = [what_of(sheet), *when, hours, *_patients(sheet), modalities_text(sheet.modalities), place.label, *end]
    return f"{', '.join(parts)}."


def what_of(sheet: SeriesSheet) -> str:
    """« Plage », « Créneau », « Créneaux de 15 min »."""
    if sheet.kind == Series.Kind.BAND:
        return "Plage"
    return f"Créneaux de {duration_text(sheet.split_minutes)}" if sheet.split_minutes else "Créneau"


def _patients(sheet: SeriesSheet) -> list[str]:
    if sheet.kind == Series.Kind.BAND:
        return [patients_text(sheet.capacity)]
    if not sheet.split_minutes:
        return [patients_text(1)]
    minutes = (sheet.ends_at.hour - sheet.starts_at.hour) * 60 + sheet.ends_at.minute - sheet.starts_at.minute
    return [patients_text(minutes // sheet.split_minutes)]


def _days(sheet: SeriesSheet, place: SubjectPlace, today: date) -> Iterator[date]:
    pattern = Pattern(
        timezone=place.timezone,
        first_on=sheet.first_on.toordinal(),
        starts_at=sheet.starts_at.hour * 60 + sheet.starts_at.minute,
        ends_at=sheet.ends_at.hour * 60 + sheet.ends_at.minute,
        repeat_weeks=sheet.repeat_weeks or 0,
        weekdays=sheet.weekdays or (sheet.first_on.weekday(),),
        until=sheet.until.toordinal() if sheet.until else NEVER_ENDS,
        holidays=region_of(place.department) if sheet.skip_public_holidays else None,
    )
    first = max(today, sheet.first_on)
    for ordinal in days(pattern, first.toordinal(), (first + FURTHEST).toordinal()):
        yield date.fromordinal(ordinal)


def _date(day: date, place: SubjectPlace, today: date) -> str:
    holiday = holiday_name(day, region_of(place.department))
    return day_text(day, today) + (f" (férié : {holiday})" if holiday else "")
