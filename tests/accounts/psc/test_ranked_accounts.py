"""A card does not open an account that administers others by a name and an address that anybody may know."""

from collections.abc import Callable

import pytest

from sas.accounts.invitations import INVITED, invite
from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.psc.reconciling import NOT_FOUND
from tests.accounts.psc.conftest import LEA, Clock, Visitor, main_text
from tests.factories import directory

pytestmark = pytest.mark.django_db

PAGE = "/connexion/rattachement/"
TYPED = {"family_name": "Le Gall", "given_name": "Lea", "email": "lea@example.org"}


@pytest.fixture(params=[Role.ACCOUNT_MANAGER, Role.NATIONAL_ADMIN])
def chief(request: pytest.FixtureRequest, account_of: Callable[..., User], clock: Clock) -> User:
    """Another Léa Le Gall, who enters without a card: her invitation has served long ago."""
    directory.territory()
    where = ["SAS-59"] if request.param == Role.ACCOUNT_MANAGER else []
    user = account_of(
        None,
        email="lea@example.org",
        roles=[request.param],
        territories=where,
        family_name="Le Gall",
        given_name="Léa",
        password="une phrase de passe assez longue",
    )
    invitation = invite(user=user, by="test", at=clock.now)
    invitation.used_at = clock.now
    invitation.save()
    return user


def test_the_card_of_a_namesake_does_not_open_it(visitor: Visitor, chief: User) -> None:
    visitor.enter(LEA)
    answer = visitor.client.post(PAGE, TYPED)
    assert (answer.status_code, NOT_FOUND in main_text(answer)) == (422, True)
    chief.refresh_from_db()
    assert (chief.national_id, visitor.user_id) == (None, None)


def test_the_link_of_its_invitation_does(visitor: Visitor, chief: User, clock: Clock) -> None:
    chief.invitations.all().delete()
    link = invite(user=chief, by="test", at=clock.now)
    session = visitor.client.session
    session[INVITED] = link.pk
    session.save()
    visitor.enter(LEA)
    assert visitor.client.post(PAGE, TYPED).status_code == 302
    chief.refresh_from_db()
    assert (chief.national_id, visitor.user_id) == (LEA, chief.pk)
