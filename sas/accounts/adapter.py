"""How django-allauth behaves here: nobody makes their own account, and a password is one way in among others.

Whatever is wrong with an attempt (unknown address, wrong password, account locked or without the right to a password)
the person reads the same sentence, after one computation of a hash. Its owner learns the reason from the help sheet.
"""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from sas.accounts.closing import close_account
from sas.accounts.entering import has_expired, note_entry, note_refusal
from sas.accounts.models import SignIn, User
from sas.accounts.own.passwords import locked_until
from sas.accounts.sealing import seal, unseal

PASSWORD = SignIn.Method.PASSWORD


class ClosedSignUpAdapter(DefaultAccountAdapter):
    """Accounts are made by account managers (platform.md §2.2); sign-in is silent, the page itself tells."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": (
            "Adresse ou mot de passe incorrect. Vérifiez-les ; après plusieurs essais, attendez un quart d’heure, ou "
            "choisissez un nouveau mot de passe."
        ),
        "too_many_login_attempts": "Trop d’essais. Attendez cinq minutes, puis réessayez.",
        "rate_limited": "Trop d’essais. Attendez cinq minutes, puis réessayez.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The account that these open, or nothing; known accounts keep why."""
        now = timezone.now()
        known = User.objects.filter(email__iexact=credentials.get("email") or "").first()
        refusal = _why_not_even_try(known, now)
        if refusal:
            self.pre_authenticate(request, **credentials)
            make_password(credentials.get("password") or "")  # as long as a wrong password
            note_refusal(request, method=PASSWORD, refusal=refusal, at=now, user=known)
            return None
        user: User | None = super().authenticate(request, **credentials)
        if user is None:
            note_refusal(request, method=PASSWORD, refusal="wrong_password", at=now, user=known)
        return user

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Closed accounts, and those whose last day is over, read why; the right password was given."""
        now = timezone.now()
        if user.is_active and has_expired(user, at=now):
            close_account(user=user, reason=User.ClosedFor.EXPIRED, by="échéance", at=now)
            user.refresh_from_db()
        if not user.is_active:
            refusal = "expired" if user.closed_for == User.ClosedFor.EXPIRED else "closed"
            note_refusal(request, method=PASSWORD, refusal=refusal, at=now, user=user)
        refused: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return refused

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Once, when every factor was given."""
        factors = any(record.get("method") == "mfa" for record in get_authentication_records(request, user))
        note_entry(request, user, method=PASSWORD, at=timezone.now(), second_factor=factors)
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return answer

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No flash message: « connexion réussie » is what the next page already shows."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors, in our words."""

    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": (
            "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant, et vérifiez l’heure du téléphone."
        )
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def _get_site_name(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)


def _why_not_even_try(known: User | None, now: Any) -> str:
    """Why the password of this account is not looked at; empty when it is, as for an address that nobody has."""
    if known is None:
        return ""
    if not known.may_use_password:
        return "no_password"
    return "locked" if locked_until(known, at=now) else ""
