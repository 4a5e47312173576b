"""What is asked of orientations, what is answered, and what is refused. No database."""

from dataclasses import dataclass
from uuid import UUID

from sas.accounts.models import User
from sas.aggregator.bookings import BookingRefused
from sas.orientation.models import EditorAppointment, Orientation


class OrientationRefused(BookingRefused):
    """It cannot be done as asked; the message (French) says why and what to do. `current`: the orientation as it is."""

    def __init__(self, message: str, current: Orientation | None = None) -> None:
        super().__init__(message)
        self.current = current


@dataclass(frozen=True, slots=True)
class Asking:
    """Who sends the patient. `key`: drawn by the page, so that the same request twice is one orientation. `origin`: the
    regulation software that called, or empty. `territory_id`: the SAS they act for, when they said which."""

    user: User
    key: UUID
    origin: str = ""
    territory_id: int | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who receives: an activity of a professional (`location_id`: a `PracticeLocation`), a structure, or both."""

    location_id: int | None = None
    structure_id: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an INT_R03 message. `outcome`: "created", "unchanged" or "changed"."""

    appointment: EditorAppointment
    outcome: str


class AppointmentConflict(Exception):  # noqa: N818 — an answer to the editor, not a fault
    """Two appointments where one was meant. `kind`: "duplicate" (422) or "multiple-matches" (412)."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
