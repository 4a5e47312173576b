"""Hours offered on the SAS agenda per ISO week: 2 h a week until 31/12/2025, informative since (platform.md §4, §5).

The hours belong to the professional: all places together, overlaps counted once, any modality, what structures' agendas
offer in their name too. « Pris » does not lower them, an unavailability does. Weeks are those of each place.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from sas.agenda.queries import bounds
from sas.agenda.rules import expand, merged
from sas.agenda.stored import Stored, read
from sas.participation.rules import hours_needed

_WEEK = timedelta(days=7)


class WeekMet(NamedTuple):
    """One ISO week: hours offered, hours needed (None: no such rule that week), whether met (None: no rule, or not
    yet and the week is not over)."""

    monday: date
    hours: float
    needed: float | None
    met: bool | None


def hours_by_week(people: Collection[int], weeks: Collection[date]) -> Mapping[tuple[int, date], float]:
    """(practitioner pk, Monday) → hours offered that week. Who offered nothing is absent. One query."""
    if not people or not weeks:
        return {}
    stored = _around(people, (), weeks)
    spans: dict[tuple[int, date], list[tuple[float, float]]] = defaultdict(list)
    for (person, _, monday), found in _offered(stored, weeks).items():
        if person is not None:
            spans[person, monday] += found
    return {key: _hours(found) for key, found in spans.items() if found}


def hours_of_structures(structures: Collection[int], weeks: Collection[date]) -> Mapping[tuple[int, date], float]:
    """(structure pk, Monday) → hours offered by a structure's agenda; those of different doctors add up. One query."""
    if not structures or not weeks:
        return {}
    hours: dict[tuple[int, date], float] = defaultdict(float)
    for (_, structure, monday), found in _offered(_around((), structures, weeks), weeks).items():
        if structure is not None and found:
            hours[structure, monday] += _hours(found)
    return dict(hours)


def weeks_met(
    *, weeks: int, on: date, practitioner_id: int | None = None, structure_id: int | None = None, doctors: int = 1
) -> tuple[WeekMet, ...]:
    """The week of `on` and the `weeks - 1` before it, latest first. `doctors`: general practitioners of a CDS.

    The rule is asked of weeks that end before 2026 (`sas.participation.rules`): one that 1 January cuts is whole in
    neither.
    """
    this = on - timedelta(on.weekday())
    mondays = [this - number * _WEEK for number in range(weeks)]
    if structure_id is not None:
        hours = hours_of_structures([structure_id], mondays)
    else:
        hours = hours_by_week([practitioner_id] if practitioner_id is not None else [], mondays)
    owner = structure_id if structure_id is not None else practitioner_id or 0
    return tuple(_judged(monday, hours.get((owner, monday), 0.0), this, doctors) for monday in mondays)


def _judged(monday: date, hours: float, this: date, doctors: int) -> WeekMet:
    needed = hours_needed(monday + timedelta(days=6), doctors)
    if needed is None:
        return WeekMet(monday, hours, None, None)
    met = True if hours >= needed else (False if monday < this else None)
    return WeekMet(monday, hours, float(needed), met)


def _around(people: Collection[int], structures: Collection[int], weeks: Collection[date]) -> Stored:
    since, _ = bounds("UTC", min(weeks) - timedelta(days=1), 1)
    _, until = bounds("UTC", max(weeks), 8)
    return read(people, structures, since, until, named=True)


def _offered(
    stored: Stored, weeks: Collection[date]
) -> dict[tuple[int | None, int | None, date], list[tuple[float, float]]]:
    """(doctor, structure, Monday) → what is offered, whatever is taken of it."""
    found: dict[tuple[int | None, int | None, date], list[tuple[float, float]]] = defaultdict(list)
    for row in stored.rows:
        away = stored.away_of(row.practitioner_id, row.place_key, row.structure_id)
        for monday in weeks:
            since, until = bounds(row.pattern.timezone, monday, 7)
            found[row.practitioner_id, row.structure_id, monday] += expand(row.pattern, since, until - 1, away)
    return found


def _hours(spans: list[tuple[float, float]]) -> float:
    return sum(until - since for since, until in merged(spans)) / 3600
