"""Monday, 7 o'clock in Lille, for the platform; a regulator of the Nord who is signed in, and a colleague."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sas.accounts.models import User
from sas.lrm.models import Lrm
from tests.accounts.signing import signed_in_client
from tests.factories import orientation as make
from tests.factories.agenda import AT


class Clock:
    """What time it is for the platform."""

    def __init__(self) -> None:
        self.now: datetime = AT.astimezone(UTC)

    def pass_by(self, seconds: int) -> None:
        """So many seconds later."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stopped, until a test says otherwise."""
    made = Clock()
    monkeypatch.setattr(timezone, "now", lambda: made.now)
    return made


@pytest.fixture
def client(sender: User) -> Client:
    """Who sends the patient."""
    return signed_in_client(sender, at=AT)


@pytest.fixture
def colleague(nord: Lrm) -> User:
    """Another regulator of the Nord."""
    return make.regulator("SAS-59")


@pytest.fixture
def other(colleague: User) -> Client:
    """The colleague's browser."""
    return signed_in_client(colleague, at=AT)
