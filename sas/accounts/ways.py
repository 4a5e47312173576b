"""Ways into a session other than a password: what each verifies, then the one door (`sas.accounts.entering`)."""

from datetime import datetime

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from sas.accounts.entering import enter, has_expired, note_refusal
from sas.accounts.models import SignIn, User
from sas.accounts.own.break_glass import use_break_glass_code
from sas.accounts.own.factors import passkeys
from sas.accounts.psc.leaving import leave_signed_out, logout_url

CLOSED = "L’entrée par mot de passe ou par clé d’accès est fermée : entrez avec Pro Santé Connect."
CLOSED_ACCOUNT = "Ce compte est désactivé ou arrivé à échéance : adressez-vous à votre gestionnaire de comptes."
UNKNOWN_CODE = (
    "Cette adresse et ce code ne vont pas ensemble, ou le code n’est pas d’aujourd’hui, ou il a déjà servi. "
    "Vérifiez-les sur la feuille ; sinon, appelez l’administrateur national."
)
TOO_MANY = "Trop d’essais. Attendez cinq minutes, puis réessayez."


def enter_by_passkey(request: HttpRequest, answer: str, *, at: datetime) -> str:
    """Open a session with what the browser answered; returns why not (French), or an empty text.

    A passkey that verifies who holds it is both factors. It is a way in without a card: for the accounts, and where,
    passwords are.
    """
    if not settings.SAS_ENTERING.password_sign_in:
        return CLOSED
    try:
        user: User = passkeys.authenticated(request, answer, user=None).user
    except passkeys.PasskeyRefused as refusal:
        return str(refusal)
    why = "no_password" if not user.may_use_password else ""
    if not user.is_active or has_expired(user, at=at):
        why = "closed"
    if why:
        note_refusal(request, method=SignIn.Method.PASSKEY, refusal=why, at=at, user=user)
        return CLOSED_ACCOUNT if why == "closed" else passkeys.REFUSED
    enter(request, user, method=SignIn.Method.PASSKEY, at=at)
    return ""


def enter_by_printed_code(request: HttpRequest, email: str, code: str, *, at: datetime) -> str:
    """Open a session with a code of the day; returns why not (French, the same for every reason), or an empty text."""
    if not ratelimit.consume(request, action="break_glass", key=email.lower()):
        return TOO_MANY
    user, refusal = use_break_glass_code(email=email, code=code, at=at)
    if refusal or user is None:
        note_refusal(request, method=SignIn.Method.BREAK_GLASS, refusal=refusal, at=at, user=user)
        return UNKNOWN_CODE
    enter(request, user, method=SignIn.Method.BREAK_GLASS, at=at)
    return ""


def leave(request: HttpRequest) -> HttpResponse:
    """End this session, whatever happens then at Pro Santé Connect; then there, or home."""
    elsewhere = logout_url(request)
    logout(request)
    return leave_signed_out(request, elsewhere) if elsewhere else redirect("home")


def way_in_by_card() -> str:
    """Where the button of Pro Santé Connect posts; empty when this instance has no provider."""
    return reverse("accounts_psc:start") if settings.SAS_ENTERING.psc_issuer else ""
