"""Accounts that sign in with a password, and a cache that remembers nobody's mistakes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account

PASSWORD = "une longue phrase de passe"
SETTING_UP: dict[str, Any] = {"by": "test", "at": datetime(2026, 1, 5, tzinfo=UTC)}


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Settings) -> None:
    """Real hashes are slow on purpose; dozens of wrong passwords are tried here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def account(db: None) -> User:
    cache.clear()
    user, _ = create_account(email="rita@example.org", roles=[Role.REGULATOR], password=PASSWORD, **SETTING_UP)
    return user


@pytest.fixture
def by_card(db: None) -> User:
    """A regulator who enters with a card."""
    cache.clear()
    user, _ = create_account(
        email="carte@example.org", roles=[Role.REGULATOR], national_id="810000000001", **SETTING_UP
    )
    return user
