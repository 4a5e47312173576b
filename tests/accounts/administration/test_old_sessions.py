"""Sessions that are over hold cards, proofs of identity and addresses: none outlives the night."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from sas.accounts.administration.purging import purge_lot
from sas.accounts.models import User
from sas.directory.models import Territory
from tests.accounts.signing import signed_in_client

pytestmark = pytest.mark.django_db


def open_session(user: User) -> str:
    client = signed_in_client(user)
    client.get("/compte/")
    return client.session.session_key or ""


def test_sessions_that_are_over_are_erased_with_what_is_known_of_them(nord: Territory, manager: User) -> None:
    over, still_open = open_session(manager), open_session(manager)
    now = datetime.now(UTC)
    Session.objects.filter(pk=over).update(expire_date=now - timedelta(seconds=1))
    assert UserSession.objects.count() == 2
    while purge_lot(at=now):
        pass
    assert list(Session.objects.values_list("pk", flat=True)) == [still_open]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [still_open]
