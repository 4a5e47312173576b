"""The table of delays in a browser: rows come live, keys act on them, and it scrolls by itself on a phone."""

import pytest
from playwright.sync_api import expect

from sas.accounts.models import User
from tests.browser.conftest import NARROWEST, PHONE, WIDE, Visit, finished, search_path
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import Town


@pytest.fixture
def small_town(town: Town) -> Town:
    """Every kind of row: with slots, without, unknown."""
    alpha, deluge = town.editor("Agenda Alpha"), town.editor("Agenda Déluge", "down")
    town.doctor(alpha, participates=True)
    town.doctor(alpha)
    town.doctor(deluge)
    town.doctor(alpha, free=False, participates=True)
    town.open()
    return town


@pytest.mark.parametrize("viewport", [WIDE, PHONE, NARROWEST], ids=["wide", "phone", "narrowest"])
def test_the_table_is_accessible_at_any_width(
    visit: Visit, small_town: Town, regulator: User, viewport: dict[str, int]
) -> None:
    page = finished(visit(search_path(vue="tableau"), as_=regulator, viewport=viewport))
    expect(page.locator("tbody tr")).to_have_count(4)
    expect(page.get_by_role("columnheader", name="0 à 4 h")).to_have_count(1)
    assert_accessible(page)
    region = page.locator(".sas-delays")
    if viewport is WIDE:
        assert region.evaluate("region => region.scrollWidth <= region.clientWidth"), "the phone is one glance away"
    else:
        assert region.evaluate("region => region.scrollWidth > region.clientWidth")
        region.focus()
        for _ in range(40):
            page.keyboard.press("ArrowRight")
        expect(page.get_by_role("columnheader", name="Téléphone")).to_be_in_viewport()


def test_late_rows_wait_and_enter_as_cards_do(visit: Visit, town: Town, regulator: User) -> None:
    alpha, brume = town.editor("Agenda Alpha"), town.editor("Agenda Brume")
    for km in (2.0, 2.5):
        town.doctor(alpha, km=km)
    town.doctor(brume, km=0.5)
    town.open()
    town.gates[brume].shut()
    page = visit(search_path(vue="tableau", tri="distance"), as_=regulator)
    expect(page.locator("tbody tr")).to_have_count(2)
    page.keyboard.press("j")
    expect(page.locator("tbody tr").first).to_be_focused()
    town.gates[brume].open()
    expect(page.locator("#nouveaux")).to_contain_text("1 nouveau résultat")
    page.keyboard.press("n")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("tbody tr").first).to_be_focused()


def test_keys_act_on_a_row_as_on_a_card(visit: Visit, small_town: Town, regulator: User) -> None:
    page = finished(visit(search_path(vue="tableau"), as_=regulator))
    page.keyboard.press("j")
    expect(page.locator("tbody tr").first.locator(".sas-slot").first).to_have_attribute("data-key", "1")
    page.keyboard.press("t")
    expect(page.get_by_role("dialog", name="Dr Camille")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.get_by_role("button", name="Réserver chez Agenda Alpha")).to_be_visible()


def test_a_header_sorts_and_keeps_the_view(visit: Visit, small_town: Town, regulator: User) -> None:
    page = finished(visit(search_path(vue="tableau"), as_=regulator))
    page.get_by_role("link", name="Distance").click()
    finished(page)
    expect(page.get_by_role("columnheader", name="Distance")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("tbody tr")).to_have_count(4)
    page.keyboard.press("l")
    expect(page.locator("#resultats > article").first).to_be_visible()
    assert "tri=distance" in page.url
