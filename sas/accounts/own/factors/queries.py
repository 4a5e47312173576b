"""Which second factors an account has."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator

from sas.accounts.models import User

APPLICATION = Authenticator.Type.TOTP
PASSKEY = Authenticator.Type.WEBAUTHN
CODES = Authenticator.Type.RECOVERY_CODES
REAL = (APPLICATION, PASSKEY)
"""Recovery codes replace a factor that is lost; alone, they are none."""


@dataclass(frozen=True, slots=True)
class Factor:
    """An application or a passkey, as the page of security shows it."""

    pk: int
    is_passkey: bool
    name: str
    added_at: datetime
    used_at: datetime | None


def factors_of(user: User) -> list[Factor]:
    """Applications and passkeys, oldest first; one query."""
    rows = Authenticator.objects.filter(user_id=user.pk, type__in=REAL).order_by("created_at", "pk")
    return [
        Factor(
            pk=row.pk,
            is_passkey=row.type == PASSKEY,
            name=row.data["name"] if row.type == PASSKEY else "Application de codes",
            added_at=row.created_at,
            used_at=row.last_used_at,
        )
        for row in rows
    ]


def codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    held = Authenticator.objects.filter(user_id=user.pk, type=CODES).first()
    return len(held.wrap().get_unused_codes()) if held else 0
