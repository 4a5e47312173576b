"""Sensitive acts need a recent authentication: fifteen minutes after the last one, it is asked again.

The last one is the sign-in, or a later confirmation (`/connexion/confirmer/`). A session that does not say when it was
opened counts as not recent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from sas.accounts.entering import ENTERED_AT, note_refusal
from sas.accounts.models import SignIn, User
from sas.accounts.own.factors import passkeys
from sas.accounts.own.factors.codes import matching_factor
from sas.accounts.own.factors.queries import APPLICATION, PASSKEY
from sas.accounts.own.forms import CodeForm, CurrentPasswordForm
from sas.accounts.own.keeping import renew_key
from sas.accounts.own.passwords import locked_until
from sas.web import audit

View = Callable[..., HttpResponseBase]

RECENT = timedelta(minutes=15)
CONFIRMED_AT = "sas_confirmed_at"
"""Key of the session: when the person last proved again who they are (ISO 8601)."""

CONFIRM = "/connexion/confirmer/"
AGAIN = "Par sécurité, confirmez que c’est bien vous, puis refaites votre demande : elle n’a pas été enregistrée."


def recently_confirmed(view: View) -> View:
    """A view for which the last authentication must be less than fifteen minutes old.

    Else it leads to the page that asks for it: back to this very page for a GET; for a POST, back to the page that
    held the form, with a message that says that nothing was done.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_recent(request, now=timezone.now()):
            return view(request, *args, **kwargs)
        if request.method not in ("GET", "HEAD"):
            messages.warning(request, AGAIN)
        query = QueryDict(mutable=True)
        query["next"] = request.get_full_path()
        return redirect(f"{CONFIRM}?{query.urlencode(safe='/')}")

    return guarded


def is_recent(request: HttpRequest, *, now: datetime) -> bool:
    """Whether this session was opened, or confirmed, less than fifteen minutes ago."""
    stamps = (request.session.get(key) for key in (CONFIRMED_AT, ENTERED_AT))
    return any(now - datetime.fromisoformat(stamp) < RECENT for stamp in stamps if stamp)


@dataclass(frozen=True, slots=True)
class Proofs:
    """The ways in which an account can show again who is there; forms and options are for the page.

    `by_card`: it holds a card, and this instance has a provider. None at all is possible (a code of the day).
    """

    password: CurrentPasswordForm | None
    code: CodeForm | None
    passkey: dict[str, Any] | None
    by_card: bool

    def __bool__(self) -> bool:
        return bool(self.password or self.code or self.passkey or self.by_card)


def proofs_of(user: User) -> Proofs:
    """What this account can be asked; one query, two with a passkey."""
    held = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    with_password = user.may_use_password and user.has_usable_password()
    return Proofs(
        password=CurrentPasswordForm() if with_password else None,
        code=CodeForm() if APPLICATION in held else None,
        passkey=passkeys.authentication_options(user) if PASSKEY in held else None,
        by_card=bool(user.national_id and settings.SAS_ENTERING.psc_issuer),
    )


def prove(request: HttpRequest, user: User, *, at: datetime) -> str:
    """Verify what was posted (`password`, `code` or `credential`); returns why not (French), or an empty text."""
    if not ratelimit.consume(request, action="reauthenticate", user=user) or locked_until(user, at=at):
        return "Trop d’essais. Attendez un quart d’heure, puis réessayez."
    if "credential" in request.POST:
        try:
            passkeys.authenticated(request, request.POST["credential"], user=user)
        except passkeys.PasskeyRefused as refusal:
            return str(refusal)
        mark_confirmed(request, user, proof="passkey", at=at)
        return ""
    if "code" in request.POST:
        return _prove_code(request, user, at=at)
    password = request.POST.get("password", "")
    if user.may_use_password and user.check_password(password):
        mark_confirmed(request, user, proof="password", at=at)
        return ""
    note_refusal(request, method=SignIn.Method.PASSWORD, refusal="wrong_password", at=at, user=user)
    return "Ce n’est pas votre mot de passe."


def _prove_code(request: HttpRequest, user: User, *, at: datetime) -> str:
    try:
        matching_factor(user, request.POST.get("code", ""))
    except ValidationError as refusal:
        note_refusal(request, method=SignIn.Method.PASSWORD, refusal="wrong_code", at=at, user=user)
        return " ".join(refusal.messages)
    mark_confirmed(request, user, proof="code", at=at)
    return ""


@transaction.atomic
def mark_confirmed(request: HttpRequest, user: User, *, proof: str, at: datetime) -> None:
    """Note that the person of this session just showed again who they are; the session's key changes.

    Called here, and after a round trip to Pro Santé Connect that came back with the card of this very account.
    """
    request.session[CONFIRMED_AT] = at.isoformat()
    renew_key(request, user, at=at)
    audit.record("confirm_identity", by=user.audit_label, at=at, target=user.audit_label, after={"proof": proof})
