"""Secrets of second factors are sealed with the platform's key: a copy of the database alone opens no account."""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

MARK = "scelle:"
"""What was written before secrets were sealed does not begin so, and is read as it is."""


def seal(text: str) -> str:
    """The sealed form of `text`, another one each time."""
    return MARK + _fernet().encrypt(text.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """The text. One sealed under another key comes back as a secret that nobody knows: no code will ever fit it, and
    the person gets in by another factor, or by their account manager."""
    if not sealed.startswith(MARK):
        return sealed
    try:
        return _fernet().decrypt(sealed.removeprefix(MARK)).decode()
    except InvalidToken:
        return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def _fernet() -> Fernet:
    key = hashlib.blake2b(b"second factors", key=settings.SECRET_KEY.encode()[:64], digest_size=32).digest()
    return Fernet(base64.urlsafe_b64encode(key))
