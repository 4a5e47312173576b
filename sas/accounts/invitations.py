"""Invitations: a single-use link sent by e-mail, which proves that its reader owns the address (platform.md §2.2).

The link is read as often as wanted; only entering uses it up.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from sas.accounts.changes import Change, announce
from sas.accounts.models import Invitation, User
from sas.accounts.permissions import Role
from sas.accounts.services import AccountRefused, token_digest
from sas.web import audit
from sas.web.jobs import Queue, task
from sas.web.mail import post_mail

INVITED = "sas_invitation"
"""Key of the session: the invitation (primary key) whose link this browser has followed."""

LONGEST_TOKEN = 100


class State(StrEnum):
    """What a link is worth."""

    OPEN = "open"
    UNKNOWN = "unknown"
    USED = "used"
    REPLACED = "replaced"
    EXPIRED = "expired"
    CLOSED = "closed"
    """Its account is deactivated."""


@dataclass(frozen=True)
class Invited:
    """A link as its reader sees it. `invitation` is absent when the link is unknown."""

    state: State
    invitation: Invitation | None = None


@transaction.atomic
def invite(*, user: User, by: str, at: datetime) -> Invitation:
    """Send a new link, which revokes the former ones. Raises `AccountRefused` for a closed account, one without an
    e-mail address, or one that was entered already."""
    # Two people who press at once wait for each other here: one link is left open, the last.
    held = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if reason := why_not_invite(held):
        raise AccountRefused(reason)
    held.invitations.filter(used_at=None, revoked_at=None).update(revoked_at=at)
    token = secrets.token_urlsafe(32)
    days = settings.SAS_ENTERING.invitation_days
    invitation = Invitation.objects.create(
        user=held, token_sha256=token_digest(token), created_at=at, expires_at=at + timedelta(days=days)
    )
    context = {
        "person": held,
        "link": f"{settings.SAS_BASE_URL}/invitation/{token}/",
        "expires_at": invitation.expires_at,
        "roles": [Role(role).label for role in sorted({grant.role for grant in held.grants.all()})],
        "by_password": by_password(held),
    }
    post_mail(kind="invitation", to=held.email or "", context=context, about=held.audit_label, by=by, at=at)
    audit.record("invite_account", by=by, at=at, target=held.audit_label, after={"invitation": invitation.pk})
    return invitation


@task(name="sas.accounts.invite_account", queue=Queue.MAIL)
def invite_account(user_id: int, by: str) -> None:
    """Announce and invite somebody of an import. Twice is harmless: one who was invited, or entered meanwhile, is left
    alone."""
    user, at = User.objects.filter(pk=user_id).first(), timezone.now()
    if user is None or why_not_invite(user) is not None or user.invitations.exists():
        return
    with transaction.atomic():
        invite(user=user, by=by, at=at)
        announce(Change.UPDATED, user, at=at)


def why_not_invite(user: User) -> str | None:
    """Why no invitation can be sent to this account (French), or nothing."""
    if not user.is_active:
        return "Ce compte est désactivé : réactivez-le avant de l’inviter."
    if not user.email:
        return "Ce compte n’a pas d’adresse électronique : ajoutez-la avant de l’inviter."
    if user.last_login is not None:
        return "Cette personne est déjà entrée : elle n’a plus besoin d’invitation."
    return None


def by_password(user: User) -> bool:
    """Whether this person may enter with a password: allowed on the account, and nationally."""
    return user.may_use_password and settings.SAS_ENTERING.password_sign_in


def invited(token: str, *, now: datetime) -> Invited:
    """What this link is worth now; changes nothing."""
    known = Invitation.objects.select_related("user")
    found = known.filter(token_sha256=token_digest(token)).first() if len(token) <= LONGEST_TOKEN else None
    if found is None:
        return Invited(State.UNKNOWN)
    return Invited(_state(found, now=now), found)


def open_invitation(pk: int, *, now: datetime) -> Invitation | None:
    """The invitation whose link this browser followed (session key `sas_invitation`), if it still opens."""
    found = Invitation.objects.select_related("user").filter(pk=pk).first()
    return found if found is not None and _state(found, now=now) is State.OPEN else None


@transaction.atomic
def use_invitation(*, invitation: Invitation, by: str, at: datetime) -> bool:
    """Use the link up, when its person enters or chooses a password; False when it does not open any more.

    Of two browsers that follow the same link, one is told False.
    """
    held = Invitation.objects.select_for_update(of=("self",)).select_related("user").get(pk=invitation.pk)
    if _state(held, now=at) is not State.OPEN:
        return False
    held.used_at = at
    held.save(update_fields=["used_at"])
    audit.record("use_invitation", by=by, at=at, target=held.user.audit_label, after={"invitation": held.pk})
    return True


def _state(invitation: Invitation, *, now: datetime) -> State:
    if invitation.used_at is not None:
        return State.USED
    if not invitation.user.is_active:
        return State.CLOSED
    if invitation.revoked_at is not None:
        return State.REPLACED
    return State.OPEN if now < invitation.expires_at else State.EXPIRED
