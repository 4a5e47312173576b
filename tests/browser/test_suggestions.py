"""« Quoi ? » by keyboard: groups of suggestions, then what this tab searched before, which holds no address."""

import pytest
from playwright.sync_api import Page, expect

from sas.accounts.models import User
from sas.directory.geocoding import Place
from tests.browser.conftest import Visit, finished, search_path
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import Town

AT_HOME = Place(
    *("12 rue du Patient 59000 Lille", "address", 50.6309, 3.0709, "59", "Europe/Paris", "housenumber", "test", "59350")
)


def remembered(page: Page) -> str:
    return str(page.evaluate("sessionStorage.getItem('sas.recentes') || ''"))


@pytest.fixture
def searched(visit: Visit, town: Town, regulator: User) -> Page:
    """A tab that searched around somebody's home, then went back to the home page."""
    town.doctor(town.editor("Agenda Alpha"), participates=True)
    town.open()
    page = finished(visit(search_path(loc=AT_HOME.label, lieu=AT_HOME.token()), as_=regulator))
    page.goto("/")
    return page


def test_suggestions_come_by_group_and_are_chosen_by_keyboard(visit: Visit, town: Town, regulator: User) -> None:
    somebody = town.doctor(town.editor("Agenda Alpha"))
    town.open()
    page = visit("/", as_=regulator)
    what = page.get_by_label("Quoi ?")
    what.press_sequentially("pharm")
    expect(page.get_by_role("group", name="Types de structure").get_by_role("option").first).to_contain_text(
        "Pharmacie"
    )
    assert_accessible(page)
    assert page.locator("[role=listbox] [role=listbox], [role=listbox] ul").count() == 0
    what.fill("")
    name = somebody.practitioner.family_name
    what.press_sequentially(name)
    expect(page.get_by_role("group", name="Professionnels").get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_label("Où ?").fill("Lille 59000")
    page.keyboard.press("Enter")
    finished(page)
    assert f"quoi=P%3A{somebody.practitioner.national_id}" in page.url
    expect(page.locator("#resultats > article")).to_have_count(1)
    assert remembered(page) == ""


def test_a_search_is_remembered_by_its_commune_never_by_its_address(searched: Page) -> None:
    assert "Lille (59)" in remembered(searched)
    assert "Patient" not in remembered(searched)
    searched.get_by_label("Quoi ?").focus()
    option = searched.get_by_role("group", name="Recherches récentes").get_by_role("option")
    expect(option).to_have_text("Médecine générale Lille (59)")
    assert_accessible(searched)
    searched.keyboard.press("ArrowDown")
    searched.keyboard.press("Enter")
    finished(searched)
    expect(searched.locator("h1")).to_have_text("Médecine générale : Lille (59)")


def test_signing_out_forgets_what_was_searched(searched: Page) -> None:
    assert remembered(searched)
    searched.get_by_role("button", name="Se déconnecter").click()
    expect(searched.get_by_role("link", name="Connexion").first).to_be_visible()
    assert remembered(searched) == ""


def test_what_another_reader_searched_in_the_tab_is_dropped(searched: Page) -> None:
    searched.evaluate(
        """() => sessionStorage.setItem('sas.recentes', JSON.stringify({ reader: '0-0',
            searches: [{ what: 'Autre', code: 'SM01', where: 'Paris (75)' }] }))"""
    )
    searched.reload()
    searched.get_by_label("Quoi ?").focus()
    expect(searched.get_by_role("option")).to_have_count(0)
    assert remembered(searched) == ""
