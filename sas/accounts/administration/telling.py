"""What people are told, by e-mail, of what somebody else did to their account; in the transaction of the act."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime

from sas.accounts.administration.granting import Grant, territories_by_code
from sas.accounts.models import User
from sas.accounts.own.notices import Notice, tell
from sas.web.mail import MailRefused, post_mail
from sas.web.models import OutgoingMail


def tell_roles_added(user: User, grants: Collection[Grant], *, by: str, at: datetime) -> None:
    """Tell which roles they have from now on. Nothing for an account without an address, nor for no role."""
    if not user.email or not grants:
        return
    known = territories_by_code({code for _, code in grants})
    roles = [f"{role.label}, {known[code].label}" if code else role.label for role, code in sorted(grants)]
    context = {"person": user, "roles": roles, "when": at}
    post_mail(kind="roles_added", to=user.email, context=context, about=user.audit_label, by=by, at=at)


def tell_card_changed(user: User, *, before: str | None, by: str, at: datetime) -> None:
    """Tell that the national identifier of the account is no longer `before`."""
    change = "removed" if user.national_id is None else "replaced" if before else "attached"
    tell(Notice.NATIONAL_ID, user, by=by, at=at, context={"change": change, "by_other": True})


def tell_email_changed(user: User, *, before: str, by: str, at: datetime) -> None:
    """Tell the address that the account had that it is no longer its own: whoever took the account over by changing it
    does not go unseen. Nothing when there was none, nor when only its case changed."""
    if before and before.lower() != (user.email or "").lower():
        with suppress(MailRefused):  # malformed, it was nobody's: it may still be corrected
            tell(Notice.EMAIL_CHANGED, user, by=by, at=at, context={"removed": not user.email}, to=before)


def told(user: User, kind: str, *, at: datetime) -> bool:
    """Whether this very act was told already: a job may run twice."""
    return OutgoingMail.objects.filter(about=user.audit_label, kind=kind, created_at=at).exists()
