"""Second factors given and taken back. Kept in django-allauth's table, which its sign-in reads; written by no other
door than these operations: one transaction, one audit line, one e-mail."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.db import transaction

from sas.accounts.models import User
from sas.accounts.own.factors.queries import APPLICATION, CODES, PASSKEY, REAL, factors_of
from sas.accounts.own.notices import Notice, tell
from sas.accounts.own.rules import why_not_remove_factor
from sas.accounts.services import AccountRefused
from sas.web import audit

MOST_PASSKEYS = 10
LONGEST_NAME = 60


@transaction.atomic
def add_application(*, user: User, secret: str, by: str, at: datetime) -> list[str]:
    """Keep the secret shared with an application whose code was just verified; returns recovery codes to show once,
    when this is the first factor. Raises `AccountRefused` when there is an application already."""
    _check_may_have(user)
    first = _lock(user)
    if Authenticator.objects.filter(user=user, type=APPLICATION).exists():
        raise AccountRefused("Une application donne déjà vos codes : retirez-la avant d’en ajouter une autre.")
    TOTP.activate(user, secret)
    return _added(user, "application", first=first, by=by, at=at)


@transaction.atomic
def add_passkey(*, user: User, name: str, credential: dict[str, Any], by: str, at: datetime) -> list[str]:
    """Keep a passkey whose registration was just verified; returns recovery codes to show once, when it is the first
    factor. Raises `AccountRefused` beyond ten."""
    _check_may_have(user)
    first = _lock(user)
    held = Authenticator.objects.filter(user=user, type=PASSKEY).count()
    if held >= MOST_PASSKEYS:
        raise AccountRefused(f"{MOST_PASSKEYS} clés d’accès au plus : retirez celles qui ne servent plus.")
    WebAuthn.add(user, name.strip()[:LONGEST_NAME] or f"Clé {held + 1}", credential)
    return _added(user, "passkey", first=first, by=by, at=at)


@transaction.atomic
def rename_passkey(*, user: User, key: int, name: str, by: str, at: datetime) -> bool:
    """Give that passkey another name; False when it is not theirs."""
    held = Authenticator.objects.select_for_update().filter(user=user, type=PASSKEY, pk=key).first()
    name = name.strip()[:LONGEST_NAME]
    if held is None or not name:
        return False
    before, held.data["name"] = held.data["name"], name
    held.save(update_fields=["data"])
    audit.record(
        "rename_passkey",
        by=by,
        at=at,
        target=user.audit_label,
        before={"key": key, "name": before},
        after={"name": name},
    )
    return True


@transaction.atomic
def remove_factor(*, user: User, factor: int, by: str, at: datetime) -> bool:
    """Take back that application or passkey; recovery codes go with the last one. False when it is not theirs.

    Raises `AccountRefused` for the last one where passwords need a second factor.
    """
    _lock(user)
    held = Authenticator.objects.filter(user=user, type__in=REAL)
    chosen = held.filter(pk=factor).first()
    if chosen is None:
        return False
    last = held.count() == 1
    required = user.may_use_password and settings.SAS_ENTERING.second_factor_required
    if reason := why_not_remove_factor(last=last, required=required):
        raise AccountRefused(reason)
    chosen.delete()
    if last:
        Authenticator.objects.filter(user=user, type=CODES).delete()
    kind = "passkey" if chosen.type == PASSKEY else "application"
    audit.record("remove_factor", by=by, at=at, target=user.audit_label, before={"kind": kind, "factor": factor})
    tell(Notice.FACTOR_REMOVED, user, by=by, at=at, context={"kind": kind})
    return True


@transaction.atomic
def remove_all_factors(*, user: User, by: str, at: datetime) -> int:
    """Take back every factor of somebody who lost them all, so that the next sign-in asks for a new one.

    For account managers, who have verified who asks; returns how many there were.
    """
    _lock(user)
    count, _ = Authenticator.objects.filter(user=user).delete()
    if count:
        audit.record("remove_all_factors", by=by, at=at, target=user.audit_label, before={"factors": count})
        tell(Notice.FACTOR_REMOVED, user, by=by, at=at, context={"kind": "all"})
    return count


@transaction.atomic
def renew_recovery_codes(*, user: User, by: str, at: datetime) -> list[str]:
    """Make ten new recovery codes, shown once; the former ones are worth nothing. Raises `AccountRefused` for an
    account without a second factor."""
    if _lock(user):
        raise AccountRefused("Ajoutez d’abord un second facteur : les codes de secours le remplacent s’il est perdu.")
    Authenticator.objects.filter(user=user, type=CODES).delete()
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    audit.record("renew_recovery_codes", by=by, at=at, target=user.audit_label)
    tell(Notice.RECOVERY_CODES, user, by=by, at=at)
    return codes


def _added(user: User, kind: str, *, first: bool, by: str, at: datetime) -> list[str]:
    codes: list[str] = RecoveryCodes.activate(user).generate_codes() if first else []
    audit.record("add_factor", by=by, at=at, target=user.audit_label, after={"kind": kind})
    tell(Notice.FACTOR_ADDED, user, by=by, at=at, context={"kind": kind})
    return codes


def _lock(user: User) -> bool:
    """Two requests at once do not both see the first (or last) factor; returns whether there is none yet."""
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    return not factors_of(user)


def _check_may_have(user: User) -> None:
    if not user.may_use_password:
        raise AccountRefused("Votre compte entre par Pro Santé Connect, qui vérifie déjà deux facteurs.")
