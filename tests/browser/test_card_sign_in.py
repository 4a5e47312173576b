"""Pro Santé Connect in a real browser: there and back, across two sites, under our Content-Security-Policy."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from demo.pro_sante_connect.people import person
from demo.pro_sante_connect.running import RunningProvider, running_provider
from sas.accounts.invitations import invite
from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.psc import provider as product
from sas.accounts.services import create_account
from tests.browser.conftest import NARROWEST, Visit
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import SETTING_UP
from tests.factories import directory

ZOE, PAUL = "899900000001", "3590000012/77"


@pytest.fixture
def provider(settings: Settings, live_server: Any) -> Iterator[RunningProvider]:
    """Pro Santé Connect, for the site of the browser."""
    people = [person(ZOE, "DURAND", "Zoé"), person(PAUL, "LE GALL", "Paul", profession="60")]
    settings.SAS_BASE_URL = live_server.url
    with running_provider(
        people=people,
        client_id="sas",
        client_secret="un secret",
        redirect_uris=[f"{live_server.url}/connexion/psc/retour"],
        post_logout_uris=[f"{live_server.url}/"],
    ) as running:
        settings.SAS_ENTERING = replace(
            settings.SAS_ENTERING, psc_issuer=running.issuer, psc_client_id="sas", psc_client_secret="un secret"
        )
        product._provider.cache_clear()
        yield running
    product._provider.cache_clear()


def press_card(page: Page, name: str) -> None:
    """The button of the sign-in page, then the person on the provider's page."""
    page.get_by_role("button", name="S’identifier avec Pro Santé Connect").click()
    page.get_by_role("button", name=re.compile(name)).click()


def test_an_effector_enters_without_prior_account_and_leaves_both_sites(
    visit: Visit, provider: RunningProvider
) -> None:
    directory.place(directory.practitioner(national_id=ZOE))
    page = visit("/connexion/?next=/compte/", viewport=NARROWEST)
    press_card(page, "DURAND")
    expect(page).to_have_url(re.compile("/compte/"))
    assert User.objects.get().national_id == ZOE
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page).to_have_url(re.compile(r":\d+/(\?state=.*)?$"))
    page.goto("/connexion/")
    page.get_by_role("button", name="S’identifier avec Pro Santé Connect").click()
    expect(page.get_by_role("button", name=re.compile("DURAND"))).to_be_visible()


def test_a_regulator_says_which_invited_account_is_theirs(visit: Visit, provider: RunningProvider) -> None:
    directory.territory(support_email="sas59@example.org")
    user, _ = create_account(
        email="paul@example.org",
        roles=[Role.REGULATOR],
        territories=["SAS-59"],
        family_name="Legall",
        given_name="Paul",
        **SETTING_UP,
    )
    invite(user=user, by="test", at=datetime.now(UTC))
    page = visit("/connexion/?next=/compte/", viewport=NARROWEST)
    press_card(page, "LE GALL")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rattacher votre carte à un compte")
    assert_accessible(page)
    page.get_by_label("Adresse électronique de votre invitation").fill("autre@example.org")
    page.get_by_role("button", name="Rattacher ma carte").click()
    expect(page.get_by_role("alert")).to_contain_text("Nous ne trouvons pas d’invitation")
    expect(page).to_have_title(re.compile("^Erreur"))
    assert_accessible(page)
    page.get_by_label("Adresse électronique de votre invitation").fill("paul@example.org")
    page.get_by_role("button", name="Rattacher ma carte").click()
    expect(page).to_have_url(re.compile("/compte/"))
    assert User.objects.get().national_id == PAUL


@pytest.mark.parametrize("scripts", [True, False])
def test_a_provider_that_is_down_is_told_with_the_other_ways_in(
    visit: Visit, provider: RunningProvider, scripts: bool
) -> None:
    directory.territory(support_email="sas59@example.org")
    page = visit("/connexion/", viewport=NARROWEST, scripts=scripts)
    provider.set_behaviour("down")
    page.get_by_role("button", name="S’identifier avec Pro Santé Connect").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pro Santé Connect ne répond pas")
    expect(page.get_by_role("link", name="Avec un code de secours")).to_be_visible()
    if scripts:
        assert_accessible(page)
