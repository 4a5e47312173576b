"""A doctor shares a part of their slots, sees the preview change, and regulators see exactly that."""

import os
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import PracticeLocation
from sas.participation.queries import visibility_now
from tests.browser.conftest import NARROWEST, PHONE, WIDE, Visit, finished, search_path
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import SETTING_UP, Town


@pytest.fixture
def doctor(town: Town) -> PracticeLocation:
    made = town.doctor(town.editor("Agenda Alpha"), participates=True)
    town.open()
    return made


@pytest.fixture
def own(doctor: PracticeLocation) -> User:
    user, _ = create_account(email="medecin@example.org", roles=[Role.EFFECTOR], **SETTING_UP)
    User.objects.filter(pk=user.pk).update(national_id=doctor.national_id)
    user.refresh_from_db()
    return user


def kept(page: Page, name: str) -> None:
    """A picture, when somebody asks for pictures."""
    if folder := os.environ.get("SAS_PICTURES"):
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)  # type: ignore[index]


@pytest.mark.parametrize("viewport", [WIDE, PHONE, NARROWEST], ids=["wide", "phone", "narrowest"])
def test_sharing_preview_and_counts_are_accessible(
    visit: Visit, doctor: PracticeLocation, own: User, viewport: Any
) -> None:
    page = visit(f"/reglages/{doctor.national_id}/partage/", as_=own, viewport=viewport)
    expect(page.locator(".sas-preview article")).to_have_count(1)
    assert_accessible(page)
    kept(page, "partage")
    page.get_by_label("Lundi").fill("le matin")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Écrivez par exemple")
    expect(page.get_by_label("Lundi")).to_have_value("le matin")
    assert_accessible(page)
    page.goto(f"/apercu/{doctor.national_id}/")
    expect(page.get_by_role("button", name="Masquer").first).to_be_visible()
    assert_accessible(page)
    kept(page, "apercu")
    page.goto(f"/vues/{doctor.national_id}/")
    assert_accessible(page)
    kept(page, "vues")
    page.goto("/")
    expect(page.locator(".sas-preview article")).to_have_count(1)
    assert_accessible(page)
    kept(page, "accueil")


def test_the_preview_changes_before_anything_is_saved_and_search_follows_after(
    visit: Visit, doctor: PracticeLocation, own: User, regulator: User
) -> None:
    page = visit(f"/reglages/{doctor.national_id}/partage/", as_=own, viewport=PHONE)
    expect(page.locator(".sas-preview__summary")).to_contain_text("La régulation")
    page.get_by_label("Nombre de créneaux visibles par jour").fill("1")
    page.get_by_label("Nombre de créneaux visibles par jour").press("Tab")
    expect(page.locator(".sas-preview__summary")).to_contain_text("de moins que maintenant, si vous enregistrez")
    assert visibility_now([doctor.practitioner_id]) == {}
    expected = page.locator(".sas-preview article .sas-slot").count()
    kept(page, "brouillon")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Partage enregistré")
    assert visibility_now([doctor.practitioner_id])[doctor.practitioner_id].limits.per_day == 1
    results = finished(visit(search_path(), as_=regulator))
    expect(results.locator("#resultats > article .sas-slot")).to_have_count(expected)


def test_without_scripts_a_button_shows_the_draft_then_saves_it(
    visit: Visit, doctor: PracticeLocation, own: User
) -> None:
    page = visit(f"/reglages/{doctor.national_id}/partage/", as_=own, scripts=False)
    page.get_by_label("Nombre de créneaux visibles par jour").fill("1")
    page.get_by_role("button", name="Voir l’aperçu sans enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aperçu si vous enregistrez")
    assert visibility_now([doctor.practitioner_id]) == {}
    page.get_by_role("button", name="Enregistrer ce partage").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Partager une partie des créneaux")
    assert visibility_now([doctor.practitioner_id])[doctor.practitioner_id].limits.per_day == 1
    page.goto(f"/apercu/{doctor.national_id}/")
    page.get_by_role("button", name="Masquer").first.click()
    expect(page.get_by_text("masqué par vous")).to_have_count(1)
