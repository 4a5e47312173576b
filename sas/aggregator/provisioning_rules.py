"""What an editor must be told of a regulator's account, if anything, and why (interop.md §1.4, platform.md §2.7).

Pure functions of facts; the states are those of `models.EditorAccount.State`, `plan` says the same in SQL for thousands
of rows at once (provisioning_plan.py; a test compares them). The life of a row:

    to_create ──accepted──▸ in_order ──facts change──▸ to_update ──accepted──▸ in_order
        │                                                  │
        ├──refused, or nobody answers any more──▸ in_error ◂┘   (a press, other facts or the night open it again)
        │
    must not exist any more, from anywhere ──▸ to_withdraw ──accepted──▸ withdrawn ──exists again──▸ to_update
                                        (withdrawn at once when the editor never heard of the account)
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from sas.fhir.practitioners import AccountIdentifier, RegulatorAccount
from sas.fhir.systems import IDNPS, SAS

HAVE_ACCOUNTS = ("regulator", "ioa")
"""Roles whose holders have an account at editors: those who send patients to booking pages (platform.md §1)."""

WAITING = frozenset({"to_create", "to_update", "to_withdraw"})

MOVES: dict[str, frozenset[str]] = {
    "to_create": frozenset({"in_order", "in_error", "to_update", "to_withdraw", "withdrawn"}),
    "to_update": frozenset({"in_order", "in_error", "to_withdraw", "withdrawn"}),
    "in_order": frozenset({"to_update", "to_withdraw"}),
    "in_error": frozenset({"to_create", "to_update", "to_withdraw", "withdrawn", "in_order"}),
    "to_withdraw": frozenset({"withdrawn", "in_error", "to_update", "to_create", "in_order"}),
    "withdrawn": frozenset({"to_create", "to_update"}),
}
"""Where each state may lead. A withdrawn account never becomes « in order » without its editor saying so."""


class Act(StrEnum):
    """What to do about a row now."""

    CREATE = "create"  # POST
    UPDATE = "update"  # PUT ?identifier=
    WITHDRAW = "withdraw"  # PUT ?identifier=, active:false
    NOTHING = "nothing"  # it is already so
    WAIT = "wait"  # not now, and not the fault of anybody
    BLOCK = "block"  # cannot be sent as it is: somebody must complete the account


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the account is for, now. `must_exist`: open, with one of `HAVE_ACCOUNTS`. `national_id` is prefixed."""

    must_exist: bool
    family: str
    given: str
    email: str
    technical_id: str
    national_id: str = ""

    @property
    def identifier(self) -> AccountIdentifier:
        """The national id, or the technical one as long as there is none (interop.md §1.4.2)."""
        return (
            AccountIdentifier(IDNPS, self.national_id)
            if self.national_id
            else AccountIdentifier(SAS, self.technical_id)
        )

    @property
    def wanted(self) -> RegulatorAccount:
        """What the editor should hold."""
        return RegulatorAccount(self.identifier, self.must_exist, self.family, self.given, self.email)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that decides. `accepted`: what the editor accepted last; `unsure`: identifiers, oldest first, under
    which it may have accepted something without our hearing it.

    `served`: the editor is active at a stage that has accounts; `active`: it may be called at all. `leaving`: another
    account, on its way out at this editor, still bears the identifier.
    """

    person: Person
    accepted: RegulatorAccount | None = None
    unsure: tuple[AccountIdentifier, ...] = ()
    served: bool = True
    active: bool = True
    leaving: bool = False

    @property
    def keys(self) -> tuple[AccountIdentifier, ...]:
        """The identifiers under which the editor may know the account, oldest first."""
        sent = () if self.accepted is None else (self.accepted.identifier,)
        return tuple(dict.fromkeys((*sent, *self.unsure)))

    @property
    def is_settled(self) -> bool:
        """True when the editor holds, for sure, what it should (nothing, when nobody should be there)."""
        if self.unsure:
            return False
        if not self.person.must_exist:
            return self.accepted is None or not self.accepted.active
        return self.accepted == self.person.wanted


@dataclass(frozen=True, slots=True)
class Decision:
    """`bodies`: what to send, to which key (None: POST), in order. An update tries its next body only when the one
    before was refused; a withdrawal sends all of them. `reason` is in French, for the page."""

    act: Act
    reason: str
    bodies: tuple[tuple[AccountIdentifier | None, RegulatorAccount], ...] = ()


def decide(now: Situation) -> Decision:
    """What to tell the editor now, from facts read now: a late job never sends what was true yesterday."""
    if now.is_settled:
        return Decision(
            Act.NOTHING, "l’éditeur a déjà ce compte tel quel" if now.person.must_exist else "rien à retirer"
        )
    if not now.active:
        return Decision(Act.WAIT, "éditeur désactivé : rien ne lui est envoyé")
    if not now.person.must_exist:
        return _withdrawal(now)
    if not now.served:
        return Decision(Act.WAIT, "cet éditeur n’en est pas à recevoir des comptes")
    if missing := missing_facts(now.person):
        return Decision(Act.BLOCK, f"Compte incomplet : {', '.join(missing)}. Complétez le compte, il repartira seul.")
    if now.leaving:
        return Decision(Act.WAIT, "l’identifiant est encore celui d’un compte en cours de retrait")
    wanted = now.person.wanted
    if not now.keys:
        return Decision(Act.CREATE, "compte à créer", ((None, wanted),))
    # After an uncertain answer, PUT by the oldest identifier: right if nothing had arrived (it creates, or moves the
    # account to its new identifier); if something had, refused as a double, and the next identifier is the account's.
    return Decision(Act.UPDATE, "compte à mettre à jour", tuple((key, wanted) for key in now.keys))


def _withdrawal(now: Situation) -> Decision:
    """Under every identifier it may bear: at worst this leaves a disabled account that never served anybody."""
    told = now.accepted or now.person.wanted
    bodies = tuple((key, replace(told, identifier=key, active=False, other=None)) for key in now.keys)
    return Decision(Act.WITHDRAW, "compte à retirer", bodies)


def state_of(now: Situation) -> str:
    """The state of a row whose facts are these and which is not in error; « as it is » is for the caller to keep."""
    if now.is_settled:
        return "in_order" if now.person.must_exist else "withdrawn"
    if not now.person.must_exist:
        return "to_withdraw"
    return "to_create" if now.accepted is None else "to_update"


def may_move(before: str, after: str) -> bool:
    """Whether a row may go from one state to the other; staying is always allowed."""
    return before == after or after in MOVES[before]


def missing_facts(person: Person) -> tuple[str, ...]:
    """What an account needs and has not: editors refuse it without (interop.md §1.4.3, rule 2)."""
    said = {"nom manquant": person.family, "prénom manquant": person.given, "adresse manquante": person.email}
    return tuple(what for what, text in said.items() if not text.strip())


def digest(account: RegulatorAccount) -> str:
    """A fingerprint of what was refused: other facts give another one. The same as in provisioning_plan.py."""
    active = "true" if account.active else "false"
    facts = (account.identifier.system, account.identifier.value, account.family, account.given, account.email, active)
    return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()


FAILURES_BEFORE_PAUSE = 3
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)


def pause_after(failures: int, retry_after: float | None = None) -> timedelta | None:
    """How long to leave an editor alone after that many failures in a row; `retry_after` is its own wish, in seconds.

    Thousands of accounts must not each discover for themselves that it is down; a typing error in its header must not
    remove it for a week.
    """
    if retry_after is not None:
        return min(max(timedelta(seconds=retry_after), timedelta(seconds=1)), LONGEST_PAUSE)
    if failures < FAILURES_BEFORE_PAUSE:
        return None
    return min(FIRST_PAUSE * (1 << min(failures - FAILURES_BEFORE_PAUSE, 10)), LONGEST_PAUSE)


def room(limit: int, failures: int, in_flight: int) -> int:
    """How many more may leave for an editor: one at a time as long as it is not known to answer."""
    most = 1 if failures >= FAILURES_BEFORE_PAUSE else limit
    return max(most - in_flight, 0)
