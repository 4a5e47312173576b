"""An IOA searches only where a territory of theirs has opened the role."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from sas.accounts.models import User
from sas.accounts.permissions import Permission, Role
from sas.accounts.services import create_account
from tests.factories import directory as make

MADE: dict[str, Any] = {"by": "test", "at": datetime(2026, 1, 5, tzinfo=UTC)}


def ioa(*codes: str, roles: tuple[Role, ...] = (Role.IOA,)) -> User:
    return create_account(email="ioa@example.org", roles=roles, territories=codes, **MADE)[0]


def test_a_closed_territory_refuses_with_its_name_and_what_to_do(db: None, client: Client) -> None:
    make.territory(label="SAS du Nord")
    client.force_login(ioa("SAS-59"))
    answer = client.get("/sas/recherche")
    assert answer.status_code == 403
    assert "pas encore ouverte aux infirmiers organisateurs de l’accueil par SAS du Nord" in answer.content.decode()
    assert client.get("/api/v1/recherche").status_code == 403
    assert "ne donne plus accès" in client.get("/sas/recherche/flux").content.decode()


def test_one_open_territory_is_enough_to_search_everywhere(db: None, client: Client) -> None:
    make.territory()
    make.territory(code="SAS-62", ioa_open=True)
    user = ioa("SAS-59", "SAS-62")
    assert user.reach(Permission.SEARCH).everywhere
    assert user.closed_ioa_territories == ("SAS du Nord (SAS-59)",)
    client.force_login(user)
    assert client.get("/sas/recherche").status_code == 200


@pytest.mark.parametrize("codes", [(), ("SAS-59",)])
def test_an_ioa_without_an_open_territory_may_nothing_else(db: None, codes: tuple[str, ...]) -> None:
    make.territory()
    user = ioa(*codes)
    assert [permission for permission in Permission if user.may(permission)] == []


def test_another_role_is_not_closed_with_it(db: None) -> None:
    make.territory()
    assert ioa("SAS-59", roles=(Role.IOA, Role.REGULATOR)).may(Permission.SEARCH)


def test_permissions_cost_one_query_whatever_the_territories(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    codes = [make.territory(code=f"SAS-0{number}").code for number in range(1, 10)]
    user = User.objects.get(pk=ioa(*codes).pk)
    with django_assert_num_queries(1):
        assert not user.may(Permission.SEARCH)
        assert len(user.closed_ioa_territories) == 9
