"""What is past, what is left, and where an edit cuts a series: reads a series, writes nothing."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sas.agenda.models import MOST_EXCEPTIONS, Series
from sas.agenda.rules import days, instant, monday_of, occurs_on
from sas.agenda.sheets import MOST_YEARS, AgendaRefused, Scope, SeriesSheet, in_years, minutes, pattern_of

BEGUN = "Cette occurrence a commencé ou est passée : elle reste telle quelle."


@dataclass(frozen=True, slots=True)
class Cut:
    """What an edit leaves of a series. `in_place`: nothing of it is past or spared, all of it changes. Else it ends on
    `until`, or goes on but for the day `spared`. `first_on`: the first day that what comes after may have."""

    in_place: bool
    first_on: date
    until: date | None = None
    spared: date | None = None


def local_day(timezone: str, at: datetime) -> date:
    """What day it is there."""
    return at.astimezone(ZoneInfo(timezone)).date()


def first_left(series: Series, at: datetime) -> int:
    """The first day that is not yet past for this series: today, or tomorrow once today's occurrence has begun."""
    today = local_day(series.timezone, at).toordinal()
    pattern = pattern_of(series)
    begins = instant(series.timezone, today, pattern.starts_at)
    begun = begins is not None and begins <= at.timestamp() and occurs_on(pattern, today)
    return today + 1 if begun else today


def horizon(day: int) -> int:
    """How far ahead an open-ended series is looked at, from that day."""
    return in_years(date.fromordinal(day), MOST_YEARS).toordinal()


def cut(series: Series, scope: Scope, on: date, at: datetime) -> Cut:
    """Where an edit of this scope, asked from the occurrence of `on`, cuts the series. Raises `AgendaRefused`."""
    pattern, left, asked = pattern_of(series), first_left(series, at), on.toordinal()
    coming = next(days(pattern, left, horizon(left)), None)
    if coming is None:
        raise AgendaRefused(BEGUN if not series.repeat_weeks else "Toutes ces occurrences sont passées.")
    after = date.fromordinal(max(left, monday_of(coming)))
    if not series.repeat_weeks:
        return Cut(True, after)
    if scope == Scope.ALL:
        asked = left
    elif not occurs_on(pattern, asked):
        raise AgendaRefused("Cette occurrence n’existe plus.")
    elif asked < left:
        raise AgendaRefused(BEGUN)
    if scope == Scope.THIS:
        others = (day for day in days(pattern, pattern.first_on, horizon(left)) if day != asked)
        if next(others, None) is None:
            return Cut(True, after)
        if len(series.exceptions) >= MOST_EXCEPTIONS:
            raise AgendaRefused("Trop d’exceptions : modifiez « celle-ci et les suivantes ».")
        return Cut(False, after, spared=on)
    if next(days(pattern, pattern.first_on, asked - 1), None) is None:
        return Cut(True, after)
    return Cut(False, after, until=date.fromordinal(asked - 1))


def first_day_wanted(sheet: SeriesSheet, series: Series, scope: Scope, on: date, found: Cut) -> SeriesSheet:
    """The sheet with the first day that the scope means (`services.change_series`)."""
    if scope == Scope.THIS:
        return replace(sheet, repeat_weeks=None, weekdays=(), until=None, skip_public_holidays=False)
    if scope == Scope.FOLLOWING or not (sheet.repeat_weeks and series.repeat_weeks):
        return sheet
    wanted = series.first_on if sheet.first_on == on else sheet.first_on
    return replace(sheet, first_on=wanted if found.in_place and wanted >= found.first_on else found.first_on)


def check_time(sheet: SeriesSheet, timezone: str, at: datetime) -> None:
    """Refuse what is past, or too far ahead."""
    today = local_day(timezone, at)
    if sheet.first_on < today:
        raise AgendaRefused({"first_on": "Ce jour est passé : choisissez aujourd’hui ou un jour à venir."})
    if sheet.first_on > in_years(today, MOST_YEARS):
        raise AgendaRefused({"first_on": f"{MOST_YEARS} ans à l’avance au plus."})
    if not sheet.repeat_weeks and begun(sheet, timezone, at):
        raise AgendaRefused({"starts_at": "Cette heure est passée : choisissez une heure à venir."})


def begun(sheet: SeriesSheet, timezone: str, at: datetime) -> bool:
    """Whether what the sheet offers on its first day has begun."""
    begins = instant(timezone, sheet.first_on.toordinal(), minutes(sheet.starts_at))
    return begins is not None and begins < at.timestamp()


def check_gives(series: Series) -> None:
    """Refuse what never occurs."""
    first = series.first_on.toordinal()
    if next(days(pattern_of(series), first, horizon(first)), None) is None:
        raise AgendaRefused({"until" if series.until else "weekdays": "Aucun jour ne correspond à cette répétition."})
