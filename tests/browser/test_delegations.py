"""A delegation in a real browser: proposed, accepted by the link of the e-mail, ended; every page accessible."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from sas.accounts.delegations.services import Proposal, prepare_delegation, propose_delegation
from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.web.models import OutgoingMail
from tests.browser.conftest import NARROWEST, PASSWORD, WIDE, Visit
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import SETTING_UP
from tests.factories import directory as factories


@pytest.fixture
def doctor(transactional_db: None) -> User:
    territory = [factories.territory().code]
    user, _ = create_account(
        email="medecin@example.org",
        roles=[Role.EFFECTOR],
        territories=territory,
        password=PASSWORD,
        given_name="Ada",
        family_name="Exemple",
        **SETTING_UP,
    )
    return user


def link() -> str:
    """The path of the link that the delegate received."""
    text = OutgoingMail.objects.get(kind="delegation_invitation").text
    found = re.search(r"/delegations/invitation/\S+", text)
    assert found is not None
    return found[0]


def in_three_months() -> str:
    return (timezone.now().date() + timedelta(days=90)).isoformat()


def test_a_delegate_accepts_by_the_link_and_sees_it_end(visit: Visit, doctor: User, settings: Any) -> None:
    # Else the new account is first led to its second factor, which has its own journey.
    settings.SAS_ENTERING = replace(settings.SAS_ENTERING, second_factor_required=False)
    page = visit("/delegations/", as_=doctor)
    propose(page)
    own = page.url
    accept_as_new(page)
    giver = visit_again(page, doctor)
    giver.goto(own)
    giver.get_by_role("button", name="Mettre fin à cette délégation").click()
    expect(giver.get_by_role("status")).to_contain_text("ne donne plus aucun accès")
    assert_accessible(giver)
    giver.close()

    page.reload()
    expect(page.get_by_role("heading", name="Vous agissez pour")).to_have_count(0)
    expect(page.get_by_text("interrompue, par la personne qui délègue")).to_be_visible()
    assert_accessible(page)
    page.goto(link())
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce lien n’ouvre plus rien")
    assert_accessible(page)


def propose(page: Page) -> None:
    """From the list to the proposal, with a mistake on the way."""
    assert_accessible(page)
    page.get_by_role("link", name="Déléguer à quelqu’un").click()
    page.get_by_role("button", name="Proposer la délégation").click()
    expect(page).to_have_title(re.compile("^Erreur"))
    assert_accessible(page)
    page.get_by_label("Prénom").fill("Eve")
    page.get_by_label("Nom", exact=True).fill("Secretaire")
    page.get_by_label("Adresse électronique").fill("eve@example.org")
    expect(page.get_by_label("mon activité")).to_be_visible()
    page.get_by_text("mon activité").click()
    page.get_by_text("agenda et indisponibilités").click()
    page.get_by_label("Jusqu’au").fill(in_three_months())
    page.get_by_role("button", name="Proposer la délégation").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Délégation à Eve Secretaire")
    expect(page.get_by_text("Accord encore attendu : Eve Secretaire")).to_be_visible()
    assert_accessible(page)


def accept_as_new(page: Page) -> None:
    """Follow the link without an account, with a mistake on the way."""
    page.context.clear_cookies()
    page.goto(link())
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Exemple vous propose d’agir pour son compte")
    assert_accessible(page)
    page.get_by_label("Nouveau mot de passe").fill("court")
    page.get_by_role("button", name="Créer mon compte et accepter").click()
    expect(page).to_have_title(re.compile("^Erreur"))
    assert_accessible(page)
    page.get_by_label("Nouveau mot de passe").fill(PASSWORD)
    page.get_by_label("Le même, une seconde fois").fill(PASSWORD)
    page.get_by_role("button", name="Créer mon compte et accepter").click()
    expect(page.get_by_role("heading", name="Vous agissez pour")).to_be_visible()
    expect(page.get_by_role("link", name="medecin@example.org")).to_be_visible()
    assert_accessible(page)


def visit_again(page: Page, user: User) -> Page:
    """Another browser, of the other person, at the same time."""
    from tests.browser.conftest import session_cookie

    browser, url = page.context.browser, re.sub(r"(https?://[^/]+).*", r"\1", page.url)
    assert browser is not None
    context = browser.new_context(base_url=url, locale="fr-FR")
    context.add_cookies([session_cookie(user, url)])
    return context.new_page()


@pytest.mark.parametrize("viewport", [WIDE, NARROWEST], ids=["wide", "narrowest"])
def test_the_pages_of_both_sides_and_of_the_manager_are_accessible(visit: Visit, doctor: User, viewport: Any) -> None:
    manager, _ = create_account(
        email="comptes@example.org", roles=[Role.ACCOUNT_MANAGER], territories=["SAS-59"], **SETTING_UP
    )
    other, _ = create_account(email="autre@example.org", roles=[Role.IOA], **SETTING_UP)
    now = timezone.now()
    asked = Proposal(
        "Secretaire", "Eve", "eve@example.org", None, frozenset({"agenda"}), now.date() + timedelta(days=90)
    )
    prepare_delegation(delegator=doctor, proposal=asked, by="compte 0", at=now)
    page = visit(f"/gestion/comptes/{doctor.pk}/delegation/", as_=manager, viewport=viewport)
    expect(page.get_by_role("heading", name="Eve Secretaire")).to_be_visible()
    assert_accessible(page)
    page = visit("/delegations/", as_=doctor, viewport=viewport)
    page.get_by_role("link", name="Délégation à Eve Secretaire").click()
    expect(page.get_by_role("button", name="Confirmer cette délégation")).to_be_visible()
    assert_accessible(page)
    page = visit(link(), as_=other, viewport=viewport)
    expect(page.get_by_role("alert")).to_contain_text("n’est pas adressée à votre compte")
    assert_accessible(page)


def test_an_account_that_is_named_accepts_with_one_press_even_without_scripts(visit: Visit, doctor: User) -> None:
    eve, _ = create_account(email="eve@example.org", roles=[Role.IOA], password=PASSWORD, **SETTING_UP)
    now = timezone.now()
    asked = Proposal(
        "Secretaire", "Eve", "eve@example.org", None, frozenset({"agenda"}), now.date() + timedelta(days=90)
    )
    propose_delegation(delegator=doctor, proposal=asked, by=doctor.audit_label, at=now)
    page = visit(link(), as_=eve, scripts=False)
    page.get_by_role("button", name="Accepter").click()
    expect(page.get_by_role("heading", name="Vous agissez pour")).to_be_visible()
