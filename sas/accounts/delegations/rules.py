"""Who may delegate what, to whom, until when; where a delegation stands (platform.md §2.6).

Pure functions of facts and a date; each answers with its reason, in French, or nothing when it is allowed.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

SCOPES = frozenset({"agenda", "settings"})
MOST_OPEN = 20
MOST_A_DAY = 20
"""Each proposal, or renewal, sends an e-mail to an address that somebody typed: nobody writes to the whole country."""

REMIND_BEFORE = timedelta(days=14)
RESEND_AFTER = timedelta(minutes=10)

LONGEST_NAME = 100
NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’\-])*")
"""Letters of any language, with what joins them: what is typed here is read in an e-mail by somebody else."""


@dataclass(frozen=True, slots=True)
class Giver:
    """Who delegates: what is theirs to delegate. `structures`: primary keys of those they manage now."""

    email: str
    active: bool
    own_practice: bool
    structures: frozenset[int]
    acts_for_others: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. `structure`: primary key, or `None` for the delegator's own practice."""

    email: str
    structure: int | None
    scopes: frozenset[str]
    ends_on: date


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, and the field of the form that it is about (empty: all of it)."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A delegation, as the rules see it. `*_stands`: that account is open and, for who delegates, still holds what it
    delegates."""

    confirmed: bool
    accepted: bool
    ended: bool
    ends_on: date
    delegator_stands: bool = True
    delegate_stands: bool = True


class State(StrEnum):
    """Where a delegation stands."""

    AWAITS_BOTH = "awaits_both"
    AWAITS_DELEGATOR = "awaits_delegator"
    AWAITS_DELEGATE = "awaits_delegate"
    IN_FORCE = "in_force"
    LAPSED = "lapsed"
    """No longer in force, though nobody ended it: the night will write it down."""
    ENDED = "ended"


class Lapse(StrEnum):
    """Why a delegation that nobody ended is over (the values of `Delegation.Ending`)."""

    DATE = "date"
    DELEGATOR_GONE = "delegator_gone"
    DELEGATE_GONE = "delegate_gone"


def why_not_name(name: str) -> str | None:
    """Why this cannot be the name of the person named."""
    if not name.strip():
        return "À remplir."
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name.strip()):
        return "Un nom est fait de lettres, d’espaces, de traits d’union et d’apostrophes (100 caractères au plus)."
    return None


def terms_seal(*, scopes: Collection[str], ends_on: date) -> str:
    """The terms that somebody read before they agreed: they agree to these, not to what they become meanwhile."""
    return f"{ends_on:%Y-%m-%d}:{'+'.join(sorted(scopes))}"


CHANGED = "Cette délégation vient d’être modifiée : relisez-la ci-dessous, puis donnez votre accord."


def why_nothing_to_delegate(giver: Giver) -> str | None:
    """Why this account has nothing to delegate."""
    if not giver.active:
        return "Ce compte est désactivé : il ne peut rien déléguer."
    if giver.own_practice or giver.structures:
        return None
    if giver.acts_for_others:
        return "Qui agit pour quelqu’un ne peut pas déléguer à son tour : c’est à cette personne de le faire."
    return (
        "Seuls délèguent les effecteurs, et les gestionnaires rattachés à une structure. Pour être rattaché à une "
        "structure, adressez-vous au gestionnaire de comptes de votre territoire."
    )


def why_not_propose(
    giver: Giver, asked: Asked, *, today: date, longest_days: int, open_count: int = 0, made_today: int = 0
) -> Refusal | None:
    """Why this delegation cannot be proposed or renewed. `open_count` leaves out the one renewed; `made_today` too,
    but counts renewals, which write to people as well."""
    if reason := why_nothing_to_delegate(giver):
        return Refusal("", reason)
    return (
        _why_not_person(giver, asked)
        or _why_not_extent(giver, asked)
        or _why_not_until(asked.ends_on, today=today, longest_days=longest_days)
        or _why_not_so_many(open_count, made_today)
    )


def _why_not_person(giver: Giver, asked: Asked) -> Refusal | None:
    if giver.email and asked.email.strip().lower() == giver.email.strip().lower():
        return Refusal("email", "Nul ne délègue à soi-même : donnez l’adresse d’une autre personne.")
    return None


def _why_not_extent(giver: Giver, asked: Asked) -> Refusal | None:
    if asked.structure is None and not giver.own_practice:
        return Refusal("target", "Choisissez une structure : ce compte n’a pas d’activité propre à déléguer.")
    if asked.structure is not None and asked.structure not in giver.structures:
        return Refusal("target", "Choisissez une des structures rattachées à ce compte.")
    if not asked.scopes:
        return Refusal("scopes", "Cochez au moins une chose que cette personne pourra faire.")
    if asked.scopes - SCOPES:
        return Refusal("scopes", "Choisissez parmi ce qui est proposé.")
    return None


def _why_not_until(ends_on: date, *, today: date, longest_days: int) -> Refusal | None:
    last = today + timedelta(days=longest_days)
    if ends_on <= today:
        return Refusal("ends_on", "Choisissez une date à venir.")
    if ends_on > last:
        return Refusal("ends_on", f"Une délégation dure un an au plus : choisissez une date avant le {last:%d/%m/%Y}.")
    return None


def _why_not_so_many(open_count: int, made_today: int) -> Refusal | None:
    if open_count >= MOST_OPEN:
        return Refusal("", f"{MOST_OPEN} délégations sont déjà en cours : mettez fin à l’une d’elles d’abord.")
    if made_today >= MOST_A_DAY:
        return Refusal("", "Trop de délégations ont été proposées depuis hier : réessayez demain.")
    return None


def lapse(facts: Facts, today: date) -> Lapse | None:
    """Why a delegation that nobody ended is over; nothing while it stands (in force or waiting)."""
    if today > facts.ends_on:
        return Lapse.DATE
    if not facts.delegator_stands:
        return Lapse.DELEGATOR_GONE
    if not facts.delegate_stands:
        return Lapse.DELEGATE_GONE
    return None


def state_of(facts: Facts, today: date) -> State:
    """Where it stands that day: in force only when both confirmed, nobody ended it, and both accounts stand."""
    if facts.ended:
        return State.ENDED
    if lapse(facts, today):
        return State.LAPSED
    if facts.confirmed and facts.accepted:
        return State.IN_FORCE
    if facts.confirmed:
        return State.AWAITS_DELEGATE
    return State.AWAITS_DELEGATOR if facts.accepted else State.AWAITS_BOTH


WAITING = frozenset({State.AWAITS_BOTH, State.AWAITS_DELEGATOR, State.AWAITS_DELEGATE})
OPEN = WAITING | {State.IN_FORCE}

OVER = {
    State.ENDED: "Cette délégation est terminée : il n’y a plus rien à faire.",
    State.LAPSED: "Cette délégation n’est plus en vigueur : il n’y a plus rien à faire.",
}


def why_not_accept(state: State, *, named: str, email: str, oneself: bool) -> str | None:
    """Why somebody whose address is `email` may not accept (or refuse) a delegation sent to `named`."""
    if state in OVER:
        return OVER[state]
    if oneself:
        return "Nul n’accepte sa propre délégation : c’est à la personne désignée de le faire."
    if not email or email.strip().lower() != named.strip().lower():
        return "Cette délégation est adressée à quelqu’un d’autre : vous ne pouvez pas l’accepter à sa place."
    if state in (State.IN_FORCE, State.AWAITS_DELEGATOR):
        return "Cette délégation est déjà acceptée."
    return None


def why_not_confirm(state: State) -> str | None:
    """Why the person who delegates cannot confirm."""
    if state in OVER:
        return OVER[state]
    if state in (State.IN_FORCE, State.AWAITS_DELEGATE):
        return "Vous avez déjà confirmé cette délégation."
    return None


def why_not_resend(state: State, *, since_last: timedelta | None) -> str | None:
    """Why the link cannot be sent again."""
    if state in OVER:
        return OVER[state]
    if state in (State.IN_FORCE, State.AWAITS_DELEGATOR):
        return "Cette délégation est déjà acceptée : le lien ne servirait à rien."
    if since_last is not None and since_last < RESEND_AFTER:
        return "Un lien vient de partir : attendez dix minutes avant d’en envoyer un autre."
    return None


def reminder_due(*, started_on: date, ends_on: date, reminded: bool, today: date) -> bool:
    """Whether both are told today that the end is near. A missed day is caught up with; a delegation shorter than the
    notice needs none, its end was said when it began."""
    due_on = ends_on - REMIND_BEFORE
    return not reminded and started_on < due_on <= today <= ends_on


def awaited(state: State, *, delegator: str, delegate: str) -> str:
    """Who is awaited, in a sentence; empty when nobody is."""
    who: Collection[str] = {
        State.AWAITS_BOTH: (delegator, delegate),
        State.AWAITS_DELEGATOR: (delegator,),
        State.AWAITS_DELEGATE: (delegate,),
    }.get(state, ())
    return f"Accord encore attendu : {' et '.join(who)}." if who else ""
