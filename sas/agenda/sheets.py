"""What a person types of a series, and what is refused of it, in French, field by field. No database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from sas.agenda.models import LARGEST_CAPACITY, MODALITIES
from sas.agenda.rules import Pattern
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
