"""Pages of somebody who is signed in are kept by no cache: behind the person who signs out comes somebody else."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from tests.accounts.signing import signed_in_client
from tests.factories import directory as factories


@pytest.fixture
def manager(db: None) -> Client:
    factories.territory()
    user, _ = create_account(
        email="comptes@example.org",
        roles=[Role.ACCOUNT_MANAGER, Role.REGULATOR],
        territories=["SAS-59"],
        by="test",
        at=datetime(2026, 1, 5, tzinfo=UTC),
    )
    return signed_in_client(user)


@pytest.mark.parametrize(
    "where",
    [
        "/",
        "/gestion/comptes/",
        "/gestion/comptes/nouveau/",
        "/gestion/comptes/import/",
        "/gestion/demandes/",
        "/gestion/territoires/SAS-59/acces/",
        "/gestion/editeurs/comptes/",
        "/sas/recherche",
    ],
)
def test_no_cache_keeps_a_page_of_somebody_signed_in(manager: Client, where: str) -> None:
    answer = manager.get(where)
    assert answer.status_code == 200
    assert "no-store" in answer.get("Cache-Control", "")


def test_a_page_for_everybody_may_be_kept(client: Client, db: None) -> None:
    assert "no-store" not in client.get("/").get("Cache-Control", "")


def test_what_a_page_said_of_its_cache_stays(manager: Client) -> None:
    assert manager.post("/gestion/comptes/export.csv")["Cache-Control"] == "no-store"
