"""What is to be told to an LRM: rows, written in the transaction of the fact. Never the network."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sas.lrm.models import Message


@dataclass(frozen=True, slots=True)
class Told:
    """An orientation as LRMs are told of it: the whole current state each time (interop.md §4.5).

    Empty texts and None are what is not known, and are left out. `regulator`: family name, given name, e-mail, national
    id (or empty). `practitioner`: prefixed id, family name, given name, savoir-faire (R38 code), profession (G15 code).
    `organization`: prefixed id, name.
    """

    subject: UUID
    created: datetime
    starts_at: datetime
    ends_at: datetime | None
    status: str
    category: str
    timezone: str
    regulator: tuple[str, str, str, str]
    practitioner: tuple[str, str, str, str, str] | None = None
    organization: tuple[str, str] | None = None


def enqueue(told: Told, *, territory_id: int | None, origin: str, at: datetime) -> Message | None:
    """One message to the LRM of who sent the patient: that of `origin` when it called, else that of the territory.

    None when nobody is to be told: no active LRM there. Called inside the transaction of the orientation.
    """
    return None


def standing_of(subjects: list[UUID]) -> Mapping[UUID, Message]:
    """The latest message of each of these orientations: how far it went (« transmise », « en erreur »)."""
    found: dict[UUID, Message] = {}
    for message in Message.objects.filter(subject__in=subjects).select_related("lrm").order_by("rank"):
        found[message.subject] = message
    return found
