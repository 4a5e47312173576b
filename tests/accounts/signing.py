"""Clients whose session is what `sas.accounts.entering.enter` leaves, without the pages that lead to it."""

from datetime import UTC, datetime

from django.test import Client

from sas.accounts.entering import ENTERED_AT, METHOD, SECOND_FACTOR
from sas.accounts.models import SignIn, User


def signed_in_client(
    user: User, *, at: datetime | None = None, method: str = SignIn.Method.PASSWORD, second_factor: bool = True
) -> Client:
    """Signed in as `user` at `at` (now, unless said): recent enough for sensitive acts, past the second factor."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[METHOD] = str(method)
    session[ENTERED_AT] = (at or datetime.now(UTC)).isoformat()
    session[SECOND_FACTOR] = second_factor
    session.save()
    return client
