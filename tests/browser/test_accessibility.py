"""Every screen of the search: axe finds nothing (WCAG 2.2 AA), nothing scrolls sideways, keys do what they say."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from sas.accounts.models import User
from tests.browser.conftest import NARROWEST, PHONE, WIDE, Visit, card_ids, finished, search_path
from tests.browser.town import Town

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


def assert_accessible(page: Page) -> None:
    """No rule of WCAG 2.2 A and AA that axe can check is broken, and no second scrolling direction."""
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.fixture
def small_town(town: Town) -> Town:
    """Every kind of card: with slots, without, participating or not, unknown."""
    alpha, deluge = town.editor("Agenda Alpha"), town.editor("Agenda Déluge", "down")
    town.doctor(alpha, participates=True)
    town.doctor(alpha, deluge)
    town.doctor(deluge)
    town.doctor(alpha, free=False, participates=True)
    town.open()
    return town


@pytest.mark.parametrize("viewport", [WIDE, NARROWEST], ids=["wide", "narrowest"])
def test_home_and_sign_in_are_accessible(visit: Visit, viewport: Any, settings: Any) -> None:
    settings.SAS_DEMO = True  # the widest header
    page = visit("/", viewport=viewport)
    assert_accessible(page)
    page.goto("/connexion/")
    assert_accessible(page)
    page.get_by_label("Adresse électronique").fill("personne@example.org")
    page.get_by_label("Mot de passe").fill("ceci n’est pas le bon")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("alert")).to_contain_text("Connexion refusée")
    expect(page.get_by_label("Adresse électronique")).to_have_value("personne@example.org")
    assert_accessible(page)


@pytest.mark.parametrize("viewport", [WIDE, NARROWEST], ids=["wide", "narrowest"])
def test_the_question_its_suggestions_and_its_refusal_are_accessible(
    visit: Visit, regulator: User, viewport: Any
) -> None:
    page = visit("/", as_=regulator, viewport=viewport)
    page.get_by_label("Où ?").press_sequentially("lil")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Où ?")).to_have_attribute("aria-activedescendant", "loc-liste-0")
    assert_accessible(page)
    page.goto(search_path(text="chose inconnue"))
    expect(page.get_by_label("Quoi ?")).to_have_value("chose inconnue")
    expect(page.get_by_label("Quoi ?")).to_have_attribute("aria-invalid", "true")
    assert_accessible(page)


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (NARROWEST, "dark")],
    ids=["wide", "wide-dark", "phone", "narrowest-dark"],
)
def test_results_are_accessible(visit: Visit, small_town: Town, regulator: User, viewport: Any, scheme: Any) -> None:
    page = finished(visit(search_path(tous="1"), as_=regulator, viewport=viewport, scheme=scheme))
    expect(page.locator("#resultats > article")).to_have_count(4)
    assert_accessible(page)


def test_panels_are_accessible_and_give_the_focus_back(visit: Visit, small_town: Town, regulator: User) -> None:
    page = finished(visit(search_path(), as_=regulator))
    page.keyboard.press("j")
    page.keyboard.press("t")
    panel = page.get_by_role("dialog", name="Dr Camille")
    expect(panel.get_by_role("link", name="03 20 00 00 00")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator(f"#{card_ids(page)[0]}")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Raccourcis clavier")).to_be_visible()
    assert_accessible(page)


def test_keys_are_off_in_a_text_field_and_when_the_reader_says_so(
    visit: Visit, small_town: Town, regulator: User
) -> None:
    page = finished(visit(search_path(), as_=regulator))
    page.keyboard.press("/")
    page.keyboard.type("j?")
    expect(page.get_by_label("Quoi ?")).to_have_value("j?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Raccourcis clavier").click()
    page.get_by_label("Raccourcis actifs sur ce poste").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("#resultats > article:focus")).to_have_count(0)
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("#resultats > article:focus")).to_have_count(0)


def test_filters_fold_on_a_phone_and_f_unfolds_them(visit: Visit, small_town: Town, regulator: User) -> None:
    page = finished(visit(search_path(), as_=regulator, viewport=PHONE))
    expect(page.get_by_label("sous 4 h")).to_be_hidden()
    page.keyboard.press("f")
    expect(page.get_by_label("sous 4 h")).to_be_focused()
    assert_accessible(page)


def test_a_phone_shows_the_first_card_without_scrolling(visit: Visit, small_town: Town, regulator: User) -> None:
    page = finished(visit(search_path(), as_=regulator, viewport=PHONE))
    expect(page.locator("#resultats > article .sas-slot").first).to_be_in_viewport()


def test_pages_that_refuse_are_accessible(visit: Visit, small_town: Town, regulator: User) -> None:
    page = visit("/nulle-part", as_=regulator, viewport=PHONE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Page introuvable")
    assert_accessible(page)
    page = finished(visit(search_path(), as_=regulator))
    small_town.sandboxes["Agenda Alpha"].set_behaviour("empty")
    page.locator("a.sas-slot").first.click()
    refused = page.get_by_role("complementary", name="Adresser un patient")
    expect(refused.get_by_role("heading", level=2)).to_have_text("Ce créneau n’est plus libre")
    assert_accessible(page)
