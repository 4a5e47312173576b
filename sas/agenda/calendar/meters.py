"""Hours offered each week, in words: met or not while the rule of 2 h stood, informative since (platform.md §4)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sas.agenda.calendar.reading import today_at
from sas.agenda.calendar.weeks import week_text, write_week
from sas.agenda.calendar.words import hours_text
from sas.agenda.meter import WeekMet, weeks_met
from sas.participation.models import StructureParticipation
from sas.participation.subjects import Subject, places_of

WEEKS = 53
CDS = "cds"


@dataclass(frozen=True)
class MeterLine:
    """A week. `verdict`: empty when no rule asks anything of that week."""

    week: str
    value: str
    hours: str
    needed: str
    verdict: str
    is_met: bool


def week_meter(subject: Subject, monday: date) -> MeterLine:
    """The week that is shown."""
    return _line(subject, _weeks(subject, monday, 1)[0])


def meter_lines(subject: Subject, now: datetime) -> list[MeterLine]:
    """This week and the year before it, latest first."""
    return [_line(subject, week) for week in _weeks(subject, today_at(places_of(subject), now), WEEKS)]


def _weeks(subject: Subject, on: date, weeks: int) -> tuple[WeekMet, ...]:
    if subject.practitioner is not None:
        return weeks_met(weeks=weeks, on=on, practitioner_id=subject.practitioner.pk)
    if subject.structure is None:
        return ()
    doctors = _doctors(subject.structure.pk, on) if subject.structure.kind == CDS else 1
    return weeks_met(weeks=weeks, on=on, structure_id=subject.structure.pk, doctors=doctors)


def _doctors(structure: int, on: date) -> int:
    """General practitioners that a health centre declared."""
    last = StructureParticipation.objects.filter(structure=structure, started_on__lte=on + timedelta(days=6))
    row = last.order_by("-started_on").first()
    return row.gp_count or 1 if row is not None else 1


def _line(subject: Subject, week: WeekMet) -> MeterLine:
    """Two hours were asked of people and of health centres (S1 Q9), never of other structures."""
    concerned = subject.structure is None or subject.structure.kind == CDS
    needed = week.needed if concerned else None
    return MeterLine(
        week=week_text(week.monday),
        value=write_week(week.monday),
        hours=hours_text(week.hours),
        needed="" if needed is None else hours_text(needed),
        verdict=""
        if needed is None
        else "en cours"
        if week.met is None
        else "remplies"
        if week.met
        else "non remplies",
        is_met=week.met is True,
    )
