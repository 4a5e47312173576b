"""What a session has settled, and puts off: its pages write it, the gate (`sas.accounts.gate`) reads it."""

from typing import Any

from django.conf import settings

from sas.accounts.entering import METHOD, SECOND_FACTOR
from sas.accounts.models import SignIn, User

TERMS = "sas_terms"
NO_ADDRESS_NOW = "sas_no_address_now"
OFFER_SEEN = "sas_offer_seen"
"""Keys of the session: terms known to be accepted, questions put off until the next sign-in."""


def needs_second_factor(session: Any, user: User) -> bool:
    """Whether this session, opened by a password alone, may open nothing until it has a second factor."""
    by_password_alone = session.get(METHOD) == SignIn.Method.PASSWORD and not session.get(SECOND_FACTOR)
    return by_password_alone and settings.SAS_ENTERING.second_factor_required
