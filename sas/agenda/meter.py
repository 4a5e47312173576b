"""Hours offered on the SAS agenda per ISO week: 2 h a week until 31/12/2025, informative since (platform.md §4, §5)."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple


class WeekMet(NamedTuple):
    """One ISO week: hours offered, hours needed (None: no such rule that week), whether met (None: no rule, or the
    week is not over)."""

    monday: date
    hours: float
    needed: float | None
    met: bool | None


def hours_by_week(people: Collection[int], weeks: Collection[date]) -> Mapping[tuple[int, date], float]:
    """(practitioner pk, Monday) → hours offered that week over all places, overlaps once, unavailability out, « pris »
    in. Who offered nothing is absent."""
    raise NotImplementedError


def hours_of_structures(structures: Collection[int], weeks: Collection[date]) -> Mapping[tuple[int, date], float]:
    """(structure pk, Monday) → hours offered by a structure's agenda; those of different doctors add up."""
    raise NotImplementedError


def weeks_met(
    *, weeks: int, on: date, practitioner_id: int | None = None, structure_id: int | None = None, doctors: int = 1
) -> tuple[WeekMet, ...]:
    """The week of `on` and the `weeks - 1` before it, latest first. `doctors`: general practitioners of a CDS."""
    raise NotImplementedError
