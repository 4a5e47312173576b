"""A slot of an editor was chosen, and its page is about to open: said to the package that records it (`orientation`).

The search checks the slot once more and knows the editor's page; orientations, beside it, keep what was decided.
Neither imports the other: `AppConfig.ready` of orientations calls `use_bookings`. Without it nothing is recorded.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sas.accounts.models import User


class BookingRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """It cannot be recorded as asked; the message (French) says why and what to do."""


@dataclass(frozen=True, slots=True)
class ChosenSlot:
    """A free slot of an editor, checked just now. Times are in the zone of the place.

    `location_id`: the activity (`PracticeLocation`) of its card. `via`: how they take part there, if they do.
    """

    location_id: int
    practitioner_id: int
    place_key: str
    editor: str
    slot_id: str
    starts_at: datetime
    ends_at: datetime
    modalities: tuple[str, ...]
    via: str | None
    structure_id: int | None


class Bookings(Protocol):
    """Records that `user` opens the booking page of `slot`; the orientation's uuid, the same for the same `key`.

    `origin`: the regulation software that called them, or empty. `territory_id`: the SAS they act for, if they said.
    Raises `BookingRefused`.
    """

    def __call__(
        self, *, slot: ChosenSlot, user: User, key: UUID, origin: str, territory_id: int | None, by: str, at: datetime
    ) -> UUID: ...


def _nothing(
    *, slot: ChosenSlot, user: User, key: UUID, origin: str, territory_id: int | None, by: str, at: datetime
) -> UUID:
    return key


_known: list[Bookings] = [_nothing]


def use_bookings(bookings: Bookings) -> None:
    """From now on, these."""
    _known[0] = bookings


def record_choice(
    *, slot: ChosenSlot, user: User, key: UUID, origin: str, territory_id: int | None, by: str, at: datetime
) -> UUID:
    """See `Bookings`."""
    return _known[0](slot=slot, user=user, key=key, origin=origin, territory_id=territory_id, by=by, at=at)
