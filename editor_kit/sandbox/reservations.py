"""What was booked at the sandbox: one line each, by whom, and where it stands. Nothing about the patient.

The acts of `move`, `cancel`… happen on the sandbox's own loop, without a pause between a check and its write.
"""

import secrets
import uuid
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import msgspec

from editor_kit.sandbox.agenda import AgendaSlot
from editor_kit.sandbox.answers import Agendas
from editor_kit.sandbox.people import Person
from sas.fhir.practitioners import AccountIdentifier

MOST_RESERVATIONS = 20_000


class Status(StrEnum):
    """`status` of an Appointment (interop.md §3.2)."""

    BOOKED = "booked"
    FULFILLED = "fulfilled"
    NOSHOW = "noshow"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What somebody does to a reservation; the values are those of the forms. `AGAIN`: send what was refused."""

    MOVE = "deplacer"
    CANCEL = "annuler"
    HONOUR = "honorer"
    MISS = "absence"
    AGAIN = "renvoyer"


class Answer(StrEnum):
    """What came of an act."""

    DONE = "fait"
    AS_IT_WAS = "inchange"
    TAKEN = "pris"
    NO_SUCH_SLOT = "inconnu"
    OVER = "termine"


class Reservation(msgspec.Struct):
    """A slot booked. `reference` names its page, `value` the appointment to the platform (a UUID).

    `account` is the server id of the account that booked it, `operator` its identifier then: none where no account is
    asked for. `told`: a message about it was written already.
    """

    reference: str
    value: str
    person: Person
    slot: AgendaSlot
    account: str
    operator: AccountIdentifier | None
    created: datetime
    status: Status = Status.BOOKED
    told: bool = False


_AFTER = {Act.HONOUR: Status.FULFILLED, Act.MISS: Status.NOSHOW}


class Reservations:
    """The reservations of one sandbox; the oldest gives way when there are too many."""

    def __init__(self, agendas: Agendas) -> None:
        self._agendas = agendas
        self._by_reference: dict[str, Reservation] = {}

    def __len__(self) -> int:
        return len(self._by_reference)

    def __iter__(self) -> Iterator[Reservation]:
        return iter(tuple(self._by_reference.values()))

    def get(self, reference: str) -> Reservation | None:
        """The reservation of that page."""
        return self._by_reference.get(reference)

    def of(self, person: Person) -> list[Reservation]:
        """Those of a practitioner's agenda, in order of time."""
        found = (made for made in self if made.person.national_id == person.national_id)
        return sorted(found, key=lambda made: made.slot.at)

    def make(
        self, person: Person, slot: AgendaSlot, *, account: str, operator: AccountIdentifier | None, at: datetime
    ) -> Reservation | None:
        """Book the slot; None when someone already had."""
        if not self._agendas.book(slot):
            return None
        while len(self._by_reference) >= MOST_RESERVATIONS:
            del self._by_reference[next(iter(self._by_reference))]
        made = Reservation(secrets.token_urlsafe(9), str(uuid.uuid4()), person, slot, account, operator, at)
        self._by_reference[made.reference] = made
        return made

    def act(self, made: Reservation, act: Act, *, slot_id: str, now: datetime) -> Answer:
        """Do it. A cancelled reservation stays so; one whose outcome is known can only change outcome."""
        if made.status is Status.CANCELLED:
            return Answer.AS_IT_WAS if act is Act.CANCEL else Answer.OVER
        if act is Act.MOVE:
            return self._move(made, slot_id, now)
        if act is Act.CANCEL and made.status is not Status.BOOKED:
            return Answer.OVER
        after = _AFTER.get(act, Status.CANCELLED)
        if made.status is after:
            return Answer.AS_IT_WAS
        made.status = after
        if after is Status.CANCELLED:
            self._agendas.release(made.slot)
        return Answer.DONE

    def _move(self, made: Reservation, slot_id: str, now: datetime) -> Answer:
        if made.status is not Status.BOOKED:
            return Answer.OVER
        slot = self._agendas.find(made.person, slot_id, now=now)
        if slot is None:
            return Answer.NO_SUCH_SLOT
        if slot.slot_id == made.slot.slot_id:
            return Answer.AS_IT_WAS
        if not self._agendas.book(slot):
            return Answer.TAKEN
        self._agendas.release(made.slot)
        made.slot = slot
        return Answer.DONE
