"""Reads on accounts."""

from dataclasses import dataclass

from sas.accounts.models import User
from sas.accounts.permissions import Role

DEMO_DOMAIN = "demo.invalid"
DEMO_PASSWORD = "demonstration-sas"  # noqa: S105 — printed on the sign-in page of the demonstration
"""Accounts of the demonstration end in this reserved domain (RFC 2606) and share one password, shown on purpose."""


@dataclass(frozen=True)
class DemoAccount:
    """One line of the sign-in page of the demonstration."""

    email: str
    name: str
    roles: str
    password: str


def demo_accounts() -> list[DemoAccount]:
    """The accounts of the demonstration, by role; empty when nothing of the demonstration was loaded."""
    known = User.objects.filter(email__iendswith=f"@{DEMO_DOMAIN}", is_active=True, may_use_password=True)
    users = known.prefetch_related("grants")
    rows = [
        DemoAccount(
            email=user.email or "",
            name=user.full_name,
            roles=", ".join(sorted({Role(grant.role).label for grant in user.grants.all()})),
            password=DEMO_PASSWORD,
        )
        for user in users.order_by("pk")
    ]
    return rows
