"""The patients sent to a professional, or through a structure. A constant number of queries, whatever their number.

Whoever receives reads that a patient comes, when, and from which SAS: never who sent them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from sas.directory.models import PracticeLocation
from sas.orientation.lists.filters import After, a_page, one_among
from sas.orientation.lists.lines import Line, lines_of, zone_or
from sas.orientation.models import Orientation
from sas.orientation.rules import Actor
from sas.participation.queries import participating_members_of
from sas.participation.subjects import Subject, places_of

PAST = timedelta(days=30)
COMING, PASSED = "a-venir", "passees"


@dataclass(frozen=True)
class Asked:
    """`period`: `COMING` (from this morning) or `PASSED` (the thirty days before)."""

    period: str = COMING
    after: After | None = None


@dataclass(frozen=True)
class Received:
    """A page of the list. `members`: who may be named as the doctor of a patient that the structure received."""

    lines: list[Line]
    following: After | None
    members: list[PracticeLocation]


def zone_of(subject: Subject) -> ZoneInfo:
    """That of their first place."""
    return zone_or(next((place.timezone for place in places_of(subject)), ""))


def received_by(subject: Subject, asked: Asked, now: datetime) -> Received:
    """Coming ones in the order of time; past ones, the latest first."""
    morning = datetime.combine(now.astimezone(zone_of(subject)).date(), time(), zone_of(subject))
    rows = of_subjects([subject]).select_related("territory", "editor")
    if asked.period == COMING:
        rows = rows.filter(starts_at__gte=morning)
    else:
        rows = rows.filter(starts_at__lt=morning, starts_at__gte=morning - PAST)
    page, after = a_page(rows, asked.after, by="starts_at", latest_first=asked.period == PASSED)
    lines = lines_of(page, actor=Actor.EFFECTOR, now=now)
    return Received(lines, after, members_of(subject, now) if any(line.to_name for line in lines) else [])


def one_received(subject: Subject, uuid: str) -> Orientation:
    """That orientation, if this subject received it; else `Http404`."""
    return one_among(of_subjects([subject]), uuid)


def of_subjects(subjects: Sequence[Subject]) -> QuerySet[Orientation]:
    """What they received: a person, in their name; a structure, what came through it. Never the members' own."""
    people = [subject.practitioner.pk for subject in subjects if subject.practitioner]
    structures = [subject.structure.pk for subject in subjects if subject.structure]
    rows = Orientation.objects.exclude(path=Orientation.Path.ADVICE)
    return rows.filter(Q(practitioner__in=people) | Q(structure__in=structures))


def members_of(subject: Subject, now: datetime) -> list[PracticeLocation]:
    """An activity of each person who takes part through this structure or practises there, by name: their activity
    there first."""
    structure = subject.structure
    if structure is None:
        return []
    on = now.astimezone(zone_of(subject)).date()
    through = participating_members_of([structure.pk], on).get(structure.pk, ())
    rows = PracticeLocation.objects.filter(Q(structure=structure) | Q(practitioner__in=through), ended_on=None)
    rows = rows.select_related("practitioner").order_by("practitioner__name_key", "practitioner", "pk")
    found: dict[int, PracticeLocation] = {}
    for row in rows[:MOST_ROWS]:
        if row.practitioner_id not in found or row.structure_id == structure.pk:
            found[row.practitioner_id] = row
    return list(found.values())


MOST_ROWS = 1000
"""Beyond the largest CPTS."""
