"""Delegations as pages show them: in words, with what the reader may do about each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sas.accounts.delegations.notices import Side, named, scopes_in_words
from sas.accounts.delegations.queries import facts_of, giver_of, today_of, visible_to
from sas.accounts.delegations.rules import (
    OPEN,
    WAITING,
    State,
    awaited,
    lapse,
    state_of,
    terms_seal,
    why_nothing_to_delegate,
)
from sas.accounts.models import Delegation, User
from sas.accounts.permissions import Permission

ENDED_SHOWN = 20
ENDED_SINCE = timedelta(days=365)
LABELS = {
    State.AWAITS_BOTH: ("en attente", "info"),
    State.AWAITS_DELEGATOR: ("en attente", "info"),
    State.AWAITS_DELEGATE: ("en attente", "info"),
    State.IN_FORCE: ("en vigueur", "success"),
    State.LAPSED: ("terminée", "error"),
    State.ENDED: ("terminée", "error"),
}


@dataclass(frozen=True)
class Sheet:
    """One delegation, for one reader. `side`: who they are in it. `note`: who is awaited, or why it is over."""

    pk: int
    side: Delegation.Side
    giver: str
    named: str
    address: str
    contact: str
    structure: str
    scopes: list[str]
    ends_on: date
    prepared_by_manager: bool
    state: State
    label: str
    tone: str
    note: str
    seal: str

    @property
    def own(self) -> bool:
        """Whether the reader is who delegates."""
        return self.side == Side.DELEGATOR

    @property
    def may_accept(self) -> bool:
        return self.side == Side.DELEGATE and self.state in (State.AWAITS_BOTH, State.AWAITS_DELEGATE)

    @property
    def may_confirm(self) -> bool:
        return self.own and self.state in (State.AWAITS_BOTH, State.AWAITS_DELEGATOR)

    @property
    def may_refuse(self) -> bool:
        return self.may_accept or self.may_confirm

    @property
    def may_end(self) -> bool:
        return self.state in OPEN and not self.may_refuse

    @property
    def may_renew(self) -> bool:
        return self.own and self.state in (State.IN_FORCE, State.AWAITS_DELEGATE)

    @property
    def may_resend(self) -> bool:
        return self.side != Side.DELEGATE and self.state in (State.AWAITS_BOTH, State.AWAITS_DELEGATE)


@dataclass(frozen=True)
class Desk:
    """The page that serves both sides."""

    acting_for: list[Sheet]
    to_answer: list[Sheet]
    given: list[Sheet]
    ended: list[Sheet]
    may_propose: bool


def desk_of(user: User, *, now: datetime) -> Desk:
    """Everything that one account gave, received, or is asked; a constant number of queries."""
    today = today_of(now)
    rows = visible_to(user, today)
    sheets = sheets_of(rows.filter(ended_at=None).order_by("ends_on", "pk"), user, today)
    lapsed = [sheet for sheet in sheets if sheet.state is State.LAPSED]
    ended = rows.filter(ended_at__gt=now - ENDED_SINCE).order_by("-ended_at", "-pk")[:ENDED_SHOWN]
    return Desk(
        acting_for=[sheet for sheet in sheets if not sheet.own and sheet.state is State.IN_FORCE],
        to_answer=[sheet for sheet in sheets if sheet.may_refuse or _waits_for_other(sheet)],
        given=[sheet for sheet in sheets if sheet.own and sheet.state in OPEN and not sheet.may_confirm],
        ended=lapsed + sheets_of(ended, user, today),
        may_propose=user.may(Permission.DELEGATE) and why_nothing_to_delegate(giver_of(user)) is None,
    )


def _waits_for_other(sheet: Sheet) -> bool:
    """Accepted, and the delegator has not confirmed: the delegate sees that it is on its way."""
    return sheet.side == Side.DELEGATE and sheet.state in WAITING


def sheets_of(rows: Iterable[Delegation], reader: User, today: date) -> list[Sheet]:
    """These delegations (read by `queries.known`), for that reader."""
    return [sheet_of(row, reader, today) for row in rows]


def sheet_of(row: Delegation, reader: User, today: date) -> Sheet:
    """One delegation, for that reader: its delegator, its delegate, or else an account manager."""
    state = state_of(facts_of(row), today)
    label, tone = LABELS[state]
    return Sheet(
        pk=row.pk,
        side=side_of(row, reader),
        giver=str(row.delegator),
        named=named(row),
        address=row.delegate_email,
        contact=row.delegator.email or "",
        structure=row.structure.name if row.structure is not None else "",
        scopes=scopes_in_words(row),
        ends_on=row.ends_on,
        prepared_by_manager=row.prepared_by != row.delegator.audit_label,
        state=state,
        label=label,
        tone=tone,
        note=_note(row, state, today),
        seal=terms_seal(scopes=row.scopes, ends_on=row.ends_on),
    )


def side_of(row: Delegation, reader: User) -> Delegation.Side:
    """Who the reader is in this delegation, which an access function opened to them."""
    if row.delegator_id == reader.pk:
        return Side.DELEGATOR
    if row.delegate_id == reader.pk:
        return Side.DELEGATE
    pending = row.delegate_id is None and (reader.email or "").lower() == row.delegate_email.lower()
    return Side.DELEGATE if pending else Side.MANAGER


def _note(row: Delegation, state: State, today: date) -> str:
    if state is State.ENDED:
        why = Delegation.Ending(row.ended_for).label if row.ended_for else "terminée"
        by = f", par {Side(row.ended_by).label}" if row.ended_by and row.ended_by != Side.PLATFORM else ""
        when = f" le {today_of(row.ended_at):%d/%m/%Y}" if row.ended_at else ""
        return f"Terminée{when} : {why}{by}."
    if over := lapse(facts_of(row), today):
        return f"Plus en vigueur : {Delegation.Ending(over).label}."
    return awaited(state, delegator=str(row.delegator), delegate=named(row))
