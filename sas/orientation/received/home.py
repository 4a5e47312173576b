"""« Patients adressés » on the home page: those of today and of the next days, for who receives them."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sas.accounts.landing.sections import Section
from sas.accounts.models import Delegation, User
from sas.orientation.lists.lines import Line, lines_of
from sas.orientation.received.queries import of_subjects, zone_of
from sas.orientation.rules import LIVE, Actor
from sas.participation.subjects import Standing, Subject, subjects_of

DAYS = 3
SHOWN = 5


@dataclass(frozen=True)
class Sent:
    """The patients of the coming days, the first ones in full; `key`: whose list it is when there is only one."""

    lines: list[Line]
    today: int
    later: int
    key: str
    of_structures: bool


def own_patients(user: User, at: datetime) -> Section | None:
    """For whoever practises."""
    return _section(user, at, Standing.OWN, "Patients adressés")


def patients_of_structures(user: User, at: datetime) -> Section | None:
    """For whoever manages structures."""
    return _section(user, at, Standing.MANAGER, "Patients adressés à vos structures")


def _section(user: User, at: datetime, standing: Standing, title: str) -> Section | None:
    subjects = [one for one in subjects_of(user, Delegation.Scope.AGENDA, at) if one.standing is standing]
    if not subjects:
        return None
    return Section(title, "orientation/received/_home.html", _sent(subjects, at))


def _sent(subjects: list[Subject], at: datetime) -> Sent:
    zone = zone_of(subjects[0])
    morning = datetime.combine(at.astimezone(zone).date(), time(), zone)
    tomorrow = datetime.combine(morning.date() + timedelta(days=1), time(), zone)
    last = datetime.combine(morning.date() + timedelta(days=DAYS), time(), zone)
    coming = of_subjects(subjects).filter(state__in=LIVE, starts_at__gte=morning, starts_at__lt=last)
    starts = list(coming.values_list("starts_at", flat=True))
    first = coming.select_related("territory", "editor").order_by("starts_at", "pk")[:SHOWN]
    today = sum(1 for start in starts if start is not None and start < tomorrow)
    return Sent(
        lines=lines_of(first, actor=Actor.EFFECTOR, now=at) if starts else [],
        today=today,
        later=len(starts) - today,
        key=subjects[0].key if len(subjects) == 1 else "",
        of_structures=subjects[0].structure is not None,
    )
