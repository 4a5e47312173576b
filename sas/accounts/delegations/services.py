"""Proposing delegations: by the person who delegates, or prepared at their request by an account manager.

What the other side answers is in `answering.py`, what the calendar ends in `ending.py`.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction

from sas.accounts.delegations import rules
from sas.accounts.delegations.answering import write_end
from sas.accounts.delegations.holding import DelegationRefused, held_delegation
from sas.accounts.delegations.notices import Notice, Side, invite_delegate, tell, tell_both
from sas.accounts.delegations.queries import facts_of, giver_of, today_of
from sas.accounts.models import Delegation, User
from sas.accounts.services import token_digest
from sas.web import audit
from sas.web.models import AuditLine

LOCK = 0x5A5D
"""Namespace of the advisory lock by which the proposals of one delegator wait for each other."""

NOT_YOURS = (
    "Une délégation à cette adresse existe déjà, et la personne qui délègue l’a confirmée : c’est à elle de la "
    "prolonger ou de la modifier."
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a form asks for. `structure`: primary key, or `None` for the delegator's own practice."""

    family_name: str
    given_name: str
    email: str
    structure: int | None
    scopes: frozenset[str]
    ends_on: date


@transaction.atomic
def propose_delegation(*, delegator: User, proposal: Proposal, by: str, at: datetime) -> Delegation:
    """The delegator names somebody, or renews what they gave (same person, same extent); the person named is written
    to. Raises `DelegationRefused`.

    A renewal keeps what was accepted: the delegate is told of the new terms, and ends it when they will.
    """
    current = _current(delegator, proposal, at)
    return _write(delegator, proposal, current, confirmed=True, by=by, at=at)


@transaction.atomic
def prepare_delegation(*, delegator: User, proposal: Proposal, by: str, at: datetime) -> Delegation:
    """An account manager prepares one: nothing starts until the delegator and the delegate have both confirmed.

    Raises `DelegationRefused`, also when the delegator has already one in hand for this person.
    """
    current = _current(delegator, proposal, at)
    if current is not None and current.confirmed_at is not None:
        raise DelegationRefused(NOT_YOURS, "email")
    return _write(delegator, proposal, current, confirmed=False, by=by, at=at)


@transaction.atomic
def resend_link(*, delegation: int, by: str, at: datetime) -> None:
    """Send a new link to the person named; the former one stops working. Raises `DelegationRefused`."""
    held = held_delegation(delegation, at=at)
    since = at - held.invited_at if held.invited_at is not None else None
    if reason := rules.why_not_resend(rules.state_of(facts_of(held), today_of(at)), since_last=since):
        raise DelegationRefused(reason)
    token = _new_token(held, at)
    held.save(update_fields=["token_sha256", "invited_at"])
    invite_delegate(held, token, by=by, at=at)
    audit.record("resend_delegation", by=by, at=at, target=held.delegator.audit_label, after={"delegation": held.pk})


def _current(delegator: User, proposal: Proposal, at: datetime) -> Delegation | None:
    """The open delegation that this proposal renews, locked. One that is over, though nobody wrote it, is ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, delegator.pk % 2**31])
    rows = Delegation.objects.filter(delegator=delegator.pk, structure=proposal.structure, ended_at=None)
    pk = rows.filter(delegate_email__iexact=proposal.email.strip()).values_list("pk", flat=True).first()
    if pk is None:
        return None
    held = held_delegation(pk, at=at)
    if held.ended_at is not None:
        return None
    if over := rules.lapse(facts_of(held), today_of(at)):
        write_end(held, Side.PLATFORM, Delegation.Ending(over), by="échéance", at=at)
        return None
    return held


def _write(
    delegator: User, proposal: Proposal, current: Delegation | None, *, confirmed: bool, by: str, at: datetime
) -> Delegation:
    _check(delegator, proposal, current, at)
    row = current or Delegation(delegator_id=delegator.pk, structure_id=proposal.structure)
    before = _audited(row) if current is not None else None
    row.delegate_email = proposal.email.strip().lower()
    row.delegate_family_name, row.delegate_given_name = proposal.family_name.strip(), proposal.given_name.strip()
    row.scopes, row.ends_on = sorted(proposal.scopes), proposal.ends_on
    row.prepared_by, row.prepared_at, row.reminded_at = by, at, None
    if confirmed and row.confirmed_at is None:
        row.confirmed_at = at
    token = _new_token(row, at) if row.accepted_at is None else ""
    row.save()
    act = "renew_delegation" if current is not None else "propose_delegation" if confirmed else "prepare_delegation"
    audit.record(act, by=by, at=at, target=delegator.audit_label, before=before, after=_audited(row))
    if token:
        invite_delegate(row, token, by=by, at=at)
        tell(Notice.PROPOSED, row, Side.DELEGATOR, by=by, at=at)
    else:
        tell_both(Notice.RENEWED, row, by=by, at=at)
    return row


def _check(delegator: User, proposal: Proposal, current: Delegation | None, at: datetime) -> None:
    for field in ("family_name", "given_name"):
        if reason := rules.why_not_name(getattr(proposal, field)):
            raise DelegationRefused(reason, field)
    try:
        validate_email(proposal.email.strip())
    except ValidationError:
        raise DelegationRefused("Cette adresse est mal formée. Exemple : prenom.nom@exemple.fr.", "email") from None
    others = Delegation.objects.filter(delegator=delegator.pk)
    since = at - timedelta(days=1)
    renewed = AuditLine.objects.filter(target=delegator.audit_label, act="renew_delegation", at__gt=since)
    if current is not None:
        others = others.exclude(pk=current.pk)
    refusal = rules.why_not_propose(
        giver_of(User.objects.get(pk=delegator.pk)),
        rules.Asked(proposal.email, proposal.structure, proposal.scopes, proposal.ends_on),
        today=today_of(at),
        longest_days=settings.SAS_DELEGATION_DAYS,
        open_count=others.filter(ended_at=None).count(),
        made_today=others.filter(prepared_at__gt=since).count() + renewed.count(),
    )
    if refusal is not None:
        raise DelegationRefused(refusal.sentence, refusal.field)


def _new_token(row: Delegation, at: datetime) -> str:
    """256 random bits, of which only the hash is kept."""
    token = secrets.token_urlsafe(32)
    row.token_sha256, row.invited_at = token_digest(token), at
    return token


def _audited(row: Delegation) -> dict[str, object]:
    return {
        "delegation": row.pk,
        "structure": row.structure_id,
        "scopes": sorted(row.scopes),
        "ends_on": f"{row.ends_on:%Y-%m-%d}",
    }
