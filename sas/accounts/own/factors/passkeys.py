"""Passkeys (WebAuthn): what the browser is asked, and whether what it answers proves anything.

The ceremonies are those of python-fido2 as django-allauth prepares them; the challenge waits in the session and serves
once. Added here: the origin is always compared with this very site, even on plain http (allauth then accepts any), and
an answer of any shape is a refusal, never a fault.
"""

import base64
import json
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from sas.accounts.models import User

LONGEST_ANSWER = 20_000


class PasskeyRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """The browser's answer proves nothing; the message (French) says what to do."""


REFUSED = "Cette clé d’accès n’a pas été reconnue. Réessayez, ou entrez d’une autre façon."


def registration_options(user: User) -> dict[str, Any]:
    """What the browser is asked to make a passkey that can sign in alone: kept on the device, with its own lock."""
    return _plain(auth.begin_registration(user, passwordless=True))


def authentication_options(user: User | None) -> dict[str, Any]:
    """What the browser is asked to prove: for that person, or for whoever holds a passkey of this site."""
    return _plain(auth.begin_authentication(user))


def registered(request: HttpRequest, answer: str) -> dict[str, Any]:
    """The credential to keep, once verified. Raises `PasskeyRefused`."""
    credential = _parsed(request, answer)
    try:
        auth.parse_registration_response(credential)
        binding = auth.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        raise PasskeyRefused(REFUSED) from None
    if not binding.is_user_verified():
        raise PasskeyRefused("Cette clé ne vérifie pas qui la tient (code, empreinte ou visage) : prenez-en une autre.")
    return credential


def authenticated(request: HttpRequest, answer: str, *, user: User | None) -> Authenticator:
    """The passkey that answered, once verified: of `user`, or (None) of whoever its own answer names.

    Raises `PasskeyRefused`.
    """
    credential = _parsed(request, answer)
    try:
        auth.parse_authentication_response(credential)
        someone = user or auth.extract_user_from_response(credential)
        passkey: Authenticator = auth.complete_authentication(someone, credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise PasskeyRefused(REFUSED) from None
    passkey.record_usage()
    return passkey


def _parsed(request: HttpRequest, answer: str) -> dict[str, Any]:
    try:
        if len(answer) > LONGEST_ANSWER:
            raise ValueError
        credential = json.loads(answer)
        text = credential["response"]["clientDataJSON"]
        said = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        origin = said["origin"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise PasskeyRefused(REFUSED) from None
    if origin != f"{request.scheme}://{request.get_host()}":
        raise PasskeyRefused(REFUSED)
    return dict(credential)


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """As JSON would have it: python-fido2 answers with mappings of its own."""
    plain: dict[str, Any] = json.loads(json.dumps(options, default=dict))
    return plain
