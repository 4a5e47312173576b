"""A regulator's own orientations. A constant number of queries, whatever their number."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.orientation.lists.attention import following
from sas.orientation.lists.filters import PER_PAGE, After, Wanted, a_page, filtered, one_among
from sas.orientation.lists.lines import Line, lines_of, zone_or
from sas.orientation.models import Orientation
from sas.orientation.rules import Actor

FOLLOWED_FOR = timedelta(days=3)
"""As long as a search looks ahead: later, what was not confirmed is history."""


@dataclass(frozen=True)
class Day:
    """A page of the list. `to_follow`: how many of the last days wait for somebody; `advice`: of the same list, how
    many are advice towards an establishment, counted apart (platform.md §7)."""

    lines: list[Line]
    following: After | None
    to_follow: int
    patients: int
    advice: int


def zone_of(user: User) -> ZoneInfo:
    """Where this regulator works: the zone of their first territory."""
    return zone_or(next((grant.territory.timezone for grant in user.held if grant.territory), ""))


def own_day(user: User, wanted: Wanted, now: datetime) -> Day:
    """Theirs, the latest first, as filtered."""
    rows = _made_between(_own(user), wanted, zone_of(user))
    rows = filtered(rows, wanted, now)
    counts = rows.aggregate(advice=Count("pk", filter=Q(path=Orientation.Path.ADVICE)), every=Count("pk"))
    page, after = a_page(rows.select_related("editor", "territory"), wanted.after, by="created_at", size=PER_PAGE)
    return Day(
        lines=lines_of(page, actor=Actor.REGULATOR, now=now),
        following=after,
        to_follow=to_follow(user, now),
        patients=counts["every"] - counts["advice"],
        advice=counts["advice"],
    )


def one_of(user: User, wanted: Wanted, line: Orientation, now: datetime) -> Day:
    """The list as it is when an act on this orientation was refused: it is there, whatever the filters keep."""
    day = own_day(user, wanted, now)
    if all(shown.row.pk != line.pk for shown in day.lines):
        lines = lines_of([line], actor=Actor.REGULATOR, now=now)
        return replace(day, lines=[*lines, *day.lines])
    return day


def own_one(user: User, uuid: str) -> Orientation:
    """That orientation, if they made it; else `Http404`."""
    return one_among(_own(user), uuid)


def to_follow(user: User, now: datetime) -> int:
    """How many of those of the last days somebody has to look at again; who only administers has none to."""
    if not {Role.REGULATOR, Role.IOA}.intersection(user.roles):
        return 0
    return _own(user).filter(following(now), created_at__gte=now - FOLLOWED_FOR).count()


def _own(user: User) -> QuerySet[Orientation]:
    return Orientation.objects.filter(regulator=user)


def _made_between(rows: QuerySet[Orientation], wanted: Wanted, zone: ZoneInfo) -> QuerySet[Orientation]:
    since, until = (datetime.combine(day, time(), zone) for day in (wanted.first, wanted.last + timedelta(days=1)))
    return rows.filter(created_at__gte=since, created_at__lt=until)
