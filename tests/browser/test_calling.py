"""Regulation software opens the search (INT_L01): through the sign-in to the patient's own doctor, first of all."""

import re
from dataclasses import replace
from typing import Any

from playwright.sync_api import Page, expect

from sas.accounts.models import User
from sas.directory.models import PracticeLocation
from tests.browser.conftest import NARROWEST, PASSWORD, Visit, card_ids, finished
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import Town
from tests.factories import directory as factories
from tests.factories.orientation import lrm

CALL = "/sas/recherche?origin=TEST-SAMU059&practitioner=Jeanne+Tournier&streetnumber=12&inseecode=99999&city=Lille"


def test_a_call_leads_through_the_sign_in_to_the_patients_own_doctor(
    visit: Visit, town: Town, regulator: User, settings: Any
) -> None:
    settings.SAS_ENTERING = replace(settings.SAS_ENTERING, second_factor_required=False)
    factories.territory()
    lrm(origin="TEST-SAMU059")
    alpha = town.editor("Agenda Alpha")
    near = town.doctor(alpha, participates=True)
    town.open()
    person = factories.practitioner(family_name="TOURNIER", given_name="Jeanne")
    own = factories.place(person, insee="13055", department="13", city="Marseille", latitude=43.3, longitude=5.37)

    page = visit(CALL)
    page.get_by_label("Adresse électronique").fill(regulator.email or "")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    finished(page)
    assert page.url.endswith(CALL)
    assert card_ids(page) == [f"carte-{own.pk}", f"carte-{near.pk}"]
    expect(page.locator(f"#carte-{own.pk}")).to_contain_text("médecin traitant")
    remarks = page.locator("#remarques")
    expect(remarks).to_contain_text("Code de commune reçu inconnu (« 99999 »")
    expect(remarks).to_contain_text("Numéro de rue reçu sans nom de rue")
    expect(page.locator(".sas-doctor summary")).to_have_text("Médecin traitant : Jeanne Tournier")
    assert_accessible(page)

    page.keyboard.press("b")
    expect(page).to_have_url(re.compile("vue=tableau.*"))
    assert "origin=TEST-SAMU059" in page.url
    expect(finished(page).locator(f"#carte-{own.pk}")).to_contain_text("médecin traitant")

    assert_the_narrow_page_and_the_refusal_are_accessible(page)
    a_doctor_is_named_by_hand(page, own)


def assert_the_narrow_page_and_the_refusal_are_accessible(page: Page) -> None:
    page.set_viewport_size({"width": NARROWEST["width"], "height": NARROWEST["height"]})
    page.goto(CALL)
    finished(page)
    assert_accessible(page)
    page.goto("/sas/recherche?origin=autre&city=Lille")
    expect(page.get_by_role("heading", level=1)).to_have_text("Appel du logiciel de régulation refusé")
    assert_accessible(page)


def a_doctor_is_named_by_hand(page: Page, own: PracticeLocation) -> None:
    """From the page of the refusal, whose way out is an ordinary search."""
    page.get_by_role("link", name="Faire une recherche").click()
    page.get_by_label("Où ?").press_sequentially("lille")
    page.get_by_role("option", name=re.compile("^Lille ")).click()
    page.get_by_text("Médecin traitant (facultatif)").click()
    page.get_by_label("Médecin traitant (nom du professionnel)").press_sequentially("tourni")
    page.get_by_role("option", name=re.compile("TOURNIER")).click()
    assert_accessible(page)
    page.get_by_role("button", name="Rechercher").click()
    finished(page)
    assert f"mtid=P%3A{own.national_id}" in page.url
    assert card_ids(page)[0] == f"carte-{own.pk}"
