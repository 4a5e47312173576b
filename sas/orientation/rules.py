"""What may follow what, who may do it, and what an orientation is called on the wire. Pure, as data (platform.md §7).

States and their order of life are those of interop.md §3.2. An editor’s message is the word of the agenda itself: it
may lead anywhere. People follow `TRANSITIONS`, and may undo their own act for `UNDO`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

UNDO = timedelta(seconds=60)
EXPECTED_WITHIN = timedelta(minutes=15)
"""An editor says what it books at once (interop.md §1.5.2): without a word by then, the booking is « à confirmer »."""

MATCHED_WITHIN = timedelta(hours=2)
"""A message may complete what was opened so long before."""

MATCHED_AROUND = timedelta(minutes=10)
"""Another start than the chosen one, so near, is the same booking when nothing else could be it."""

EARLY = timedelta(hours=1)
"""Somebody may be received so long before their time."""

AHEAD = timedelta(hours=72)
"""How far « en sus » may be agreed: the window on screen (platform.md §6)."""

LATE = timedelta(minutes=15)
"""A time agreed on the phone may be so far past when it is recorded."""

LONGEST = timedelta(hours=12)
"""No visit « en sus » lasts longer."""


class State(StrEnum):
    """`status` of the wire."""

    PENDING = "pending"
    BOOKED = "booked"
    FULFILLED = "fulfilled"
    NOSHOW = "noshow"
    CANCELLED = "cancelled"


LIVE = frozenset({State.PENDING, State.BOOKED})
"""Somebody is still expected."""


class Act(StrEnum):
    """What somebody does to an orientation."""

    CONFIRM = "confirm"
    HONOUR = "honour"
    MISS = "miss"
    CANCEL = "cancel"
    UNDO = "undo"


class Happening(StrEnum):
    """What else may happen to one: how it began, then what is neither a state nor a refusal."""

    OPENED = "opened"
    ORIENTED = "oriented"
    EN_SUS = "en_sus"
    ADVISED = "advised"
    TOLD = "told"
    EDITOR_MESSAGE = "editor_message"
    NAME_DOCTOR = "name_doctor"
    MOVE = "move"
    SLOT_CHANGED = "slot_changed"


BEGINNINGS = frozenset({Happening.OPENED, Happening.ORIENTED, Happening.EN_SUS, Happening.ADVISED})
"""To undo one of these is to cancel: it was a mistake."""

ASIDE = frozenset({Happening.NAME_DOCTOR, Happening.MOVE, Happening.SLOT_CHANGED})
"""They change no state: undoing looks behind them."""


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
RESULTS: Mapping[Act, State] = {
    Act.CONFIRM: State.BOOKED,
    Act.HONOUR: State.FULFILLED,
    Act.MISS: State.NOSHOW,
    Act.CANCEL: State.CANCELLED,
}
"""Where each act leads: already there, it was done."""

CATEGORIES: Mapping[str, str] = {
    "individual": "PS",
    "cpts": "CPTS",
    "msp": "MSP",
    "cds": "CDS",
    "sos": "SOS",
    "sos_place": "SOS",
}
"""By the way somebody takes part, or by the kind of a structure; others are « PS »."""

NOT_YET = "L’heure du rendez-vous n’est pas passée : attendez-la pour dire que le patient n’est pas venu."
TOO_EARLY = "L’heure du rendez-vous est encore loin : attendez la venue du patient pour la dire honorée."
TOO_LATE = "Il est trop tard pour revenir en arrière : c’était possible pendant une minute."
NOTHING_TO_UNDO = "Il n’y a rien à défaire : rechargez la page pour voir l’état de l’orientation."
NOT_YOURS = "Quelqu’un d’autre a changé cette orientation depuis : rechargez la page."
REFUSALS: Mapping[State, str] = {
    State.PENDING: "Cette orientation est encore en attente.",
    State.BOOKED: "Cette orientation est déjà confirmée.",
    State.FULFILLED: "Cette orientation est déjà honorée : elle ne s’annule plus.",
    State.NOSHOW: "Le patient n’est pas venu : cette orientation ne s’annule plus. S’il est venu, dites-la honorée.",
    State.CANCELLED: "Cette orientation a été annulée : adressez le patient de nouveau, par une nouvelle orientation.",
}


@dataclass(frozen=True, slots=True)
class LastAct:
    """The latest event that bears on the state: what undoing would undo. `before`: the state it left."""

    act: str
    actor: str
    before: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """`after` when it may be done; else `refusal`, a French sentence that says why and what to do.

    `done`: it is so already, and there is nothing to write.
    """

    after: State | None
    refusal: str = ""
    done: bool = False


def verdict(
    *,
    state: str,
    act: Act,
    actor: Actor,
    now: datetime,
    starts_at: datetime | None = None,
    last: LastAct | None = None,
) -> Verdict:
    """Whether `actor` may do `act` to an orientation in `state`. `last` is looked at by undoing alone."""
    current = State(state)
    if act == Act.UNDO:
        return _undone(current, actor, now, last)
    if RESULTS[act] == current:
        return Verdict(current, done=True)
    if actor == Actor.EDITOR:
        return Verdict(RESULTS[act])
    known = TRANSITIONS.get((current, act))
    if known is None or actor not in known[1]:
        return Verdict(None, REFUSALS[current])
    if act == Act.MISS and starts_at is not None and now < starts_at:
        return Verdict(None, NOT_YET)
    if act == Act.HONOUR and starts_at is not None and now < starts_at - EARLY:
        return Verdict(None, TOO_EARLY)
    return Verdict(known[0])


def _undone(state: State, actor: Actor, now: datetime, last: LastAct | None) -> Verdict:
    if last is None:
        return Verdict(None, NOTHING_TO_UNDO)
    if last.actor != actor:
        return Verdict(None, NOT_YOURS)
    if last.act == Act.UNDO and may_undo(since=last.at, now=now):
        return Verdict(state, done=True)
    if last.act not in BEGINNINGS and last.act not in RESULTS:
        return Verdict(None, NOTHING_TO_UNDO)
    if not may_undo(since=last.at, now=now):
        return Verdict(None, TOO_LATE)
    return Verdict(State.CANCELLED if last.act in BEGINNINGS else State(last.before))


def category_of(way: str | None) -> str:
    """The category of who takes part that way (`via`), or of a structure of that kind."""
    return CATEGORIES.get(way or "individual", "PS")


def may_undo(*, since: datetime, now: datetime) -> bool:
    """Whether an act of that instant can still be undone."""
    return now - since <= UNDO


def is_to_confirm(state: str, expected_at: datetime | None, now: datetime) -> bool:
    """« À confirmer »: pending, and the editor has had its time."""
    return state == State.PENDING and expected_at is not None and now > expected_at


def is_to_be_told(*, path: str, state: str, reported: bool, from_editor: bool) -> bool:
    """Whether the LRM is to know of it as it is now.

    A page that was opened at an editor is not a booking: it is told once the editor or a person has said that it is
    one, and never if it was cancelled before. Advice is never told. What was told once is told at every change.
    """
    if path == "advice":
        return False
    if reported:
        return True
    return path != "editor" or from_editor or state not in (State.PENDING, State.CANCELLED)
