"""Whose slots were seen by searches, told by the package that counts them (`search`, above).

`AppConfig.ready` of the search calls `use_sightings`. Without it nobody is said to be silent.
"""

from collections.abc import Callable, Collection, Set
from datetime import date

Sightings = Callable[[Collection[int], date], Set[int] | None]
"""(practitioner pks, first day) → those of whom a search showed a slot since that day; None: not known yet."""

_known: list[Sightings] = [lambda _people, _since: None]


def use_sightings(sightings: Sightings) -> None:
    """From now on, these."""
    _known[0] = sightings


def seen_since(people: Collection[int], since: date) -> Set[int] | None:
    """See `Sightings`."""
    return _known[0](people, since)
