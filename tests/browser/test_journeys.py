"""The main job in a real browser: from the home page to the editor's booking page, three ways."""

import re
from dataclasses import replace
from typing import Any

from playwright.sync_api import Page, expect

from sas.accounts.models import User
from tests.browser.conftest import PASSWORD, Visit, card_ids, finished, search_path
from tests.browser.town import Town


def test_a_regulator_signs_in_searches_and_lands_on_the_booking_page(
    visit: Visit, town: Town, regulator: User, settings: Any
) -> None:
    settings.SAS_ENTERING = replace(settings.SAS_ENTERING, second_factor_required=False)
    alpha = town.editor("Agenda Alpha")
    doctor = town.doctor(alpha, family_name="LENOIR")
    town.open()
    page = visit("/connexion/")
    page.get_by_label("Adresse électronique").fill(regulator.email or "")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_label("Quoi ?").fill("médecine générale")
    page.get_by_label("Où ?").press_sequentially("lille")
    page.get_by_role("option", name=re.compile("^Lille ")).click()
    page.get_by_role("button", name="Rechercher").click()
    card = page.locator(f"#carte-{doctor.pk}")
    expect(card).to_contain_text("LENOIR")
    card.locator("a.sas-slot").first.click()
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Réserver chez Agenda Alpha").click()
    opened.value.wait_for_url(re.compile(f"^{re.escape(town.sandboxes[alpha].site)}.*origin="))


def test_without_javascript_the_same_cards_stand_in_the_same_order(visit: Visit, town: Town, regulator: User) -> None:
    alpha, brume, deluge = (
        town.editor("Agenda Alpha"),
        town.editor("Agenda Brume"),
        town.editor("Agenda Déluge", "down"),
    )
    for rank in range(12):
        town.doctor((alpha, brume, deluge)[rank % 3], participates=rank % 4 == 0, free=rank % 5 != 0)
    town.open()
    live = finished(visit(search_path(tous="1"), as_=regulator))
    plain = visit(search_path(tous="1"), as_=regulator, scripts=False)
    expect(plain).to_have_url(re.compile("complet=1"))
    expect(plain.locator("#resultats > article")).to_have_count(12)
    assert card_ids(plain) == card_ids(live)


def test_without_javascript_a_question_that_is_edited_is_the_one_that_is_asked(
    visit: Visit, town: Town, regulator: User
) -> None:
    town.doctor(participates=True)
    page = visit(search_path(lieu="", complet="1"), as_=regulator, scripts=False)
    page.get_by_label("Où ?").fill("Brest 29200")
    page.get_by_role("button", name="Rechercher").click()
    expect(page).to_have_title(re.compile("Brest"))


def test_the_keyboard_alone_leads_from_home_to_the_booking_page(visit: Visit, town: Town, regulator: User) -> None:
    alpha = town.editor("Agenda Alpha")
    first, second = town.doctor(alpha), town.doctor(alpha)
    town.open()
    page = visit("/", as_=regulator)
    page.keyboard.press("/")
    expect(page.get_by_label("Quoi ?")).to_be_focused()
    choose(page, "médecine gén", "Médecine générale")
    page.keyboard.press("Tab")
    choose(page, "lille", "Lille (59)")
    page.keyboard.press("Enter")
    finished(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    cards = card_ids(page)
    assert set(cards) == {f"carte-{first.pk}", f"carte-{second.pk}"}
    expect(page.locator(f"#{cards[1]}")).to_be_focused()
    page.keyboard.press("1")
    expect(page.get_by_role("button", name="Réserver chez Agenda Alpha")).to_be_focused()
    with page.expect_popup() as opened:
        page.keyboard.press("Enter")
    opened.value.wait_for_url(re.compile(f"^{re.escape(town.sandboxes[alpha].site)}"))


def choose(page: Page, typed: str, label: str) -> None:
    """Type in the focused field, go down to the first suggestion, take it."""
    page.keyboard.type(typed)
    expect(page.get_by_role("option").first).to_contain_text(label)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option")).to_have_count(0)
