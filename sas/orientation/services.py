"""Writes on orientations: each is one operation, one transaction, one audit line, one event, one message to the LRM.

The message to the LRM is a row written here, in the same transaction (`sas.lrm.outbox`); another process sends it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sas.accounts.models import User
from sas.aggregator.bookings import ChosenSlot
from sas.aggregator.models import Editor
from sas.fhir.appointments import AppointmentFacts
from sas.orientation.models import EditorAppointment, Orientation
from sas.orientation.rules import Act, Actor, Reason


class OrientationRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
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


def open_editor_orientation(
    *, slot: ChosenSlot, user: User, key: UUID, origin: str, territory_id: int | None, by: str, at: datetime
) -> UUID:
    """`sas.aggregator.bookings.Bookings`: a pending orientation, which the editor's message completes."""
    raise LookupError


def orient_to_slot(*, asking: Asking, slot: str, modality: str, by: str, at: datetime) -> Orientation:
    """One place of an occurrence of the SAS agenda (`slot`: its id), held or free, becomes a booked orientation.

    Ends the asker's hold. Raises `OrientationRefused`: full, being taken by a colleague, over, withdrawn, away.
    """
    raise LookupError


def orient_en_sus(
    *,
    asking: Asking,
    receiver: Receiver,
    starts_at: datetime,
    ends_at: datetime | None,
    modality: str,
    showed_slot: bool | None,
    by: str,
    at: datetime,
) -> Orientation:
    """Somebody accepted a patient beyond their slots: booked, and the call is noted as accepted."""
    raise LookupError


def note_advice(*, asking: Asking, structure_id: int, by: str, at: datetime) -> Orientation:
    """Advice towards an establishment, in one key: no slot, no message, counted apart."""
    raise LookupError


def name_doctor(*, orientation: Orientation, location_id: int, version: int, by: str, at: datetime) -> Orientation:
    """The structure said who receives: an update to the LRM."""
    raise LookupError


def move(
    *, orientation: Orientation, starts_at: datetime, ends_at: datetime | None, version: int, by: str, at: datetime
) -> Orientation:
    """Another time was agreed (en sus only): an update to the LRM."""
    raise LookupError


def act_on(
    *, orientation: Orientation, act: Act, actor: Actor, reason: Reason | None = None, by: str, at: datetime
) -> Orientation:
    """Confirm, honour, miss, cancel, undo, by the rules. Frees or takes the place of the agenda again.

    The same act twice is once. Raises `OrientationRefused`.
    """
    raise LookupError


def record_appointment(*, facts: AppointmentFacts, body: dict, digest: str, editor: Editor, at: datetime) -> Recorded:
    """INT_R03 POST: completes the pending orientation it matches, or makes one « prise hors recherche ».

    Raises `AppointmentConflict`.
    """
    raise LookupError


def change_appointment(
    *, facts: AppointmentFacts, body: dict, digest: str, editor: Editor, system: str | None, value: str, at: datetime
) -> Recorded:
    """INT_R03 PUT on `system|value` (`system` None: any of this editor's): changes it, or makes it when unknown.

    Raises `AppointmentConflict`.
    """
    raise LookupError
