"""A patient is sent: by keyboard in a few presses, one place between two regulators, en sus through a CPTS, and without
scripts."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.agenda.models import Hold, Use
from sas.orientation.models import Orientation
from sas.participation.models import Solicitation
from tests.browser.conftest import NARROWEST, WIDE, Visit, card_ids, finished, search_path
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import SETTING_UP, Town
from tests.factories import directory as factories
from tests.search.supplying import agenda, member

MOST_PRESSES = 12


@pytest.fixture
def colleague(transactional_db: None) -> User:
    user, _ = create_account(email="collegue@example.org", roles=[Role.REGULATOR], **SETTING_UP)
    return user


@pytest.fixture
def offered(town: Town) -> Town:
    """A doctor of the SAS agenda, with a plage of two tomorrow; two members of a CPTS, who offer nothing."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    agenda(town.doctor(km=0.5, participates=True), 14, day=tomorrow, capacity=2)
    cpts = factories.structure(name="CPTS Lille Sud", zone=["59350"], regulation_phone="+33320999999")
    member(cpts, town.doctor(km=1), town.doctor(km=1.2))
    town.open()
    return town


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def test_by_keyboard_from_the_search_to_the_orientation_then_undone(
    visit: Visit, offered: Town, regulator: User
) -> None:
    page = visit("/sas/recherche", as_=regulator)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("Quoi ?").fill("médecine générale")
    where = page.get_by_label("Où ?")
    where.fill("Lille 59000")
    keys = Keys(page)
    keys.press("Enter")
    finished(page)
    card = page.locator("#resultats > article", has=page.locator("a.sas-slot")).first
    keys.press(*["j"] * (1 + card_ids(page).index(str(card.get_attribute("id")))), "1")
    panel = page.get_by_role("complementary", name="Adresser un patient")
    expect(panel.locator("[data-held]")).to_be_visible()  # a place is kept, and nothing was pressed for it
    assert Hold.objects.get().holder == regulator
    expect(panel.locator(".sas-number")).to_have_text("03 20 00 00 00")
    expect(panel.get_by_role("button", name="J’ai eu le cabinet : confirmer")).to_be_focused()
    assert_accessible(page)
    keys.press("Enter")
    expect(panel.get_by_text("confirmée", exact=True)).to_be_visible()
    assert keys.pressed <= MOST_PRESSES
    assert (Orientation.objects.get().regulator, Hold.objects.count()) == (regulator, 0)
    keys.press("c")
    expect(panel.get_by_text("Copié.")).to_be_visible()
    assert "Téléphone : 03 20 00 00 00." in page.evaluate("navigator.clipboard.readText()")
    assert_accessible(page)
    keys.press("u")
    expect(panel.locator("#acte-etat")).to_contain_text("erreur de saisie")
    assert Use.objects.get().taken == 0
    keys.press("Escape")
    expect(panel).to_be_hidden()
    expect(card.locator("a.sas-slot").first).to_be_focused()


def test_closing_the_panel_gives_the_place_up_and_no_longer_free_leaves_the_page(
    visit: Visit, offered: Town, regulator: User
) -> None:
    page = finished(visit(search_path(rayon="5"), as_=regulator))
    panel = page.get_by_role("complementary", name="Adresser un patient")
    slot = page.locator("a.sas-slot").first
    slot.click()
    expect(panel.locator("[data-held]")).to_be_visible()
    with page.expect_response(lambda answer: answer.url.partition("?")[0].endswith("/fermer/")):
        page.keyboard.press("Escape")
    expect(slot).to_be_focused()
    assert not Hold.objects.exists()
    slot.click()
    expect(panel.locator("[data-held]")).to_be_visible()
    page.keyboard.press("p")
    expect(panel.get_by_role("heading", name="Créneau retiré")).to_be_visible()
    assert_accessible(page)
    assert Use.objects.get().taken == 2
    page.reload()
    expect(finished(page).locator("a.sas-slot")).to_have_count(0)


def test_the_last_place_of_a_plage_goes_to_one_of_two_regulators_even_without_scripts(
    visit: Visit, offered: Town, regulator: User, colleague: User
) -> None:
    page = finished(visit(search_path(rayon="5"), as_=regulator))
    panel = page.get_by_role("complementary", name="Adresser un patient")
    page.locator("a.sas-slot").first.click()
    expect(panel.locator("[data-held]")).to_be_visible()
    theirs = visit(search_path(rayon="5", complet="1"), as_=colleague, scripts=False, viewport=NARROWEST)
    theirs.locator("a.sas-slot").first.click()
    theirs.get_by_role("button", name="Garder une place 90 s").click()  # the other one of the two
    expect(theirs.get_by_text("Une place vous est gardée")).to_be_visible()
    theirs.get_by_role("button", name="J’ai eu le cabinet : confirmer").click()
    expect(theirs.get_by_text("confirmée", exact=True)).to_be_visible()
    expect(theirs.get_by_text("Téléphone : 03 20 00 00 00.")).to_be_visible()
    theirs.get_by_role("link", name="Revenir aux résultats").click()
    theirs.locator("a.sas-slot").first.click()
    theirs.get_by_role("button", name="J’ai eu le cabinet : confirmer").click()  # the last one: held by the first
    expect(theirs.get_by_role("alert")).to_contain_text("Un collègue est en train d’y adresser un patient")
    page.keyboard.press("Enter")
    expect(panel.get_by_text("confirmée", exact=True)).to_be_visible()
    assert (Use.objects.get().taken, Orientation.objects.count()) == (2, 2)


def test_en_sus_through_a_cpts_called_by_key_then_accepted_and_its_doctor_named(
    visit: Visit, offered: Town, regulator: User
) -> None:
    page = visit(search_path(rayon="5", vue="en-sus"), as_=regulator)
    page.keyboard.press("1")
    panel = page.get_by_role("complementary", name="Adresser un patient")
    expect(panel.get_by_role("heading", name="CPTS Lille Sud")).to_be_focused()
    expect(panel.locator(".sas-number")).to_have_text("03 20 99 99 99")
    page.keyboard.press("s")
    expect(panel.get_by_text("Noté : pas de réponse.")).to_be_visible()
    assert Solicitation.objects.get().outcome == "no_answer"
    assert_accessible(page)
    page.keyboard.press("u")
    expect(panel.get_by_text("Noté : pas de réponse.")).to_have_count(0)
    page.set_viewport_size(NARROWEST)
    assert_accessible(page)
    page.set_viewport_size(WIDE)
    panel.get_by_label("Quand").select_option(index=1)
    page.keyboard.press("Escape")  # closes: what was not sent is not recorded
    expect(panel).to_be_hidden()
    assert not Orientation.objects.exists()
    page.keyboard.press("1")
    expect(panel.get_by_role("heading", name="CPTS Lille Sud")).to_be_focused()
    page.keyboard.press("a")
    expect(panel.get_by_text("confirmée", exact=True)).to_be_visible()
    row = Orientation.objects.get()
    assert (row.path, row.category, row.showed_slot, row.practitioner) == ("overbooking", "CPTS", False, None)
    panel.get_by_role("button", name="Nommer le médecin").click()
    expect(panel.get_by_role("heading").first).to_contain_text("(CPTS Lille Sud)")
    page.set_viewport_size(NARROWEST)
    assert_accessible(page)
