"""The page behind the link: read as often as wanted, accepted once, by the person named only."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from sas.accounts.entering import ENTERED_AT
from sas.accounts.models import Delegation, Invitation, User
from sas.accounts.permissions import Role
from sas.web.models import AuditLine
from tests.accounts.delegations.conftest import account, last_token, seal
from tests.accounts.delegations.pages import proposed, state, text
from tests.accounts.signing import signed_in_client


def test_reading_the_link_uses_nothing_up_and_tells_its_address_to_nobody(doctor: User, client: Client) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    path = f"/delegations/invitation/{last_token()}/"
    for _ in range(2):
        page = client.get(path)
        assert page.status_code == 200
        assert "Ada Medecin vous propose d’agir" in text(page)
        assert (page["Referrer-Policy"], page["Cache-Control"]) == ("strict-origin", "no-store")
    assert state(made) == (True, False, None)
    assert last_token() not in made.token_sha256


def test_somebody_without_an_account_makes_one_and_is_in(doctor: User, client: Client) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    path = f"/delegations/invitation/{last_token()}/"
    wrong = client.post(f"{path}accepter/", {"seen": seal(made), "password": "court", "again": "court"})
    assert wrong.status_code == 422
    assert "<title>Erreur" in text(wrong)
    assert 'value="court"' not in text(wrong)
    assert not User.objects.filter(email="nouvelle@example.org").exists()
    phrase = "cheval correct pile agrafe"
    more = {"role": "national_admin", "email": "autre@example.org", "is_active": "1"}
    answer = client.post(f"{path}accepter/", {"seen": seal(made), "password": phrase, "again": phrase, **more})
    assert (answer.status_code, answer["Location"]) == (302, "/delegations/")
    user = User.objects.get(email="nouvelle@example.org")
    assert user.roles == (Role.DELEGATE,)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert ENTERED_AT in client.session
    used = Client().post(f"{path}accepter/", {"seen": seal(made), "password": phrase, "again": phrase})
    assert (used.status_code, "déjà servi" in text(used)) == (410, True)


def test_a_new_delegate_with_a_card_goes_on_to_pro_sante_connect(doctor: User, client: Client) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    path = f"/delegations/invitation/{last_token()}/"
    answer = client.post(f"{path}accepter/", {"seen": seal(made), "card": "1"})
    assert (answer.status_code, answer["Location"]) == (302, "/connexion/")
    user = User.objects.get(email="nouvelle@example.org")
    assert client.session["sas_invitation"] == Invitation.objects.get(user=user).pk
    assert not user.has_usable_password()
    assert "_auth_user_id" not in client.session


def test_where_passwords_are_closed_none_is_asked_for(doctor: User, client: Client, settings: Any) -> None:
    from dataclasses import replace

    settings.SAS_ENTERING = replace(
        django_settings.SAS_ENTERING, password_sign_in=False, psc_issuer="https://psc.invalid"
    )
    made = proposed(doctor, "nouvelle@example.org")
    path = f"/delegations/invitation/{last_token()}/"
    page = text(client.get(path))
    assert 'name="password"' not in page
    assert "Pro Santé Connect" in page
    phrase = "cheval correct pile agrafe"
    refused = client.post(f"{path}accepter/", {"seen": seal(made), "password": phrase, "again": phrase})
    assert (refused.status_code, "fermée" in text(refused)) == (422, True)


def test_somebody_with_an_account_signs_in_and_comes_back(doctor: User, secretary: User, client: Client) -> None:
    made = proposed(doctor)
    path = f"/delegations/invitation/{last_token()}/"
    assert f"/connexion/?next={path}" in text(client.get(path))
    refused = client.post(f"{path}accepter/", {"seen": seal(made), "password": "x", "again": "x"})
    assert refused.status_code == 403
    mine = signed_in_client(secretary)
    assert mine.post(f"{path}accepter/", {"seen": seal(made)}).status_code == 302
    assert state(made) == (True, True, None)
    page = mine.get(path)
    assert (page.status_code, "ouvrez vos délégations" in text(page)) == (410, True)


def test_somebody_else_is_told_so_and_changes_nothing(doctor: User) -> None:
    made = proposed(doctor)
    path = f"/delegations/invitation/{last_token()}/"
    for user in (account("autre@example.org", Role.IOA), doctor):
        client = signed_in_client(user)
        page = text(client.get(path))
        assert "n’est pas adressée à votre compte" in page
        assert "s…@example.org" in page
        assert "secretaire@example.org" not in page
        for act in ("accepter", "refuser"):
            assert client.post(f"{path}{act}/", {"seen": seal(made)}).status_code == 403
    assert state(made) == (True, False, None)


def test_the_account_of_the_address_is_closed(doctor: User, secretary: User, client: Client) -> None:
    made = proposed(doctor)
    User.objects.filter(pk=secretary.pk).update(is_active=False, closed_for="decision", closed_at=timezone.now())
    path = f"/delegations/invitation/{last_token()}/"
    assert "est désactivé" in text(client.get(path))
    assert client.post(f"{path}accepter/", {"seen": seal(made)}).status_code == 403


def test_refusing_by_the_link_needs_no_account(doctor: User, client: Client) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    path = f"/delegations/invitation/{last_token()}/"
    page = client.post(f"{path}refuser/")
    assert (page.status_code, "Délégation refusée" in text(page)) == (200, True)
    assert state(made)[2] == "refused"
    assert not User.objects.filter(email="nouvelle@example.org").exists()
    assert client.get(path).status_code == 410
    assert AuditLine.objects.get(act="end_delegation").actor == f"lien de la délégation {made.pk}"


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 500])
def test_a_link_that_is_none_says_what_to_do(client: Client, db: None, token: str) -> None:
    for answer in (
        client.get(f"/delegations/invitation/{token}/"),
        client.post(f"/delegations/invitation/{token}/accepter/"),
        client.post(f"/delegations/invitation/{token}/refuser/"),
    ):
        assert (answer.status_code, "n’ouvre rien" in text(answer)) == (404, True)


def test_an_expired_link_says_whom_to_ask(doctor: User, client: Client) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    Delegation.objects.update(invited_at=timezone.now() - timedelta(days=8))
    page = client.get(f"/delegations/invitation/{last_token()}/")
    assert (page.status_code, "a expiré" in text(page)) == (410, True)
    assert client.post(f"/delegations/invitation/{last_token()}/accepter/", {"seen": seal(made)}).status_code == 410
