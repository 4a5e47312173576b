"""Closing and reopening accounts: sessions end at once, and listeners withdraw it elsewhere in the same transaction."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from sas.accounts.changes import Change, announce
from sas.accounts.models import User
from sas.accounts.services import AccountRefused
from sas.web import audit


@transaction.atomic
def close_account(*, user: User, reason: User.ClosedFor, by: str, at: datetime, why: str = "") -> bool:
    """Close the account, end its sessions, revoke its open invitation; False when it was closed already.

    `why` is what somebody typed, if anything: the audit trail keeps it and nothing else does."""
    held = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if not held.is_active:
        return False
    held.is_active, held.closed_for, held.closed_at = False, reason, at
    held.session_stamp += 1
    held.save(update_fields=["is_active", "closed_for", "closed_at", "session_stamp"])
    held.invitations.filter(used_at=None, revoked_at=None).update(revoked_at=at)
    after = {"reason": str(reason)} | ({"why": why} if why else {})
    audit.record("close_account", by=by, at=at, target=held.audit_label, after=after)
    announce(Change.CLOSED, held, at=at)
    return True


@transaction.atomic
def reopen_account(*, user: User, by: str, at: datetime) -> bool:
    """Open a closed account again; False when it was open. Raises `AccountRefused` if its national identifier went to
    another account meanwhile."""
    held = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if held.is_active:
        return False
    before = {"closed_for": held.closed_for}
    held.is_active, held.closed_for, held.closed_at = True, None, None
    held.dormant_warnings, held.dormant_warned_at, held.expires_on = 0, None, None
    try:
        with transaction.atomic():
            held.save()
    except IntegrityError:
        raise AccountRefused(
            "L’identifiant national de ce compte appartient maintenant à un autre compte actif : désactivez l’autre, "
            "ou retirez l’identifiant de celui-ci avant de le rouvrir."
        ) from None
    audit.record("reopen_account", by=by, at=at, target=held.audit_label, before=before)
    announce(Change.REOPENED, held, at=at)
    return True


def end_sessions(user: User) -> None:
    """End every session of this account at once; called by services that change what it may do."""
    User.objects.filter(pk=user.pk).update(session_stamp=F("session_stamp") + 1)
