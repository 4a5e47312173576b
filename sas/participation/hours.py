"""Hours on the SAS agenda, told by the package that counts them (`agenda`, above): 2 h a week until 31/12/2025.

`AppConfig.ready` of the agenda calls `use_hours`. Without it nobody offers anything.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date

Hours = Callable[[Collection[int], Collection[date]], Mapping[tuple[int, date], float]]
"""(practitioner pks, Mondays) → (pk, Monday) → hours offered that ISO week over all places, overlaps counted once."""

_known: list[Hours] = [lambda _people, _weeks: {}]


def use_hours(hours: Hours) -> None:
    """From now on, these."""
    _known[0] = hours


def hours_of(people: Collection[int], weeks: Collection[date]) -> Mapping[tuple[int, date], float]:
    """See `Hours`; who offered nothing is absent."""
    return _known[0](people, weeks)


_of_structures: list[Hours] = [lambda _structures, _weeks: {}]


def use_structure_hours(hours: Hours) -> None:
    """From now on, these: the same for structures, (structure pk, Monday) → hours that their agenda offers."""
    _of_structures[0] = hours


def structure_hours_of(structures: Collection[int], weeks: Collection[date]) -> Mapping[tuple[int, date], float]:
    """See `use_structure_hours`; which offered nothing is absent."""
    return _of_structures[0](structures, weeks)
