"""Two territories, their account managers, and a national administrator."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache

from sas.accounts.models import RoleGrant, User
from sas.accounts.permissions import Role
from sas.directory.models import Territory
from tests.factories import directory as factories

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
MakeAccount = Callable[..., User]


@pytest.fixture(autouse=True)
def _fresh_cache(db: None) -> None:
    cache.clear()


@pytest.fixture
def nord(db: None) -> Territory:
    return factories.territory()


@pytest.fixture
def somme(db: None) -> Territory:
    return factories.territory(code="SAS-80", label="SAS de la Somme", departments=["80"])


def make_account(email: str | None, *grants: tuple[Role, Territory | None], **given: Any) -> User:
    """An account as it stands, without its history: what services are tried on."""
    values: dict[str, Any] = {"family_name": "Essai", "given_name": "Lou", "created_at": AT} | given
    user = User(email=email, **values)
    user.set_unusable_password()
    user.save()
    RoleGrant.objects.bulk_create([RoleGrant(user=user, role=role, territory=where) for role, where in grants])
    return user


@pytest.fixture
def manager(nord: Territory) -> User:
    """Administers the Nord."""
    return make_account("comptes@example.org", (Role.ACCOUNT_MANAGER, nord), family_name="Comptoir", last_login=AT)


@pytest.fixture
def admin(db: None) -> User:
    """Administers the country."""
    return make_account("admin@example.org", (Role.NATIONAL_ADMIN, None), family_name="Nationale", last_login=AT)
