"""« Patients adressés » on the home page: those of today and of the next days, for who receives them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from sas.accounts.landing.sections import Section
from sas.accounts.models import User
from sas.directory.models import Practitioner
from sas.orientation.lists.lines import Line, lines_of
from sas.orientation.models import Orientation
from sas.orientation.rules import LIVE, Actor
from sas.participation.subjects import managed_structures

DAY = timedelta(days=1)
DAYS = 3
SHOWN = 5
TEMPLATE = "orientation/received/_home.html"


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
    own = Practitioner.objects.filter(national_id=user.national_id).first() if user.national_id else None
    if own is None:
        return None
    rows = Orientation.objects.filter(practitioner=own)
    return Section("Patients adressés", TEMPLATE, _sent(rows, own.national_id, at, of_structures=False))


def patients_of_structures(user: User, at: datetime) -> Section | None:
    """For whoever manages structures."""
    managed = managed_structures(user)
    if not managed:
        return None
    rows = Orientation.objects.filter(structure__in=[one.pk for one in managed])
    key = managed[0].national_id if len(managed) == 1 else ""
    return Section("Patients adressés à vos structures", TEMPLATE, _sent(rows, key, at, of_structures=True))


def _sent(rows: QuerySet[Orientation], key: str, at: datetime, *, of_structures: bool) -> Sent:
    """A query; two more when somebody is expected. Days are those of each place."""
    near = rows.filter(state__in=LIVE, starts_at__gte=at - DAY, starts_at__lt=at + (DAYS + 1) * DAY)
    near = near.exclude(path=Orientation.Path.ADVICE).select_related("territory", "editor").order_by("starts_at", "pk")
    coming = [(row, days) for row in near if 0 <= (days := _days_ahead(row, at)) < DAYS]
    today = sum(not days for _, days in coming)
    first = [row for row, _ in coming[:SHOWN]]
    return Sent(
        lines=lines_of(first, actor=Actor.EFFECTOR, now=at) if first else [],
        today=today,
        later=len(coming) - today,
        key=key,
        of_structures=of_structures,
    )


def _days_ahead(row: Orientation, at: datetime) -> int:
    place = ZoneInfo(row.timezone)
    start = row.starts_at or at
    return (start.astimezone(place).date() - at.astimezone(place).date()).days
