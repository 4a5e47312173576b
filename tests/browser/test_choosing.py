"""Choosing a slot of an editor beside the results: its panel, its page with our origin, the state that waits for it."""

import re
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, expect

from sas.accounts.models import User
from sas.orientation.models import Orientation
from sas.participation.models import Solicitation
from sas.participation.services import declare_participation
from tests.browser.conftest import NARROWEST, WIDE, Visit, finished, search_path
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import SETTING_UP, Town
from tests.factories import directory as factories

SIDE = ("complementary", "Adresser un patient")


def side_of(page: Page) -> Any:
    role, name = SIDE
    return page.get_by_role(role, name=name)  # type: ignore[arg-type]


def test_from_a_card_to_the_page_of_the_editor_and_the_state_that_waits_for_it(
    visit: Visit, town: Town, regulator: User
) -> None:
    factories.territory(call_before_booking="always")
    alpha = town.editor("Agenda Alpha")
    doctor, other = town.doctor(alpha, family_name="LENOIR"), town.doctor(alpha)
    town.open()
    page = finished(visit(search_path(), as_=regulator))
    slot = page.locator(f"#carte-{doctor.pk} a.sas-slot").first
    before = page.locator(f"#carte-{other.pk}").bounding_box()
    slot.click()
    side = side_of(page)
    book = side.get_by_role("button", name="Réserver chez Agenda Alpha")
    expect(book).to_be_focused()
    expect(side.get_by_role("heading")).to_contain_text("LENOIR")
    expect(side.get_by_role("link", name="03 20 00 00 00")).to_be_visible()
    assert page.locator(f"#carte-{other.pk}").bounding_box() == before, "nothing moves under the hand"
    assert_accessible(page)
    assert not Orientation.objects.exists(), "a panel that is read records nothing"

    page.keyboard.press("a")
    expect(side.get_by_text("Appel noté.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(side).to_be_hidden()
    expect(slot).to_be_focused()
    page.keyboard.press("2")
    expect(book).to_be_focused()
    page.set_viewport_size(NARROWEST)
    assert_accessible(page)
    page.set_viewport_size(WIDE)
    with page.expect_popup() as opened:
        page.keyboard.press("Enter")
    opened.value.wait_for_url(re.compile(f"^{re.escape(town.sandboxes[alpha].site)}.*origin=sas"))
    expect(side.get_by_text("en attente", exact=False).first).to_be_visible()
    made = Orientation.objects.get()
    assert (made.state, made.path, made.practitioner_id) == ("pending", "editor", doctor.practitioner_id)

    town.sandboxes[alpha].set_behaviour("empty")
    page.locator(f"#carte-{other.pk} a.sas-slot").first.click()
    expect(side.get_by_role("heading", name="Ce créneau n’est plus libre")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(f"#carte-{other.pk} a.sas-slot").first).to_be_focused()


def test_without_javascript_a_slot_is_a_page_whose_button_opens_that_of_the_editor(
    visit: Visit, town: Town, regulator: User
) -> None:
    alpha = town.editor("Agenda Alpha")
    town.doctor(alpha)
    town.open()
    page = visit(search_path(complet="1"), as_=regulator, scripts=False)
    page.locator("a.sas-slot").first.click()
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Réserver chez Agenda Alpha").click()
    opened.value.wait_for_url(re.compile(f"^{re.escape(town.sandboxes[alpha].site)}"))
    page.get_by_role("link", name="voir où en est l’orientation").click()
    expect(page.get_by_text("en attente", exact=False).first).to_be_visible()


def test_the_list_en_sus_is_called_by_its_numbers_and_shared(visit: Visit, town: Town, regulator: User) -> None:
    near, far = town.doctor(km=0.3), town.doctor(km=3)
    for doctor in (near, far):
        declare_participation(practitioner=doctor.practitioner, via="individual", **SETTING_UP)
    town.open()
    Solicitation.objects.create(
        practitioner=near.practitioner, outcome="refused_today", made_by=regulator, made_at=datetime.now(UTC)
    )
    page = visit(search_path(vue="en-sus"), as_=regulator)
    calls = page.locator("ol.sas-calls > li")
    expect(calls).to_have_count(2)
    assert calls.nth(0).get_attribute("id") == f"appel-{far.pk}", "who said no today comes last"
    expect(calls.nth(1)).to_contain_text("Ne peut pas")
    page.keyboard.press("1")
    side = side_of(page)
    expect(side.get_by_role("heading").first).to_contain_text(far.family_name)
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(calls.nth(0).get_by_role("link", name="Appeler, noter la réponse")).to_be_focused()
    page.set_viewport_size(NARROWEST)
    assert_accessible(page)
