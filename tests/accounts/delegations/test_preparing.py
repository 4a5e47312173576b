"""What account managers do: prepare, send again, end, for accounts of their territories only."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sas.accounts.models import Delegation, StructureAttachment, User
from sas.accounts.permissions import Role
from tests.accounts.delegations.conftest import account
from tests.accounts.delegations.pages import filled, proposed, state, text
from tests.accounts.signing import signed_in_client
from tests.factories import directory as factories


@pytest.fixture
def managed(db: None) -> tuple[Client, User, User]:
    """A manager of the Nord, a doctor of theirs, and one of elsewhere."""
    nord, somme = factories.territory(), factories.territory(code="SAS-80", departments=["80"])
    manager = account("comptes@example.org", Role.ACCOUNT_MANAGER, territory=nord)
    mine = account("nord@example.org", Role.EFFECTOR, territory=nord, family_name="Nord")
    other = account("somme@example.org", Role.EFFECTOR, territory=somme)
    return signed_in_client(manager), mine, other


def test_a_manager_prepares_for_accounts_of_their_territories_only(managed: tuple[Client, User, User]) -> None:
    client, mine, other = managed
    path = f"/gestion/comptes/{mine.pk}/delegation/"
    answer = client.post(path, filled(), follow=True)
    assert "Accord encore attendu : Lou Nord et Eve Secretaire" in text(answer)
    made = Delegation.objects.get()
    assert state(made) == (False, False, None)
    assert made.delegator == mine
    for method in (client.get, client.post):
        assert method(f"/gestion/comptes/{other.pk}/delegation/").status_code == 404
    wrong = client.post(path, filled(email="nord@example.org"))
    assert (wrong.status_code, "à soi-même" in text(wrong)) == (422, True)


def test_a_manager_ends_and_sends_again_for_their_accounts_only(managed: tuple[Client, User, User]) -> None:
    client, mine, other = managed
    own, foreign = proposed(mine), proposed(other)
    for path in (
        f"/gestion/comptes/{mine.pk}/delegation/{foreign.pk}",
        f"/gestion/comptes/{other.pk}/delegation/{foreign.pk}",
    ):
        assert client.post(f"{path}/terminer/").status_code == 404
        assert client.post(f"{path}/renvoyer/").status_code == 404
    assert state(foreign) == (True, False, None)
    path = f"/gestion/comptes/{mine.pk}/delegation/{own.pk}"
    assert "dix minutes" in text(client.post(f"{path}/renvoyer/", follow=True))
    Delegation.objects.filter(pk=own.pk).update(invited_at=timezone.now() - timedelta(hours=1))
    assert "nouveau lien part" in text(client.post(f"{path}/renvoyer/", follow=True))
    assert "prévenues" in text(client.post(f"{path}/terminer/", follow=True))
    own.refresh_from_db()
    assert own.ended_by == "manager"
    assert "déjà terminée" in text(client.post(f"{path}/terminer/", follow=True))


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ACCOUNT_MANAGER, Role.NATIONAL_ADMIN)])
def test_nobody_else_prepares(doctor: User, role: Role) -> None:
    territory = factories.territory()
    client = signed_in_client(account("x@example.org", role, territory=territory))
    for path in ("", "1/terminer/", "1/renvoyer/"):
        assert client.post(f"/gestion/comptes/{doctor.pk}/delegation/{path}", filled()).status_code == 403


def test_an_account_with_nothing_to_delegate_says_so(managed: tuple[Client, User, User]) -> None:
    client, mine, _ = managed
    mine.grants.update(role=Role.REGULATOR)
    page = client.get(f"/gestion/comptes/{mine.pk}/delegation/")
    assert (page.status_code, "Seuls délèguent" in text(page)) == (200, True)
    assert client.post(f"/gestion/comptes/{mine.pk}/delegation/", filled()).status_code == 422


def test_a_structure_is_a_choice_of_the_manager_s_form(managed: tuple[Client, User, User]) -> None:
    client, mine, _ = managed
    mine.grants.update(role=Role.STRUCTURE_MANAGER)
    structure = factories.structure(name="MSP DU LAC")
    StructureAttachment.objects.create(user=mine, structure=structure, attached_at=timezone.now())
    path = f"/gestion/comptes/{mine.pk}/delegation/"
    assert "MSP DU LAC" in text(client.get(path))
    assert "MSP DU LAC" in text(client.post(path, filled(target=str(structure.pk)), follow=True))
