"""E-mails that tell somebody what changed in the security of their account (platform.md §2, security notices)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sas.accounts.models import User
from sas.web.mail import post_mail


class Notice(StrEnum):
    """What happened; the value names the e-mail's templates."""

    FACTOR_ADDED = "security_factor_added"
    FACTOR_REMOVED = "security_factor_removed"
    RECOVERY_CODES = "security_recovery_codes"
    PASSWORD_CHANGED = "security_password_changed"  # noqa: S105 — the name of a template
    BREAK_GLASS_USED = "security_break_glass_used"
    NATIONAL_ID = "security_national_id"
    EMAIL_CHANGED = "security_email_changed"


def tell(
    notice: Notice,
    user: User,
    *,
    by: str,
    at: datetime,
    context: Mapping[str, Any] | None = None,
    to: str | None = None,
) -> bool:
    """Post the notice in the caller's transaction, to the account's address or `to` another; False without any."""
    address = to or user.email
    if not address:
        return False
    full = {"name": user.full_name, "when": at, **(context or {})}
    post_mail(kind=str(notice), to=address, context=full, about=user.audit_label, by=by, at=at)
    return True
