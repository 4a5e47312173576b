"""Delegations as of now, since pages read the clock, and what pages are made of."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from sas.accounts.delegations.services import prepare_delegation
from sas.accounts.models import Delegation, User
from tests.accounts.delegations.conftest import accepted as accepted_then
from tests.accounts.delegations.conftest import proposal
from tests.accounts.delegations.conftest import proposed as proposed_then

SOON = timedelta(days=90)


def proposed(by: User, email: str = "secretaire@example.org", **given: Any) -> Delegation:
    """As of now: pages read the clock."""
    now = timezone.now()
    return proposed_then(by, email, at=now, **({"ends_on": now.date() + SOON} | given))


def accepted(by: User, delegate: User, **given: Any) -> Delegation:
    now = timezone.now()
    return accepted_then(by, delegate, at=now, **({"ends_on": now.date() + SOON} | given))


def prepared(by: User) -> Delegation:
    now = timezone.now()
    asked = proposal(ends_on=now.date() + SOON)
    return prepare_delegation(delegator=by, proposal=asked, by="compte 0", at=now)


def filled(**given: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    return {
        "given_name": "Eve",
        "family_name": "Secretaire",
        "email": "secretaire@example.org",
        "target": "own",
        "scopes": ["agenda"],
        "ends_on": (timezone.now().date() + SOON).isoformat(),
    } | given


def text(answer: Any) -> str:
    return str(answer.content.decode())


def state(made: Delegation) -> tuple[bool, bool, str | None]:
    made.refresh_from_db()
    return made.confirmed_at is not None, made.accepted_at is not None, made.ended_for
