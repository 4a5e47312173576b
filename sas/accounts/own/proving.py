"""Showing again who is there: by what the account has, then noted by `sas.accounts.own.confirming`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from sas.accounts.entering import note_refusal
from sas.accounts.models import SignIn, User
from sas.accounts.own.confirming import mark_confirmed
from sas.accounts.own.factors import passkeys
from sas.accounts.own.factors.codes import matching_factor
from sas.accounts.own.factors.queries import APPLICATION, PASSKEY
from sas.accounts.own.forms import CodeForm, CurrentPasswordForm
from sas.accounts.own.passwords import locked_until


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
