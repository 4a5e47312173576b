"""The map beside the list: markers follow the cards, keys reach them, a zone can be searched, nothing leaves."""

import re

import pytest
from playwright.sync_api import Page, expect

from sas.accounts.models import User
from tests.browser.conftest import NARROWEST, PHONE, Visit, card_ids, finished, search_path
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import Town


@pytest.fixture
def spread_town(town: Town) -> Town:
    """Three doctors far enough from each other for three markers, and two at the same door."""
    alpha, deluge = town.editor("Agenda Alpha"), town.editor("Agenda Déluge", "down")
    town.doctor(alpha, km=0.5, participates=True)
    town.doctor(alpha, km=2)
    town.doctor(deluge, km=3.5)
    town.doctor(alpha, km=-2.5)
    town.doctor(alpha, km=-2.5)
    town.open()
    return town


def mapped(visit: Visit, user: User, **given: object) -> Page:
    page = finished(visit(search_path(vue="carte", tri="distance", rayon="5"), as_=user, **given))
    expect(page.locator(".sas-pin-spot")).to_have_count(4)
    return page


def test_each_card_has_a_marker_with_its_number_and_its_first_time(
    visit: Visit, spread_town: Town, regulator: User
) -> None:
    page = mapped(visit, regulator)
    pins = page.locator(".sas-pin-spot .sas-pin").all_inner_texts()
    assert any(re.fullmatch(r"1 · .+", pin) for pin in pins)
    assert any(pin.endswith("· ?") for pin in pins)
    assert any(re.fullmatch(r"\d · .+ \+1", pin) for pin in pins)
    names = page.locator(".sas-pin-spot").evaluate_all("pins => pins.map(pin => pin.getAttribute('aria-label'))")
    assert all("Dr Camille" in name for name in names)
    assert page.evaluate(
        "[...document.querySelectorAll('.sas-pin-spot')].every(pin => pin.tagName && pin.role === 'button')"
    )


def test_markers_are_one_stop_of_tab_arrows_walk_them_and_enter_goes_to_the_card(
    visit: Visit, spread_town: Town, regulator: User
) -> None:
    page = mapped(visit, regulator)
    assert page.locator(".sas-pin-spot[tabindex='0']").count() == 1
    page.locator(".sas-pin-spot[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".sas-pin-spot:focus")).to_have_attribute("aria-label", re.compile("^2, "))
    page.keyboard.press("Enter")
    expect(page.locator(f"#{card_ids(page)[1]}")).to_be_focused()
    expect(page.locator(".sas-pin-spot--on")).to_have_attribute("aria-label", re.compile("^2, "))


def test_a_marker_of_several_lists_them_and_escape_gives_the_focus_back(
    visit: Visit, spread_town: Town, regulator: User
) -> None:
    page = mapped(visit, regulator)
    several = page.locator(".sas-pin-spot[aria-haspopup]")
    several.focus()
    page.keyboard.press("Enter")
    people = page.locator(".sas-map__people button")
    expect(people).to_have_count(2)
    expect(people.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(several).to_be_focused()
    page.keyboard.press("Enter")
    expect(people.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#resultats > article:focus")).to_have_count(1)


def test_pointing_at_a_card_shows_its_marker_and_back(visit: Visit, spread_town: Town, regulator: User) -> None:
    page = mapped(visit, regulator)
    first = page.locator("#resultats > article").first
    first.hover()
    expect(page.locator(".sas-pin-spot--on")).to_have_attribute("aria-label", re.compile("^1, "))
    page.locator(".sas-pin-spot[aria-label^='2, ']").hover()
    expect(page.locator(".sas-card--lit")).to_have_attribute("id", card_ids(page)[1])


def test_late_cards_enter_the_map_with_the_list(visit: Visit, town: Town, regulator: User) -> None:
    alpha, brume = town.editor("Agenda Alpha"), town.editor("Agenda Brume")
    town.doctor(alpha, km=1)
    town.doctor(brume, km=3)
    town.open()
    town.gates[brume].shut()
    page = visit(search_path(vue="carte", tri="distance", rayon="5"), as_=regulator)
    expect(page.locator(".sas-pin-spot")).to_have_count(1)
    town.gates[brume].open()
    expect(page.locator(".sas-pin-spot")).to_have_count(2)


def test_moving_the_map_offers_to_search_there(visit: Visit, spread_town: Town, regulator: User) -> None:
    page = mapped(visit, regulator)
    again = page.get_by_role("button", name="Chercher dans cette zone")
    expect(again).to_be_hidden()
    page.locator(".sas-map__canvas").focus()
    page.keyboard.press("ArrowDown")
    expect(again).to_be_visible()
    again.click()
    finished(page)
    expect(page.locator("h1")).to_contain_text("zone de la carte autour de")
    assert "vue=carte" in page.url
    assert "rayon=" in page.url


def test_keys_lead_from_a_view_to_another(visit: Visit, spread_town: Town, regulator: User) -> None:
    page = finished(visit(search_path(tri="distance"), as_=regulator))
    listed = card_ids(page)
    page.keyboard.press("m")
    expect(page.locator(".sas-map__canvas .sas-pin-spot").first).to_be_visible()
    finished(page)
    assert card_ids(page) == listed
    page.keyboard.press("l")
    expect(page.locator(".sas-map")).to_have_count(0)


@pytest.mark.parametrize("viewport", [None, PHONE, NARROWEST], ids=["wide", "phone", "narrowest"])
def test_the_map_is_accessible(visit: Visit, spread_town: Town, regulator: User, viewport: object) -> None:
    page = mapped(visit, regulator, **({"viewport": viewport} if viewport else {}))
    assert_accessible(page)


def test_without_a_script_the_list_stands_alone_and_says_so(visit: Visit, spread_town: Town, regulator: User) -> None:
    page = visit(search_path(vue="carte", complet="1"), as_=regulator, scripts=False)
    expect(page.locator("#resultats > article")).to_have_count(5)
    expect(page.get_by_text("La carte demande JavaScript")).to_be_visible()


def test_outlines_of_departments_lie_under_the_markers(visit: Visit, spread_town: Town, regulator: User) -> None:
    page = mapped(visit, regulator)
    expect(page.locator(".sas-map__canvas[data-drawn='1'] .sas-outline").first).to_be_attached()
