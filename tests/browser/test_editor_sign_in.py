"""The sandbox editor's booking page in a real browser: signing in with an account of INT_R02, and booking."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from editor_kit.sandbox.running import sandbox_thread
from editor_kit.sandbox.state import Sandbox
from sas.fhir.practitioners import AccountIdentifier, RegulatorAccount, regulator_body
from sas.fhir.systems import FHIR_JSON, IDNPS
from tests.browser.conftest import NARROWEST
from tests.browser.test_accessibility import assert_accessible

ANNE = RegulatorAccount(AccountIdentifier(IDNPS, "3456780581/1"), True, "Martin", "Anne", "anne@exemple.fr")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sandbox_thread(accounts="required") as running:
        connection = http.client.HTTPConnection(urlsplit(running.site).netloc, timeout=10)
        connection.request("POST", "/fhir/Practitioner", regulator_body(ANNE), {"Content-Type": FHIR_JSON})
        assert connection.getresponse().status == 201
        connection.close()
        yield running


@pytest.fixture
def agenda(chromium: Browser, sandbox: Sandbox) -> Iterator[Page]:
    with chromium.new_context(locale="fr-FR") as context:
        page = context.new_page()
        page.set_viewport_size(NARROWEST)
        page.goto(f"{sandbox.site}/agenda/810199900011?origin=sas")
        yield page


def test_a_regulator_signs_in_books_and_leaves(agenda: Page, sandbox: Sandbox) -> None:
    expect(agenda.get_by_role("heading", level=1)).to_have_text("Connexion à l’agenda")
    assert_accessible(agenda)
    agenda.get_by_label("Adresse de courriel du compte").fill("nobody@exemple.fr")
    agenda.get_by_role("button", name="Se connecter").click()
    expect(agenda.get_by_role("alert")).to_contain_text("Aucun compte régulateur")
    assert_accessible(agenda)
    agenda.get_by_label("Adresse de courriel du compte").fill(ANNE.email)
    agenda.keyboard.press("Enter")
    expect(agenda.get_by_text("Connecté : Anne Martin")).to_be_visible()
    agenda.locator("main li a").nth(3).click()
    assert_accessible(agenda)
    agenda.get_by_role("button", name="Réserver ce créneau").click()
    expect(agenda.get_by_role("heading", level=1)).to_have_text("Créneau réservé")
    assert sandbox.state()["booked"] == 1
    agenda.get_by_role("link", name="Retour à l’agenda").click()
    agenda.get_by_role("button", name="Se déconnecter").click()
    expect(agenda.get_by_role("heading", level=1)).to_have_text("Connexion à l’agenda")
