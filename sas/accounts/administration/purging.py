"""What is kept of people, and for how long: beyond, it is erased, by lots."""

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet

from sas.accounts.administration.dormant import BY
from sas.accounts.models import AccountImport, AccountRequest, Invitation, SignIn
from sas.web import audit

SIGN_INS_KEPT = timedelta(days=365)
REQUESTS_KEPT = timedelta(days=183)
INVITATIONS_KEPT = timedelta(days=365)
IMPORTS_KEPT = timedelta(days=1)
LOT = 5000
LOTS_A_NIGHT = 20


def old_sign_ins(at: datetime) -> QuerySet[SignIn]:
    """Attempts to enter of more than a year ago (CNIL, recommendation on logs: six months to a year)."""
    return SignIn.objects.filter(at__lt=at - SIGN_INS_KEPT).order_by("at")


def old_requests(at: datetime) -> QuerySet[AccountRequest]:
    """Requests answered more than six months ago."""
    return AccountRequest.objects.filter(answered_at__lt=at - REQUESTS_KEPT).order_by("answered_at")


def old_invitations(at: datetime) -> QuerySet[Invitation]:
    """Invitations that expired more than a year ago."""
    return Invitation.objects.filter(expires_at__lt=at - INVITATIONS_KEPT).order_by("expires_at")


def old_imports(at: datetime) -> QuerySet[AccountImport]:
    """Files that nobody applied for a day, with what they hold of people; and the counts of those that were."""
    return AccountImport.objects.filter(made_at__lt=at - IMPORTS_KEPT).order_by("made_at")


def old_sessions(at: datetime) -> QuerySet[Session]:
    """Sessions that are over: they hold cards, and proofs of who somebody is."""
    return Session.objects.filter(expire_date__lt=at).order_by("expire_date")


def old_session_rows(at: datetime) -> QuerySet[UserSession]:
    """What is known of sessions that are no more: an address, a device."""
    session = Session.objects.filter(pk=OuterRef("session_key"))
    return UserSession.objects.filter(~Exists(session), last_seen_at__lt=at).order_by("pk")


SORTS: dict[str, Callable[[datetime], QuerySet[Model]]] = {
    "sign_ins": old_sign_ins,
    "requests": old_requests,
    "invitations": old_invitations,
    "imports": old_imports,
    "sessions": old_sessions,
    "session_rows": old_session_rows,
}


@transaction.atomic
def purge_lot(*, at: datetime) -> int:
    """Erase one lot of each sort; how many rows in all. Call it again until it answers 0."""
    counts = {}
    for name, old in SORTS.items():
        rows = list(old(at).values_list("pk", flat=True)[:LOT])
        if rows:
            counts[name], _ = old(at).model._default_manager.filter(pk__in=rows).delete()
    if counts:
        audit.record("purge_accounts_traces", by=BY, at=at, target="traces des comptes", after=counts)
    return sum(counts.values())
