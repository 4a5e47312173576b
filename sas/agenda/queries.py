"""Reads of the SAS agenda: what is offered in a window, by whom, and who is away. Frozen rows, a few queries in all."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from sas.agenda.models import Series, Unavailability


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


class Occurrence(msgspec.Struct, frozen=True, gc=False):
    """One occurrence of a series on the agenda of its owner, whatever became of it.

    `start`, `end` in the zone of the place; `on`: its day there. `marked`: among `taken`, places that the doctor said
    taken. `hidden`: an unavailability covers a part of it. `version`: that of the series. `piece`: of a split range.
    """

    id: str
    series_id: int
    version: int
    on: date
    start: datetime
    end: datetime
    kind: str
    place_key: str
    doctor_id: int | None
    capacity: int
    taken: int
    marked: int
    modalities: tuple[str, ...]
    recurring: bool
    piece: bool
    hidden: bool


NOTHING = Supply({}, {}, {}, {})


def supply(
    *, practitioner_ids: Collection[int], structure_ids: Collection[int] = (), start: datetime, end: datetime
) -> Supply:
    """Everything these people and structures offer from `start` to `end`, both included, by start."""
    return NOTHING


def week_of(
    *, monday: date, practitioner_id: int | None = None, structure_id: int | None = None, days: int = 7
) -> tuple[Occurrence, ...]:
    """Every occurrence of this person's (all places), or of this structure's, on `days` days from `monday`, by start.

    Days are those of each place.
    """
    return ()


def editable_series(*, on: date, practitioner_id: int | None = None, structure_id: int | None = None) -> list[Series]:
    """Series of this person (all places) or structure that may still occur on `on` or after, by first day."""
    return []


def series_of(pk: int, *, practitioner_id: int | None = None, structure_id: int | None = None) -> Series | None:
    """That series, when it is theirs."""
    return None


def occurrence_of(series: Series, on: date) -> tuple[Occurrence, ...]:
    """What this series gives on that day: one, its pieces, or nothing."""
    return ()


def unavailabilities_of(
    *, at: datetime, practitioner_id: int | None = None, structure_id: int | None = None
) -> list[Unavailability]:
    """Those that are not withdrawn and not over at `at`, by start; the pause first."""
    return []


def is_paused(*, practitioner_id: int | None = None, structure_id: int | None = None) -> bool:
    """Whether a pause is going on."""
    return False
