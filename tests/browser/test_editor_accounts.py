"""Accounts at editors as an account manager sees them: readable everywhere, usable by keyboard, and by nobody twice."""

from typing import Any

import pytest
from playwright.sync_api import expect

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.aggregator.models import AccountLane, EditorAccount
from sas.aggregator.provisioning import catch_up
from tests.aggregator.regulators import AT, editor, regulator
from tests.browser.conftest import NARROWEST, PHONE, WIDE, Visit
from tests.browser.test_accessibility import assert_accessible
from tests.factories import directory

URL = "/gestion/editeurs/comptes/"
REFUSAL = "HTTP 422 : L’adresse lea.martin@example.org est déjà celle d’un autre compte actif (Practitioner.telecom[0])"


@pytest.fixture
def manager(transactional_db: None) -> User:
    """Somebody who manages accounts of every state."""
    nord = directory.territory(code="SAS-59")
    made, _ = create_account(
        email="gestion@example.org", given_name="Jeanne", family_name="Essai", roles=[Role.ACCOUNT_MANAGER],
        territories=[nord.code], by="test", at=AT,
    )  # fmt: skip
    alpha, brume, deluge = editor("Agenda Alpha"), editor("Agenda Brume"), editor("Agenda Déluge")
    people = [
        regulator(territories=[nord.code], family_name=family, given_name=given)
        for given, family in (("Léa", "Martin"), ("Zoé", "Durand"), ("Jean-Baptiste", "de la Rochefoucauld-Montbel"))
    ]
    catch_up(at=AT)
    heard: dict[str, Any] = {
        "sent_system": "s", "accepted_family": "", "accepted_given": "", "accepted_email": "", "accepted_active": True,
        "accepted_at": AT, "sent_value": "v", "next_try_at": None,
    }  # fmt: skip
    rows = EditorAccount.objects
    rows.filter(editor=alpha).update(state="in_order", **heard)
    rows.filter(editor=brume, account=people[0]).update(
        state="in_error", trouble="refused", last_error=REFUSAL, next_try_at=None
    )
    rows.filter(editor=brume, account=people[1]).update(
        state="in_error", trouble="silent", last_error="Pas de réponse en 7 s", attempts=8, next_try_at=None
    )
    rows.filter(editor=deluge).update(attempts=3, last_error="Connexion impossible : hôte inconnu")
    AccountLane.objects.create(editor=deluge, failures=5, paused_until=AT.replace(year=2100))
    return made


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(WIDE, "light"), (PHONE, "light"), (NARROWEST, "dark")],
    ids=["wide", "phone", "narrowest-dark"],
)
def test_the_page_is_accessible(visit: Visit, manager: User, viewport: Any, scheme: Any) -> None:
    page = visit(URL, as_=manager, viewport=viewport, scheme=scheme)
    expect(page.get_by_role("heading", level=1)).to_have_text("Comptes chez les éditeurs")
    expect(page.get_by_text("est déjà celle d’un autre compte actif")).to_be_visible()
    assert_accessible(page)
    page.goto(f"{URL}?texte=personne")
    expect(page.get_by_text("Rien à surveiller")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_an_error_is_tried_again_by_keyboard_and_filters_stay(visit: Visit, manager: User, scripts: bool) -> None:
    page = visit(f"{URL}?etat=in_error&editeur=agenda-brume", as_=manager, scripts=scripts)
    page.get_by_role("button", name="Relancer Léa Martin chez Agenda Brume").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("repart vers Agenda Brume")
    expect(page).to_have_url(f"{page.url.split('/gestion')[0]}{URL}?editeur=agenda-brume&etat=in_error")
    expect(page.get_by_role("button", name="Relancer Léa Martin")).to_have_count(0)
    page.get_by_role("button", name="Tout relancer chez Agenda Brume").click()
    expect(page.get_by_role("status").first).to_contain_text("1 compte repart vers Agenda Brume")
    assert not EditorAccount.objects.filter(state="in_error").exists()
