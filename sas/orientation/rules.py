"""What may follow what, who may do it, and what an orientation is called on the wire. Pure, as data (platform.md §7).

States and their order of life are those of interop.md §3.2. An editor’s message is the word of the agenda itself: it
may lead anywhere. People follow `TRANSITIONS`, and may undo their own act for `UNDO`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

UNDO = timedelta(seconds=60)
HOLD = timedelta(seconds=90)
"""How long a place of the SAS agenda is kept for a regulator who is on the phone."""

EXPECTED_WITHIN = timedelta(minutes=15)
"""An editor says what it books at once (interop.md §1.5.2): without a word by then, the booking is « à confirmer »."""

MATCHED_WITHIN = timedelta(hours=2)
"""A message may complete what was opened so long before."""


class State(StrEnum):
    """`status` of the wire."""

    PENDING = "pending"
    BOOKED = "booked"
    FULFILLED = "fulfilled"
    NOSHOW = "noshow"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What somebody does to an orientation."""

    CONFIRM = "confirm"
    HONOUR = "honour"
    MISS = "miss"
    CANCEL = "cancel"
    UNDO = "undo"


class Actor(StrEnum):
    """On what ground they act: who sent the patient, who receives them (or acts for them), or an editor's message."""

    REGULATOR = "regulator"
    EFFECTOR = "effector"
    EDITOR = "editor"


class Reason(StrEnum):
    """Why an orientation was cancelled, as data of lists; nothing about the patient."""

    MISTAKE = "mistake"
    TAKEN = "taken"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    NOT_BOOKED = "not_booked"
    EDITOR = "editor"


REASONS: Mapping[Reason, str] = {
    Reason.MISTAKE: "erreur de saisie",
    Reason.TAKEN: "le créneau n’était plus libre",
    Reason.DECLINED: "le professionnel ne peut plus recevoir",
    Reason.UNREACHABLE: "la venue est annulée",
    Reason.NOT_BOOKED: "aucun rendez-vous n’a été pris chez l’éditeur",
    Reason.EDITOR: "annulé dans l’agenda de l’éditeur",
}

PEOPLE = frozenset({Actor.REGULATOR, Actor.EFFECTOR})
TRANSITIONS: Mapping[tuple[State, Act], tuple[State, frozenset[Actor]]] = {
    (State.PENDING, Act.CONFIRM): (State.BOOKED, PEOPLE),
    (State.PENDING, Act.CANCEL): (State.CANCELLED, PEOPLE),
    (State.PENDING, Act.HONOUR): (State.FULFILLED, PEOPLE),
    (State.PENDING, Act.MISS): (State.NOSHOW, PEOPLE),
    (State.BOOKED, Act.HONOUR): (State.FULFILLED, PEOPLE),
    (State.BOOKED, Act.MISS): (State.NOSHOW, PEOPLE),
    (State.BOOKED, Act.CANCEL): (State.CANCELLED, PEOPLE),
    (State.FULFILLED, Act.MISS): (State.NOSHOW, PEOPLE),
    (State.NOSHOW, Act.HONOUR): (State.FULFILLED, PEOPLE),
}

CATEGORIES: Mapping[str, str] = {
    "individual": "PS",
    "cpts": "CPTS",
    "msp": "MSP",
    "cds": "CDS",
    "sos": "SOS",
    "sos_place": "SOS",
}
"""By the way somebody takes part, or by the kind of a structure; others are « PS »."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`after` when it may be done; else `refusal`, a French sentence that says why and what to do."""

    after: State | None
    refusal: str = ""


def category_of(way: str | None) -> str:
    """The category of who takes part that way (`via`), or of a structure of that kind."""
    return CATEGORIES.get(way or "individual", "PS")


def may_undo(*, since: datetime, now: datetime) -> bool:
    """Whether an act of that instant can still be undone."""
    return now - since <= UNDO


def is_to_confirm(state: str, expected_at: datetime | None, now: datetime) -> bool:
    """« À confirmer »: pending, and the editor has had its time."""
    return state == State.PENDING and expected_at is not None and now > expected_at
