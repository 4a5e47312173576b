"""What an account manager must never reach: somebody else's identity, by giving them a role first."""

import pytest

from sas.accounts.administration.drafts import Draft, draft_of, seal
from sas.accounts.administration.imports.parsing import parse
from sas.accounts.administration.imports.planning import Fate, plan
from sas.accounts.administration.services import (
    add_roles,
    deactivate_account,
    edit_account,
    remove_own_roles,
    set_national_id,
)
from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import AccountRefused
from sas.directory.models import Territory
from tests.accounts.administration.conftest import AT, make_account

pytestmark = pytest.mark.django_db

OURS = frozenset({(Role.REGULATOR, "SAS-59")})


@pytest.fixture
def effector(db: None) -> User:
    """Practises where no SAS is: their role is on no territory."""
    return make_account(
        "lea@example.org", (Role.EFFECTOR, None), family_name="Durand", given_name="Léa", national_id="810001234567"
    )


def invited_into(nord: Territory, manager: User, user: User) -> None:
    add_roles(user=user, draft=Draft("lea@example.org", "Durand", "Léa", grants=OURS), by=manager, at=AT)


def test_a_role_given_to_somebody_without_territory_gives_no_hold_on_who_they_are(
    nord: Territory, manager: User, effector: User
) -> None:
    invited_into(nord, manager, effector)
    held = draft_of(effector)
    stolen = Draft(**(held.values() | {"email": "moi@example.org", "may_use_password": True}), grants=held.grants)
    with pytest.raises(AccountRefused, match="aucun territoire"):
        edit_account(user=effector, draft=stolen, seal=seal(effector), by=manager, at=AT)
    with pytest.raises(AccountRefused, match="aucun territoire"):
        set_national_id(user=effector, national_id="810007654321", by=manager, at=AT)
    with pytest.raises(AccountRefused, match="aucun territoire"):
        deactivate_account(user=effector, by=manager, at=AT)
    remove_own_roles(user=effector, by=manager, at=AT)
    assert list(effector.grants.values_list("role", flat=True)) == ["effector"]


def test_nor_does_an_import(nord: Territory, manager: User, effector: User) -> None:
    invited_into(nord, manager, effector)
    lines = parse("email;nom;prenom;roles;territoires;sans carte\nlea@example.org;Durand;Léa;regulator;SAS-59;oui\n")
    planned = plan(lines, actor=manager, at=AT).lines[0]
    assert (planned.fate, "aucun territoire" in planned.errors[0]) == (Fate.REFUSED, True)


def test_a_delegation_received_takes_nobody_away_from_their_manager(nord: Territory, manager: User) -> None:
    user = make_account("max@example.org", (Role.REGULATOR, nord), (Role.DELEGATE, None))
    assert deactivate_account(user=user, by=manager, at=AT)


def test_a_national_administrator_changes_them(nord: Territory, admin: User, effector: User) -> None:
    assert deactivate_account(user=effector, by=admin, at=AT)
