"""Reads of the SAS agenda: what is offered in a window, by whom, and who is away. Frozen rows, a few queries in all."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec


class AgendaSlot(msgspec.Struct, frozen=True, gc=False):
    """One free or partly free occurrence. `start`, `end` in the zone of its place; `at`: `start` in epoch seconds.

    `id`: `a<series>-<start in minutes since 1970, hexadecimal>`, stable. `walk_in`: a plage, without appointment.
    `doctor_id`: in a structure's agenda, the practitioner that the slot names, if any.
    """

    id: str
    series_id: int
    start: datetime
    end: datetime
    at: int
    capacity: int
    taken: int
    modalities: tuple[str, ...]
    walk_in: bool
    doctor_id: int | None = None

    @property
    def is_full(self) -> bool:
        """Nothing left: not to be offered."""
        return self.taken >= self.capacity


Away = tuple[tuple[float, float], ...]
"""Merged spans [from, to) in epoch seconds, in order; `to` is infinite for « until further notice »."""


class Supply(NamedTuple):
    """What the SAS agenda says of some people and structures in a window.

    `slots`: (practitioner pk, place key) → occurrences by start, those of an unavailability left out, full ones
    included. `away`: (practitioner pk, place key) → when nothing may be shown there, editors' slots included; the key
    "" is everywhere and is to be added to each place's own.
    """

    slots: Mapping[tuple[int, str], tuple[AgendaSlot, ...]]
    of_structures: Mapping[int, tuple[AgendaSlot, ...]]
    away: Mapping[tuple[int, str], Away]
    structures_away: Mapping[int, Away]


NOTHING = Supply({}, {}, {}, {})


def supply(
    *, practitioner_ids: Collection[int], structure_ids: Collection[int] = (), start: datetime, end: datetime
) -> Supply:
    """Everything these people and structures offer from `start` to `end`, both included, by start."""
    return NOTHING
