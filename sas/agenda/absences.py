"""Writes on unavailability: it hides SAS agenda and editors' slots alike, and never deletes anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sas.agenda.models import Unavailability
from sas.agenda.uses import UsedSlot
from sas.directory.models import Practitioner, Structure


@dataclass(frozen=True)
class Declared:
    """`rows`: one per place asked, or one for everywhere. `used`: occurrences with somebody in them that it hides."""

    rows: tuple[Unavailability, ...]
    used: tuple[UsedSlot, ...] = ()


def declare_unavailability(
    *,
    practitioner: Practitioner | None,
    structure: Structure | None,
    starts_at: datetime,
    ends_at: datetime | None,
    by: str,
    at: datetime,
    place_keys: Sequence[str] = (),
) -> Declared:
    """Nothing is offered from `starts_at` to `ends_at` (excluded; None: until further notice), at these places (none:
    everywhere, those to come included). Dates become instants in the zone of the place: one call per zone for a person
    who practises in several. Raises `AgendaRefused`.
    """
    raise NotImplementedError


def change_unavailability(
    *, row: Unavailability, starts_at: datetime, ends_at: datetime | None, version: int, by: str, at: datetime
) -> Declared:
    """Other bounds. What is past of it stays. Raises `AgendaRefused`, `StaleError`."""
    raise NotImplementedError


def end_unavailability(*, row: Unavailability, version: int, by: str, at: datetime) -> Unavailability:
    """Back now: it ends at `at`. Raises `AgendaRefused` when it has not begun or is over, `StaleError`."""
    raise NotImplementedError


def withdraw_unavailability(*, row: Unavailability, version: int, by: str, at: datetime) -> Unavailability:
    """It was a mistake: as if never declared. Raises `AgendaRefused` once over, `StaleError`."""
    raise NotImplementedError


def pause(*, practitioner: Practitioner | None, structure: Structure | None, by: str, at: datetime) -> Declared:
    """Nothing is shown from now on, anywhere, until resumed. Twice is once."""
    raise NotImplementedError


def resume(*, practitioner: Practitioner | None, structure: Structure | None, by: str, at: datetime) -> None:
    """End the pause. Nothing happens when there is none."""
    raise NotImplementedError
