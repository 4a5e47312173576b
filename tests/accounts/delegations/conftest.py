"""A doctor, somebody who may act for them, and what it takes to bring a delegation to where a story starts."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from sas.accounts.delegations.answering import accept_delegation
from sas.accounts.delegations.rules import terms_seal
from sas.accounts.delegations.services import Proposal, propose_delegation
from sas.accounts.models import Delegation, RoleGrant, StructureAttachment, User
from sas.accounts.permissions import Role
from sas.directory.models import Territory
from sas.web.models import OutgoingMail
from tests.factories import directory as factories

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
UNTIL = date(2026, 9, 1)
PASSWORD = "une longue phrase de passe"
Make = Callable[..., Delegation]


@pytest.fixture(autouse=True)
def _quick_hashes(db: None, settings: Any) -> None:
    """Real hashes are slow on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


def account(email: str | None, *roles: Role, territory: Territory | None = None, **given: Any) -> User:
    """An account as it stands; it has a password, so its address is known to be read."""
    values: dict[str, Any] = {"family_name": "Essai", "given_name": "Lou", "created_at": AT} | given
    user = User(email=email, **({"may_use_password": True} | values))
    user.set_password(PASSWORD)
    user.save()
    RoleGrant.objects.bulk_create([RoleGrant(user=user, role=role, territory=territory) for role in roles])
    return user


@pytest.fixture
def doctor(db: None) -> User:
    return account("medecin@example.org", Role.EFFECTOR, family_name="Medecin", given_name="Ada")


@pytest.fixture
def secretary(db: None) -> User:
    return account("secretaire@example.org", Role.IOA, family_name="Secretaire", given_name="Eve")


@pytest.fixture
def chief(db: None) -> User:
    """Manages one structure."""
    user = account("centre@example.org", Role.STRUCTURE_MANAGER, family_name="Centre", given_name="Max")
    StructureAttachment.objects.create(user=user, structure=factories.structure(name="CDS DU PARC"), attached_at=AT)
    return user


def proposal(email: str = "secretaire@example.org", **given: Any) -> Proposal:
    """What a form asks for, valid unless the story says otherwise."""
    values: dict[str, Any] = {
        "family_name": "Secretaire",
        "given_name": "Eve",
        "email": email,
        "structure": None,
        "scopes": frozenset({"agenda"}),
        "ends_on": UNTIL,
    }
    return Proposal(**(values | given))


def proposed(by: User, email: str = "secretaire@example.org", *, at: datetime = AT, **given: Any) -> Delegation:
    """A delegation that its delegator has just proposed."""
    return propose_delegation(delegator=by, proposal=proposal(email, **given), by=by.audit_label, at=at)


def accepted(by: User, delegate: User, *, at: datetime = AT, **given: Any) -> Delegation:
    """A delegation in force."""
    made = proposed(by, delegate.email or "", at=at, **given)
    return accept_delegation(
        delegation=made.pk, user=delegate, seen=seal(made), by=delegate.audit_label, at=at + timedelta(minutes=1)
    )


def seal(delegation: Delegation) -> str:
    """What the page of this delegation carries."""
    return terms_seal(scopes=delegation.scopes, ends_on=delegation.ends_on)


def last_token() -> str:
    """The token of the last link that was sent."""
    text = OutgoingMail.objects.filter(kind="delegation_invitation").latest("pk").text
    found = re.search(r"/delegations/invitation/([^/\s]+)/", text)
    assert found is not None
    return found[1]


def mails() -> list[tuple[str, str]]:
    """Kind and recipient of every e-mail asked for, in order."""
    return [(mail.kind.removeprefix("delegation_"), mail.to) for mail in OutgoingMail.objects.order_by("pk")]
