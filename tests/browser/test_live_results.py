"""Nothing moves under the hand: late answers wait, and what is known is said with when it was known."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sas.accounts.models import User
from sas.search import pages
from tests.browser.conftest import NARROWEST, Visit, card_ids, finished, search_path
from tests.browser.town import Town


@pytest.fixture
def late_town(town: Town) -> Town:
    """Four doctors of a fast editor; two nearer ones and one farther of an editor whose answers are held back."""
    alpha, brume = town.editor("Agenda Alpha"), town.editor("Agenda Brume")
    for km in (2.0, 2.5, 3.0, 3.5):
        town.doctor(alpha, km=km)
    for km in (0.5, 1.0, 4.0):
        town.doctor(brume, km=km)
    town.open()
    town.gates[brume].shut()
    return town


def by_distance(**parameters: str) -> str:
    """A search sorted by distance: the order of the page is then that of the kilometres."""
    return search_path(tri="distance", **parameters)


def top_of(page: Page, card: str) -> float:
    """Where a card stands on the screen, in pixels."""
    box = page.locator(f"#{card}").bounding_box()
    assert box is not None
    return box["y"]


def test_cards_of_fast_editors_come_before_slow_ones_have_answered(
    visit: Visit, late_town: Town, regulator: User
) -> None:
    page = visit(by_distance(), as_=regulator)
    expect(page.locator("#resultats > article")).to_have_count(4)
    expect(page.locator("#etat")).to_contain_text("Interrogation en cours : Agenda Brume")


def test_late_cards_wait_behind_new_results_and_the_focused_card_does_not_move(
    visit: Visit, late_town: Town, regulator: User
) -> None:
    page = visit(by_distance(), as_=regulator)
    expect(page.locator("#resultats > article")).to_have_count(4)
    page.keyboard.press("j")
    page.keyboard.press("j")
    read = card_ids(page)
    before = top_of(page, read[1])
    late_town.gates["Agenda Brume"].open()
    expect(page.locator("#nouveaux")).to_contain_text("2 nouveaux résultats")
    finished(page)
    # The farther one stands below what was read: it came in at once. The two nearer ones wait.
    assert card_ids(page)[:4] == read
    assert len(card_ids(page)) == 5
    assert top_of(page, read[1]) == before
    expect(page.locator(f"#{read[1]}")).to_be_focused()
    expect(page.locator("#annonce")).to_contain_text("professionnels")


def test_new_results_are_inserted_on_demand_with_the_focus_on_the_first(
    visit: Visit, late_town: Town, regulator: User
) -> None:
    page = visit(by_distance(), as_=regulator)
    expect(page.locator("#resultats > article")).to_have_count(4)
    page.keyboard.press("j")
    late_town.gates["Agenda Brume"].open()
    expect(page.locator("#nouveaux")).to_contain_text("2 nouveaux résultats")
    page.keyboard.press("n")
    expect(page.locator("#nouveaux")).to_be_hidden()
    finished(page)
    expect(page.locator("#resultats > article").first).to_be_focused()
    assert len(card_ids(page)) == 7
    orders = page.eval_on_selector_all("#resultats > article", "cards => cards.map(card => card.dataset.order)")
    assert orders == sorted(orders)


def test_cards_enter_at_their_place_while_nothing_was_read(visit: Visit, late_town: Town, regulator: User) -> None:
    page = visit(by_distance(), as_=regulator)
    expect(page.locator("#resultats > article")).to_have_count(4)
    late_town.gates["Agenda Brume"].open()
    expect(page.locator("#resultats > article")).to_have_count(7)
    expect(page.locator("#nouveaux")).to_be_hidden()
    orders = page.eval_on_selector_all("#resultats > article", "cards => cards.map(card => card.dataset.order)")
    assert orders == sorted(orders)


def test_a_card_scrolled_past_counts_as_read(visit: Visit, late_town: Town, regulator: User) -> None:
    page = visit(by_distance(), as_=regulator, viewport=NARROWEST)
    expect(page.locator("#resultats > article")).to_have_count(4)
    seen = card_ids(page)[2]
    page.locator(f"#{seen}").evaluate("card => window.scrollTo(0, card.offsetTop + 20)")
    before = top_of(page, seen)
    late_town.gates["Agenda Brume"].open()
    expect(page.locator("#nouveaux")).to_contain_text("2 nouveaux résultats")
    finished(page)
    assert top_of(page, seen) == pytest.approx(before, abs=1)


def test_a_late_answer_turns_an_unknown_card_in_place(
    visit: Visit, late_town: Town, regulator: User, settings: Any
) -> None:
    settings.SAS_EDITOR_DEADLINE = 0.3
    page = visit(by_distance(), as_=regulator)
    expect(page.locator("#resultats > article")).to_have_count(7)
    unknown = page.locator("#resultats > article").first
    expect(unknown).to_contain_text("Disponibilités inconnues (Agenda Brume ne répond pas)")
    order = card_ids(page)
    unknown.get_by_role("link", name="03 20 00 00 00").focus()
    late_town.gates["Agenda Brume"].open()
    expect(unknown.locator("a.sas-slot").first).to_be_visible()
    finished(page)
    assert card_ids(page) == order
    expect(unknown.locator(".sas-card__phone")).to_be_focused()


def test_an_editor_that_is_down_is_said_with_the_people_it_concerns(visit: Visit, town: Town, regulator: User) -> None:
    alpha, deluge = town.editor("Agenda Alpha"), town.editor("Agenda Déluge", "down")
    town.doctor(alpha)
    lost = town.doctor(deluge)
    town.open()
    page = finished(visit(search_path(), as_=regulator))
    expect(page.locator("#etat")).to_contain_text("Agenda Déluge ne répond pas : 1 professionnel")
    card = page.locator(f"#carte-{lost.pk}")
    expect(card).to_contain_text("Disponibilités inconnues")
    expect(card.get_by_role("link", name="03 20 00 00 00")).to_be_visible()


def test_filters_count_what_was_found_and_act_when_applied(visit: Visit, town: Town, regulator: User) -> None:
    alpha = town.editor("Agenda Alpha")
    town.doctor(alpha, participates=True)
    town.doctor(alpha)
    town.open()
    page = finished(visit(search_path(), as_=regulator))
    expect(page.locator("#n-participe-1")).to_have_text("1")
    page.get_by_label("participants au SAS").check()
    page.get_by_role("button", name="Appliquer").first.click()
    finished(page)
    expect(page.locator("#resultats > article")).to_have_count(1)
    expect(page.get_by_label("participants au SAS")).to_be_checked()


def test_a_card_whose_slots_go_while_one_has_the_focus_keeps_the_focus(
    visit: Visit, town: Town, regulator: User
) -> None:
    town.doctor(town.editor("Agenda Alpha"))
    town.open()
    page = finished(visit(search_path(), as_=regulator))
    card = page.locator("#resultats > article").first
    card.locator("a.sas-slot").first.focus()
    page.locator("#recherche").evaluate(
        """(zone, id) => zone.dispatchEvent(new CustomEvent("htmx:sseBeforeMessage", {
            detail: { type: "retire", data: id.replace("carte-", "") } }))""",
        card_ids(page)[0],
    )
    expect(card).to_contain_text("Plus de créneau à proposer.")
    expect(card).to_be_focused()


def test_a_stream_that_is_refused_is_not_announced_as_the_end_of_a_search(
    visit: Visit, town: Town, regulator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.doctor(town.editor("Agenda Alpha"))
    town.open()
    monkeypatch.setattr(pages.Painter, "state", lambda *_: 1 / 0)
    page = visit(search_path(), as_=regulator)
    expect(page.locator("#annonce")).to_contain_text("s’est interrompue")
    expect(page.locator("#annonce")).not_to_contain_text("terminée")
