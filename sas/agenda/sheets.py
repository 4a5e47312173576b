"""What a person types of a series, and what is refused of it, in French, field by field. No database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum

from sas.agenda.models import LARGEST_CAPACITY, MODALITIES, Series
from sas.agenda.rules import NEVER_ENDS, Pattern, instant
from sas.directory.calendar import region_of
from sas.directory.models import Practitioner, Structure
from sas.participation.subjects import Subject, SubjectPlace

STEP_MINUTES = 5
SHORTEST_SPLIT, LONGEST_SPLIT = 5, 240
MOST_WEEKS = 52
MOST_YEARS = 10


class Scope(StrEnum):
    """How much of a series an edit concerns."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


class AgendaRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """Not possible as asked. `errors`: field of the sheet → French sentence; "" concerns the whole."""

    def __init__(self, errors: Mapping[str, str] | str) -> None:
        self.errors: dict[str, str] = {"": errors} if isinstance(errors, str) else dict(errors)
        super().__init__(" ".join(self.errors.values()))


class StaleError(Exception):
    """Somebody changed it since it was read: `by` (a label of the audit trail) and `at` say who and when."""

    def __init__(self, by: str, at: datetime) -> None:
        self.by, self.at = by, at
        super().__init__("Quelqu’un d’autre l’a modifié entre-temps.")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where slots are offered: a person at a place, or a structure (`practitioner`: the doctor its slot names)."""

    practitioner: Practitioner | None
    place_key: str
    structure: Structure | None
    insee: str
    department: str
    timezone: str


@dataclass(frozen=True, slots=True)
class SeriesSheet:
    """What is typed. Fields are those of `sas.agenda.models.Series`; `kind` is "slot" or "band".

    `first_on`: the day typed. A sheet without `repeat_weeks` happens once, and `weekdays` is then empty; with it and
    without `weekdays`, the weekday of `first_on`.
    """

    kind: str
    first_on: date
    starts_at: time
    ends_at: time
    modalities: tuple[str, ...] = ("AMB",)
    capacity: int = 1
    split_minutes: int | None = None
    repeat_weeks: int | None = None
    weekdays: tuple[int, ...] = ()
    until: date | None = None
    skip_public_holidays: bool = False


def spot_of(subject: Subject, place: SubjectPlace, doctor: Practitioner | None = None) -> Spot:
    """The place of a subject, as services want it."""
    person = subject.practitioner if subject.structure is None else doctor
    return Spot(person, place.key, subject.structure, place.insee, place.department, place.timezone)


def spot_of_series(series: Series) -> Spot:
    """Where this series is offered."""
    department = department_of(series.insee)
    return Spot(series.practitioner, series.place_key, series.structure, series.insee, department, series.timezone)


def sheet_of(series: Series) -> SeriesSheet:
    """What was typed of this series: to fill a form with."""
    return SeriesSheet(
        kind=series.kind,
        first_on=series.first_on,
        starts_at=series.starts_at,
        ends_at=series.ends_at,
        modalities=tuple(series.modalities),
        capacity=series.capacity,
        split_minutes=series.split_minutes,
        repeat_weeks=series.repeat_weeks,
        weekdays=tuple(series.weekdays),
        until=series.until,
        skip_public_holidays=series.skip_public_holidays,
    )


def assign(series: Series, sheet: SeriesSheet) -> None:
    """Write the sheet on the series, unsaved."""
    for name in SeriesSheet.__dataclass_fields__:
        value = getattr(sheet, name)
        setattr(series, name, list(value) if isinstance(value, tuple) else value)


def minutes(clock: time) -> int:
    """Minutes since midnight."""
    return 60 * clock.hour + clock.minute


def pattern_of(series: Series) -> Pattern:
    """What the rules need of a series."""
    return Pattern(
        series.timezone,
        series.first_on.toordinal(),
        minutes(series.starts_at),
        minutes(series.ends_at),
        series.split_minutes or 0,
        series.repeat_weeks or 0,
        tuple(series.weekdays),
        series.until.toordinal() if series.until else NEVER_ENDS,
        frozenset(day.toordinal() for day in series.exceptions),
        region_of(department_of(series.insee)) if series.skip_public_holidays else None,
    )


def department_of(insee: str) -> str:
    """The department or collectivity that the code of a commune begins with."""
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def completed(sheet: SeriesSheet, spot: Spot) -> SeriesSheet:
    """The sheet with what goes without saying, once checked. Raises `AgendaRefused` with every error at once."""
    errors = {**_clock_errors(sheet, spot), **_offer_errors(sheet), **_repeat_errors(sheet)}
    if errors:
        raise AgendaRefused(errors)
    if not sheet.repeat_weeks:
        return replace(sheet, repeat_weeks=None, weekdays=(), until=None, skip_public_holidays=False)
    return replace(sheet, weekdays=tuple(sorted(set(sheet.weekdays))) or (sheet.first_on.weekday(),))


def _clock_errors(sheet: SeriesSheet, spot: Spot) -> dict[str, str]:
    begins, ends = minutes(sheet.starts_at), minutes(sheet.ends_at)
    errors: dict[str, str] = {}
    for name, clock in (("starts_at", sheet.starts_at), ("ends_at", sheet.ends_at)):
        if clock.minute % STEP_MINUTES or clock.second or clock.microsecond:
            errors[name] = "Les heures vont de 5 minutes en 5 minutes."
    if ends <= begins:
        errors["ends_at"] = "La fin vient après le début, le même jour."
    elif not sheet.repeat_weeks and not errors:
        day = sheet.first_on.toordinal()
        if instant(spot.timezone, day, begins) is None:
            errors["starts_at"] = "Cette heure n’existe pas ce jour-là : on passe à l’heure d’été."
        elif instant(spot.timezone, day, ends, closes=True) is None:
            errors["ends_at"] = "Cette heure n’existe pas ce jour-là : on passe à l’heure d’été."
    return errors


def _offer_errors(sheet: SeriesSheet) -> dict[str, str]:
    errors: dict[str, str] = {}
    if sheet.kind not in Series.Kind.values:
        errors["kind"] = "Choisissez un créneau ou une plage."
    if not sheet.modalities or not set(sheet.modalities) <= set(MODALITIES):
        errors["modalities"] = "Au moins une modalité : cabinet, téléconsultation ou visite."
    if not 1 <= sheet.capacity <= LARGEST_CAPACITY:
        errors["capacity"] = f"De 1 à {LARGEST_CAPACITY} patients."
    elif sheet.kind == Series.Kind.SLOT and sheet.capacity != 1:
        errors["capacity"] = "Un créneau reçoit un patient ; pour plusieurs, choisissez une plage."
    split = sheet.split_minutes
    if split is not None:
        if not SHORTEST_SPLIT <= split <= LONGEST_SPLIT or split % STEP_MINUTES:
            errors["split_minutes"] = "De 5 à 240 minutes, de 5 en 5."
        elif minutes(sheet.ends_at) - minutes(sheet.starts_at) < split:
            errors["split_minutes"] = "Plus long que l’ensemble : aucun créneau n’y tient."
    return errors


def _repeat_errors(sheet: SeriesSheet) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not sheet.repeat_weeks:
        return errors
    if not 1 <= sheet.repeat_weeks <= MOST_WEEKS:
        errors["repeat_weeks"] = f"De 1 à {MOST_WEEKS} semaines."
    if not set(sheet.weekdays) <= set(range(7)):
        errors["weekdays"] = "Choisissez des jours de la semaine."
    if sheet.until is not None and sheet.until < sheet.first_on:
        errors["until"] = "La dernière date vient après la première."
    elif sheet.until is not None and sheet.until > in_years(sheet.first_on, MOST_YEARS):
        errors["until"] = f"{MOST_YEARS} ans au plus ; ou sans date de fin."
    return errors


def in_years(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=min(day.year + years, date.max.year), day=28)
