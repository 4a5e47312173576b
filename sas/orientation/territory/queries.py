"""The orientations of a territory, counted and listed. A constant number of queries, whatever their number.

Nobody reads here at what hour a named doctor receives (platform.md §10): the day alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from sas.directory.models import Territory
from sas.lrm.models import Message
from sas.orientation.lists.filters import CATEGORIES, PATHS, After, Wanted, a_page, filtered
from sas.orientation.lists.lines import Line, lines_of
from sas.orientation.models import Orientation
from sas.orientation.rules import REASONS, Actor
from sas.orientation.wording import modality_text, reason_words

DAYS = 7
"""What the page shows before anybody chooses days."""

TOGETHER = ("CPTS", "MSP", "CDS", "SOS")
"""Categories of which a structure is the one to name, not somebody's practice."""


@dataclass(frozen=True)
class Counts:
    """What the filters keep, counted. Words → number, the largest first; advice is apart from the rest. `told`: those
    that an LRM was to know of; `confirmed`: those that it said to have received."""

    patients: int
    advice: int
    paths: list[tuple[str, int]]
    states: list[tuple[str, int]]
    categories: list[tuple[str, int]]
    reasons: list[tuple[str, int]]
    told: int
    confirmed: int

    @property
    def share(self) -> int | None:
        """In a hundred; None when nobody was to be told."""
        return round(100 * self.confirmed / self.told) if self.told else None


@dataclass(frozen=True)
class Exported:
    """A line of the file: neither who receives nor at what hour, nor who sent."""

    made_on: date
    path: str
    category: str
    structure: str
    expected_on: date | None
    modality: str
    state: str
    reason: str
    message: str
    outside_search: bool
    showed_slot: bool | None


def orientations_of(territory: Territory, wanted: Wanted, now: datetime) -> QuerySet[Orientation]:
    """Those made for this territory on these days, as filtered."""
    zone = ZoneInfo(territory.timezone)
    since, until = (datetime.combine(day, time(), zone) for day in (wanted.first, wanted.last + timedelta(days=1)))
    rows = Orientation.objects.filter(territory=territory, created_at__gte=since, created_at__lt=until)
    return filtered(rows, wanted, now)


def counts_of(rows: QuerySet[Orientation]) -> Counts:
    """Two queries."""
    columns = ("path", "state", "category", "reason")
    groups = [(row, row.pop("number")) for row in rows.order_by().values(*columns).annotate(number=Count("pk"))]
    patients = [(row, number) for row, number in groups if row["path"] != Orientation.Path.ADVICE]
    cancelled = [(row, number) for row, number in patients if row["state"] == Orientation.State.CANCELLED]
    said = rows.annotate(is_told=Exists(_messages()), is_confirmed=Exists(_confirmed()))
    lrm = said.aggregate(told=Count("pk", filter=Q(is_told=True)), confirmed=Count("pk", filter=Q(is_confirmed=True)))
    return Counts(
        patients=sum(number for _, number in patients),
        advice=sum(number for row, number in groups if row["path"] == Orientation.Path.ADVICE),
        paths=_summed(patients, "path", PATHS),
        states=_summed(patients, "state", dict(Orientation.State.choices)),
        categories=_summed(patients, "category", CATEGORIES),
        reasons=_summed(cancelled, "reason", {str(reason): words for reason, words in REASONS.items()}),
        told=lrm["told"],
        confirmed=lrm["confirmed"],
    )


def lines(rows: QuerySet[Orientation], wanted: Wanted, now: datetime) -> tuple[list[Line], After | None]:
    """A page of them, the latest first."""
    page, after = a_page(rows.select_related("regulator", "editor", "territory"), wanted.after, by="created_at")
    return lines_of(page, actor=Actor.REGULATOR, now=now), after


def exported(rows: QuerySet[Orientation], territory: Territory) -> Iterator[Exported]:
    """All of them, read as they are sent."""
    zone = ZoneInfo(territory.timezone)
    latest = _messages().order_by("-pk").values("state")[:1]
    for row in rows.annotate(message=Subquery(latest)).order_by("created_at", "pk").iterator(chunk_size=1000):
        yield _exported(row, zone)


def _exported(row: Orientation, zone: ZoneInfo) -> Exported:
    expected = row.starts_at.astimezone(ZoneInfo(row.timezone)).date() if row.starts_at else None
    names_itself = row.category in TOGETHER or row.path == Orientation.Path.ADVICE
    message = row.message  # type: ignore[attr-defined]
    return Exported(
        made_on=row.created_at.astimezone(zone).date(),
        path=row.get_path_display(),
        category=row.get_category_display() if row.category else "",
        structure=row.structure_name if names_itself else "",
        expected_on=expected,
        modality=modality_text(row).lower(),
        state=row.get_state_display(),
        reason=reason_words(row.reason),
        message=Message.State(message).label if message else "",
        outside_search=row.outside_search,
        showed_slot=row.showed_slot,
    )


def _messages() -> QuerySet[Message]:
    return Message.objects.filter(subject=OuterRef("uuid"))


def _confirmed() -> QuerySet[Message]:
    later = Message.objects.filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
    return _messages().filter(~Exists(later), state=Message.State.ACKNOWLEDGED)


def _summed(groups: list[tuple[dict[str, str], int]], column: str, words: Mapping[str, str]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for row, number in groups:
        said = words.get(row[column]) or "sans motif"
        found[said] = found.get(said, 0) + number
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))
