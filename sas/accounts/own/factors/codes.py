"""Codes typed by people: those of an application, and recovery codes."""

import base64
from dataclasses import dataclass

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from sas.accounts.models import User


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an application must know: the secret to type (in groups of four), and the same as an image."""

    secret: str
    image: str

    @property
    def typed(self) -> str:
        """The secret, cut in groups for the eye; applications ignore the spaces."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))


def enrolment(request: HttpRequest, user: User, *, new: bool) -> Enrolment:
    """The secret that waits in the session, or another one; the image is an SVG in a `data:` address."""
    secret = auth.get_totp_secret(regenerate=new)
    adapter = get_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    return Enrolment(secret, "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode())


def proves(secret: str, code: str) -> bool:
    """Whether an application that knows the secret gives that code now."""
    return bool(auth.validate_totp_code(secret, code.replace(" ", "")))


def forget_secret(request: HttpRequest) -> None:
    """The secret is enrolled: it leaves the session."""
    auth.clear_totp_secret(request)


def matching_factor(user: User, code: str) -> Authenticator:
    """The application or the recovery codes of which this is a code, now used. Raises `ValidationError` (French) when
    there is none, or after too many tries."""
    form = AuthenticateForm(data={"code": code[:40]}, user=user)
    if not form.is_valid():
        raise ValidationError([str(message) for messages in form.errors.values() for message in messages])
    factor: Authenticator = form.authenticator
    factor.record_usage()
    return factor
