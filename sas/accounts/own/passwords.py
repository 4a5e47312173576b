"""Passwords: set once by an invitation, changed, forgotten, locked after too many wrong ones, unlocked."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from sas.accounts.closing import end_sessions
from sas.accounts.entering import has_expired
from sas.accounts.models import SignIn, User
from sas.accounts.own.notices import Notice, tell
from sas.accounts.own.rules import LOCK, PASSWORD_LENGTH, WRONG_WITHIN, Attempt, why_too_common
from sas.accounts.own.rules import locked_until as locked_by
from sas.accounts.services import AccountRefused
from sas.web import audit
from sas.web.mail import post_mail

MOST_ATTEMPTS = 500


def why_not_password(password: str, user: User) -> str | None:
    """Why this password is refused (French), or nothing."""
    if len(password) > PASSWORD_LENGTH[1]:
        return f"Ce mot de passe est trop long : {PASSWORD_LENGTH[1]} caractères au plus."
    if reason := why_too_common(password):
        return reason
    try:
        validate_password(password, user)
    except ValidationError as error:
        return " ".join(error.messages)
    return None


@transaction.atomic
def set_first_password(*, user: User, password: str, by: str, at: datetime) -> None:
    """Give a password to an account that may enter without a card: what an invitation ends with.

    Raises `AccountRefused` for a password that the rules refuse, or an account that may not have one.
    """
    held = _held(user)
    if not held.may_use_password:
        raise AccountRefused("Ce compte entre par Pro Santé Connect : il n’a pas de mot de passe.")
    _write(held, password)
    audit.record("set_first_password", by=by, at=at, target=held.audit_label)


@transaction.atomic
def change_password(*, user: User, password: str, by: str, at: datetime) -> User:
    """Replace the password, end every session of the account, tell by e-mail; returns the account as it is now.

    The session that asks goes on only if its view says so to Django (`update_session_auth_hash`).
    """
    held = _held(user)
    if not held.may_use_password:
        raise AccountRefused("Ce compte entre par Pro Santé Connect : il n’a pas de mot de passe.")
    if held.check_password(password):
        raise AccountRefused("C’est déjà votre mot de passe : choisissez-en un autre.")
    _write(held, password)
    audit.record("change_password", by=by, at=at, target=held.audit_label)
    tell(Notice.PASSWORD_CHANGED, held, by=by, at=at)
    return held


@transaction.atomic
def ask_password_reset(*, email: str, at: datetime) -> None:
    """Send the link, if that address is of an open account that may enter without a card.

    Else the same work is done for nobody, and undone: the time it takes does not tell which addresses are known.
    """
    user = User.objects.filter(email__iexact=email, is_active=True, may_use_password=True).first()
    known = user is not None and not has_expired(user, at=at)
    someone = user if user is not None and known else User(pk=0, email=email, created_at=at)
    with transaction.atomic():
        _post_reset(someone, to=(someone.email or email) if known else "personne@sas.invalid", at=at)
        if not known:
            transaction.set_rollback(True)


def account_to_reset(uid: str, token: str) -> User | None:
    """The account whose link this is; `None` when it is wrong, used, expired, or of a closed account."""
    try:
        pk = int(force_str(urlsafe_base64_decode(uid)))
    except (ValueError, OverflowError):
        return None
    user = User.objects.filter(pk=pk, is_active=True, may_use_password=True).first()
    return user if user is not None and default_token_generator.check_token(user, token) else None


@transaction.atomic
def reset_password(*, uid: str, token: str, password: str, at: datetime) -> User:
    """Set the password that the link allows, once; end every session, lift the lock, tell by e-mail.

    Raises `AccountRefused` when the link is worth nothing (any more), or the password is refused.
    """
    user = account_to_reset(uid, token)
    held = _held(user) if user is not None else None
    if held is None or not default_token_generator.check_token(held, token):
        raise AccountRefused("Ce lien n’est plus valable : il a expiré ou déjà servi. Demandez-en un autre.")
    _write(held, password)
    SignIn.objects.create(user=held, at=at, method=SignIn.Method.PASSWORD, refusal="password_reset")
    audit.record("reset_password", by=held.audit_label, at=at, target=held.audit_label)
    tell(Notice.PASSWORD_CHANGED, held, by=held.audit_label, at=at)
    return held


@transaction.atomic
def unlock_sign_in(*, user: User, by: str, at: datetime) -> bool:
    """Lift the lock that wrong passwords put; False when there was none."""
    if locked_until(user, at=at) is None:
        return False
    SignIn.objects.create(user=user, at=at, method=SignIn.Method.PASSWORD, refusal="unlocked")
    audit.record("unlock_sign_in", by=by, at=at, target=user.audit_label)
    return True


def locked_until(user: User, *, at: datetime) -> datetime | None:
    """Until when this account's passwords are refused; one query."""
    rows = SignIn.objects.filter(
        user=user, method=SignIn.Method.PASSWORD, at__gt=at - WRONG_WITHIN - LOCK, at__lte=at
    ).order_by("-at")
    return locked_by([Attempt(*row) for row in rows.values_list("at", "refusal")[:MOST_ATTEMPTS]], at)


def _held(user: User) -> User:
    return User.objects.select_for_update(of=("self",)).get(pk=user.pk)


def _write(user: User, password: str) -> None:
    if reason := why_not_password(password, user):
        raise AccountRefused(reason)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user)
    user.refresh_from_db(fields=["session_stamp"])


def _post_reset(user: User, *, to: str, at: datetime) -> None:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("accounts:reset_password", args=[uid, default_token_generator.make_token(user)])
    post_mail(
        kind="password_reset",
        to=to,
        context={"name": user.full_name, "link": settings.SAS_BASE_URL + path, "hours": reset_hours()},
        about=user.audit_label,
        by=user.audit_label,
        at=at,
    )


def reset_hours() -> int:
    """How long a link to choose a new password is worth something."""
    return settings.PASSWORD_RESET_TIMEOUT // 3600
