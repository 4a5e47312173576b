"""E-mails about a delegation, to one side or to both, posted in the transaction of the fact."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.urls import reverse

from sas.accounts.models import Delegation
from sas.web.mail import post_mail

Side = Delegation.Side


class Notice(StrEnum):
    """What happened; the value names the e-mail's templates."""

    INVITATION = "delegation_invitation"
    PROPOSED = "delegation_proposed"
    RENEWED = "delegation_renewed"
    ACCEPTED = "delegation_accepted"
    CONFIRMED = "delegation_confirmed"
    REFUSED = "delegation_refused"
    REVOKED = "delegation_revoked"
    ENDING = "delegation_ending"
    ENDED = "delegation_ended"


def named(delegation: Delegation) -> str:
    """The person who acts: as their account says once they accepted, as they were named until then."""
    known = delegation.delegate.full_name if delegation.delegate is not None else ""
    return known or f"{delegation.delegate_given_name} {delegation.delegate_family_name}"


def scopes_in_words(delegation: Delegation) -> list[str]:
    """What the delegate may do, in the order of the form."""
    return [str(scope.label) for scope in Delegation.Scope if scope in delegation.scopes]


def invite_delegate(delegation: Delegation, token: str, *, by: str, at: datetime) -> None:
    """Send the link by which the person named accepts."""
    path = reverse("accounts_delegations:invitation", args=[token])
    more = {"link": settings.SAS_BASE_URL + path, "days": settings.SAS_ENTERING.invitation_days}
    tell(Notice.INVITATION, delegation, Side.DELEGATE, by=by, at=at, context=more)


def tell_both(
    notice: Notice, delegation: Delegation, *, by: str, at: datetime, context: Mapping[str, Any] | None = None
) -> None:
    """The same news to both sides, each in their own words."""
    for side in (Side.DELEGATOR, Side.DELEGATE):
        tell(notice, delegation, side, by=by, at=at, context=context)


def tell(
    notice: Notice,
    delegation: Delegation,
    side: Delegation.Side,
    *,
    by: str,
    at: datetime,
    context: Mapping[str, Any] | None = None,
) -> bool:
    """Post one e-mail; False when that side has no address (an effector who gave none reads it on the page)."""
    to_delegate = side == Side.DELEGATE
    account = delegation.delegate if to_delegate else delegation.delegator
    to = (account.email if account is not None else None) or (delegation.delegate_email if to_delegate else "")
    if not to:
        return False
    full = {
        "to_delegate": to_delegate,
        "giver": str(delegation.delegator),
        "named": named(delegation),
        "structure": delegation.structure.name if delegation.structure is not None else "",
        "scopes": scopes_in_words(delegation),
        "ends_on": delegation.ends_on,
        "confirmed": delegation.confirmed_at is not None,
        "accepted": delegation.accepted_at is not None,
        "page": settings.SAS_BASE_URL + reverse("accounts_delegations:home"),
        **(context or {}),
    }
    about = account.audit_label if account is not None else delegation.delegator.audit_label
    post_mail(kind=str(notice), to=to, context=full, about=about, by=by, at=at)
    return True
