"""Codes printed for a day when Pro Santé Connect is out: one per person, used once, each use audited."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from sas.accounts.entering import has_expired
from sas.accounts.models import BreakGlassCode, User
from sas.accounts.own.notices import Notice, tell
from sas.web import audit

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GROUPS, IN_GROUP = 4, 4
"""Sixteen signs out of thirty-two (neither 0, O, 1 nor I): 80 bits."""


@transaction.atomic
def make_break_glass_codes(*, users: Iterable[User], day: date, by: str, at: datetime) -> list[tuple[User, str]]:
    """A code for each of these accounts, worth something that day only where they work; shown once, here.

    Revokes their former unused codes. Closed accounts get none.
    """
    chosen = [user for user in users if user.is_active]
    former = BreakGlassCode.objects.filter(user__in=[user.pk for user in chosen], used_at=None, revoked_at=None)
    revoked = former.update(revoked_at=at)
    made = [(user, _new_code()) for user in chosen]
    rows = []
    for user, code in made:
        begins, ends = _day_of(user, day)
        rows.append(
            BreakGlassCode(
                user=user, code_sha256=_digest(code), valid_from=begins, valid_until=ends, made_by=by, made_at=at
            )
        )
    BreakGlassCode.objects.bulk_create(rows, batch_size=500)
    audit.record(
        "make_break_glass_codes",
        by=by,
        at=at,
        target=f"codes de secours du {day:%Y-%m-%d}",
        after={"accounts": [user.pk for user in chosen], "revoked": revoked},
    )
    return made


@transaction.atomic
def use_break_glass_code(*, email: str, code: str, at: datetime) -> tuple[User | None, str]:
    """The account that this code lets in, once, and ''; or (the account it is of, if any, and why it does not: a key).

    The address must be that of the account. A code of another day, used, replaced, or of a closed account is refused.
    """
    held = (
        BreakGlassCode.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(code_sha256=_digest(code), user__email__iexact=email)
        .first()
    )
    if held is None:
        return User.objects.filter(email__iexact=email).first(), "wrong_code"
    user = held.user
    if held.used_at or held.revoked_at:
        return user, "used_code"
    if not held.valid_from <= at < held.valid_until:
        return user, "code_of_another_day"
    if not user.is_active or has_expired(user, at=at):
        return user, "closed"
    held.used_at = at
    held.save(update_fields=["used_at"])
    audit.record("use_break_glass_code", by=user.audit_label, at=at, target=user.audit_label, after={"code": held.pk})
    tell(Notice.BREAK_GLASS_USED, user, by=user.audit_label, at=at)
    return user, ""


def _new_code() -> str:
    signs = "".join(secrets.choice(ALPHABET) for _ in range(GROUPS * IN_GROUP))
    return "-".join(signs[start : start + IN_GROUP] for start in range(0, len(signs), IN_GROUP))


def _digest(code: str) -> str:
    """Spaces, hyphens and case do not count: people copy from paper. 80 random bits need no slow hash."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(signs.encode()).hexdigest()


def _day_of(user: User, day: date) -> tuple[datetime, datetime]:
    """That day in the zones of the territories of the account (all of it in each), else in the capital's."""
    names = {grant.territory.timezone for grant in user.held if grant.territory} or {settings.TIME_ZONE}
    zones = [ZoneInfo(name) for name in names]
    begins = min(datetime.combine(day, time.min, zone) for zone in zones)
    ends = max(datetime.combine(day + timedelta(days=1), time.min, zone) for zone in zones)
    return begins, ends
