"""What the tests of one's own account share: the quick hashes of accounts, and a cache that forgets."""

import pytest
from django.core.cache import cache

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from tests.accounts.conftest import SETTING_UP


@pytest.fixture
def by_card(db: None) -> User:
    """A regulator who enters with a card."""
    cache.clear()
    user, _ = create_account(
        email="carte@example.org", roles=[Role.REGULATOR], national_id="810000000001", **SETTING_UP
    )
    return user
