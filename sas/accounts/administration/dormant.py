"""The night's work on accounts: warn those that do not serve, close them, close those at their end, forget.

Each account is a transaction of its own: a run that is cut goes on where it was, at the next night or at the next job.
"""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from sas.accounts.administration.granting import keep_one_national_admin, lock_national_admins
from sas.accounts.administration.rules import EXPIRY_NOTICE, Action, dormancy, expiry_notice_due, months_after, over
from sas.accounts.administration.services import tell_closed
from sas.accounts.closing import close_account
from sas.accounts.models import User
from sas.accounts.services import AccountRefused
from sas.web import audit
from sas.web.mail import post_mail
from sas.web.models import OutgoingMail

BY = "tâche des comptes"
LOT = 500
KINDS = {Action.WARN_FIRST: "dormant_first", Action.WARN_SECOND: "dormant_second"}
WHY = {
    User.ClosedFor.DORMANT: "il n’a pas servi depuis longtemps, malgré deux avertissements",
    User.ClosedFor.EXPIRED: "il est arrivé à son échéance",
}


def today_of(now: datetime) -> date:
    """The day where most of the country lives."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def dormant_lot(*, after: int, now: datetime) -> Sequence[int]:
    """The next accounts, by primary key, unused for long enough to look at; those without an address cannot be warned
    and stay."""
    first = settings.SAS_ENTERING.dormant_months[0]
    found = User.objects.filter(pk__gt=after, is_active=True, email__isnull=False)
    # A day of margin: months are counted exactly by the rule.
    unused = found.annotate(used_at=Coalesce(F("last_login"), F("created_at")))
    return list(unused.filter(used_at__lte=months_after(now, -first)).order_by("pk").values_list("pk", flat=True)[:LOT])


@transaction.atomic
def treat_dormant(*, user_id: int, at: datetime) -> Action:
    """Do what is due to one account; what was done."""
    lock_national_admins(User(pk=user_id))
    user = User.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=user_id, is_active=True).first()
    if user is None or not user.email:
        return Action.NOTHING
    entering = settings.SAS_ENTERING
    action = dormancy(
        last_activity=user.last_login or user.created_at,
        warnings=user.dormant_warnings,
        delivered_at=_delivered_at(user),
        now=at,
        months=entering.dormant_months,
        days=entering.dormant_days,
    )
    if action is Action.CLOSE:
        return action if _close(user, User.ClosedFor.DORMANT, at) else Action.NOTHING
    if action is not Action.NOTHING:
        _warn(user, action, at)
    return action


def _delivered_at(user: User) -> datetime | None:
    """When the last warning left; nothing while it waits, or if it failed."""
    if not user.dormant_warnings or user.dormant_warned_at is None:
        return None
    kind = KINDS[Action.WARN_FIRST if user.dormant_warnings == 1 else Action.WARN_SECOND]
    posted = OutgoingMail.objects.filter(about=user.audit_label, kind=kind, created_at__gte=user.dormant_warned_at)
    sent = posted.filter(state=OutgoingMail.State.SENT).order_by("sent_at").values_list("sent_at", flat=True)
    return sent.first()


def _warn(user: User, action: Action, at: datetime) -> None:
    months, days = settings.SAS_ENTERING.dormant_months, settings.SAS_ENTERING.dormant_days
    first = action is Action.WARN_FIRST
    user.dormant_warnings, user.dormant_warned_at = (1 if first else 2), at
    user.save(update_fields=["dormant_warnings", "dormant_warned_at"])
    context = {"person": user, "months": months[0 if first else 1], "days": days}
    post_mail(kind=KINDS[action], to=user.email or "", context=context, about=user.audit_label, by=BY, at=at)
    audit.record(
        "warn_dormant_account", by=BY, at=at, target=user.audit_label, after={"warning": user.dormant_warnings}
    )


def _close(user: User, reason: User.ClosedFor, at: datetime) -> bool:
    """False for the last national administrator, who stays: nobody could open the door again."""
    try:
        keep_one_national_admin(user)
    except AccountRefused:
        return False
    if closed := close_account(user=user, reason=reason, by=BY, at=at):
        tell_closed(user, WHY[reason], by=BY, at=at)
    return closed


def expiring_lot(*, after: int, now: datetime) -> Sequence[int]:
    """The next accounts, by primary key, whose last day is past or near."""
    near = today_of(now) + EXPIRY_NOTICE
    found = User.objects.filter(pk__gt=after, is_active=True, expires_on__lte=near)
    return list(found.order_by("pk").values_list("pk", flat=True)[:LOT])


@transaction.atomic
def treat_expiring(*, user_id: int, at: datetime) -> str:
    """Close an account whose last day is past, or tell its person once; what was done: `closed`, `told` or nothing."""
    lock_national_admins(User(pk=user_id))
    user = User.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=user_id, is_active=True).first()
    if user is None or user.expires_on is None:
        return ""
    today = today_of(at)
    if over(expires_on=user.expires_on, today=today):
        return "closed" if _close(user, User.ClosedFor.EXPIRED, at) else ""
    if not user.email or not expiry_notice_due(expires_on=user.expires_on, today=today) or _told(user):
        return ""
    context = {"person": user, "expires_on": user.expires_on}
    post_mail(kind="account_expiring", to=user.email, context=context, about=user.audit_label, by=BY, at=at)
    return "told"


def _told(user: User) -> bool:
    """Whether it was told of this end: an end that was put off since is told again."""
    if user.expires_on is None:
        return False
    since = user.expires_on - EXPIRY_NOTICE
    return OutgoingMail.objects.filter(
        about=user.audit_label, kind="account_expiring", created_at__date__gte=since
    ).exists()
