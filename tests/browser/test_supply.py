"""From a doctor's, or a manager's, decision to a regulator's screen: each journey of the supply side, wide and phone.

Pages are tested beside (test_agenda, test_sharing, test_structures…): here, what one does is what the other sees.
"""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from sas.accounts.models import StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import PracticeLocation, Structure
from tests.browser.conftest import PHONE, WIDE, Visit, finished, search_path
from tests.browser.test_agenda import tab_to
from tests.browser.town import SETTING_UP, Town
from tests.factories import directory as factories
from tests.search.supplying import agenda, member

BOTH = pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
WEEKDAYS = ["Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche"]
ROUBAIX: dict[str, Any] = {
    "latitude": 50.6913,
    "longitude": 3.1741,
    "city": "ROUBAIX",
    "postal_code": "59100",
    "insee": "59512",
}


def account(role: Role, national_id: str | None = None) -> User:
    factories.territory()
    user, _ = create_account(
        email=f"{role}@example.org", roles=[role], given_name="Ève", family_name="Essai", national_id=national_id,
        **SETTING_UP,
    )  # fmt: skip
    return user


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def seen_by(visit: Visit, regulator: User, **parameters: str) -> Page:
    """The results of a regulator's search, complete, on their own screen."""
    return finished(visit(search_path(tous="1", rayon="5", **parameters), as_=regulator))


@BOTH
def test_who_takes_part_and_shares_one_slot_a_day_shows_exactly_that(
    visit: Visit, town: Town, regulator: User, viewport: Any
) -> None:
    place = town.doctor(town.editor("Agenda Alpha"))
    town.open()
    before = seen_by(visit, regulator).locator("#resultats .sas-slot")
    assert before.count() > 3
    page = visit(f"/reglages/{place.national_id}/", as_=account(Role.EFFECTOR, place.national_id), viewport=viewport)
    page.get_by_label("À titre individuel").check(force=True)
    page.get_by_role("button", name="Je participe au SAS").click()
    expect(page.get_by_text("Vous participez")).to_be_visible()
    page.get_by_role("link", name="Choisir ce que je partage").click()
    shown = page.locator(".sas-preview article .sas-slot")
    expect(shown.first).to_be_attached()
    all_of_them = shown.count()
    page.get_by_label("Nombre de créneaux visibles par jour").fill("1")
    page.get_by_label("Nombre de créneaux visibles par jour").press("Tab")
    expect(page.locator(".sas-preview__summary")).to_contain_text("si vous enregistrez")
    left = shown.count()
    assert 0 < left < all_of_them
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Partage enregistré")
    results = seen_by(visit, regulator)
    expect(results.locator("#resultats .sas-slot")).to_have_count(left)
    expect(results.locator("#resultats .sas-badge")).to_contain_text("participe")


@BOTH
def test_a_plage_every_other_week_is_found_at_once_and_a_place_taken_leaves_it(
    visit: Visit, town: Town, regulator: User, viewport: Any
) -> None:
    place = town.doctor()
    town.open()
    doctor = account(Role.EFFECTOR, place.national_id)
    page = visit(f"/agenda/{place.national_id}/nouveau/", as_=doctor, viewport=viewport)
    page.get_by_label("Demain").check()
    page.get_by_label("Autre horaire").check()
    page.get_by_label("De", exact=True).fill("08:00")
    page.get_by_label("À", exact=True).fill("12:00")
    page.get_by_label("Patients dans la plage").fill("6")
    page.locator("summary", has_text="Répéter").click()
    page.get_by_label("Répéter").select_option(label="Une semaine sur 2")
    page.get_by_label(WEEKDAYS[tomorrow().weekday()], exact=True).check()
    page.get_by_role("button", name="Voir le résumé et les dates").click()
    expect(page.locator("#resume")).to_contain_text("une semaine sur deux, de 8 h à 12 h, 6 patients")
    page.get_by_role("button", name="Ouvrir le créneau").first.click()
    expect(page.get_by_text("C’est en ligne")).to_be_visible()
    places = seen_by(visit, regulator).locator("#resultats .sas-slot .sas-slot__places")
    expect(places).to_have_text(["il reste 6 places sur 6"])
    page = visit(f"/agenda/{place.national_id}/jour/{tomorrow()}/", as_=doctor, viewport=viewport)
    page.get_by_role("button", name="Une place prise").click()
    expect(page.get_by_role("link", name="8 h – 12 h")).to_contain_text("5 places sur 6")
    places = seen_by(visit, regulator).locator("#resultats .sas-slot .sas-slot__places")
    expect(places).to_have_text(["il reste 5 places sur 6"])


@pytest.fixture
def cpts(town: Town) -> tuple[Structure, PracticeLocation, PracticeLocation]:
    """A CPTS of Lille with two members: the first has no software that is interfaced; somebody alone in Roubaix."""
    cpts = factories.structure(name="CPTS de Lille", zone=["59350"], regulation_phone="+33320445566", department="59")
    first, second = town.doctor(km=0.5), town.doctor(town.editor("Agenda Alpha"), km=1)
    town.doctor(family_name="SEULE", **ROUBAIX)
    town.open()
    member(cpts, first, second)
    return cpts, first, second


@BOTH
def test_a_manager_opens_the_agenda_of_a_member_without_software_and_no_other(
    visit: Visit,
    cpts: tuple[Structure, PracticeLocation, PracticeLocation],
    regulator: User,
    viewport: Any,
) -> None:
    structure, first, second = cpts
    manager = account(Role.STRUCTURE_MANAGER)
    StructureAttachment.objects.create(user=manager, structure=structure, attached_at=SETTING_UP["at"])
    page = visit(f"/structures/{structure.national_id}/membres/", as_=manager, viewport=viewport)
    page.get_by_role("link", name=first.family_name).click()
    page.get_by_role("link", name="Saisir son agenda").click()
    page.get_by_role("link", name="Ouvrir un créneau").click()
    page.get_by_label("Demain").check()
    page.get_by_label("10 h – 12 h").check()
    page.get_by_role("button", name="Ouvrir le créneau").first.click()
    expect(page.get_by_text("C’est en ligne")).to_be_visible()
    page.goto(f"/structures/{structure.national_id}/membres/{second.national_id}/")
    expect(page.get_by_text("agenda non modifiable ici")).to_be_visible()
    expect(page.get_by_role("link", name="Saisir son agenda")).to_have_count(0)
    page.goto(f"/agenda/{second.national_id}/nouveau/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Page introuvable")
    card = seen_by(visit, regulator).locator("#resultats > article", has_text="CPTS de Lille")
    expect(card.locator(".sas-slot", has_text="10 h 00").first).to_be_attached()


@BOTH
def test_a_cpts_stands_for_its_members_in_its_zone_and_nowhere_else(
    visit: Visit,
    cpts: tuple[Structure, PracticeLocation, PracticeLocation],
    regulator: User,
    viewport: Any,
) -> None:
    structure, first, second = cpts
    agenda(first, 14, day=tomorrow())
    page = finished(visit(search_path(tous="1"), as_=regulator, viewport=viewport))
    card = page.locator("#resultats > article").filter(has=page.get_by_role("heading", name=structure.name))
    expect(card).to_have_count(1)
    expect(page.locator("#resultats > article", has_text=first.family_name)).to_have_count(1)
    inside = card.locator(".sas-member")
    expect(inside.first).to_be_hidden()
    card.get_by_text("Voir les professionnels").click()
    expect(inside).to_have_count(2)
    for somebody in (first, second):
        expect(inside.filter(has_text=somebody.family_name)).to_be_visible()
    page.goto(search_path(tous="1", loc="Roubaix 59100", rayon="20"))
    finished(page)
    expect(page.locator("#resultats > article", has_text="SEULE").first).to_be_attached()
    expect(page.locator("#resultats > article", has_text=first.family_name).first).to_be_attached()
    expect(page.get_by_role("heading", name=structure.name)).to_have_count(0)


@BOTH
def test_away_from_now_on_hides_everything_and_back_shows_it_again_by_keyboard_alone(
    visit: Visit, town: Town, regulator: User, viewport: Any
) -> None:
    place = town.doctor(town.editor("Agenda Alpha"))
    town.open()
    agenda(place, 14, day=tomorrow())
    # Those of tomorrow: one of today may begin, and leave, while the journey is travelled.
    shown = f'#resultats .sas-slot time[datetime^="{tomorrow():%Y-%m-%d}"]'
    before = seen_by(visit, regulator).locator(shown).count()
    assert before > 1
    doctor = account(Role.EFFECTOR, place.national_id)
    page = visit(f"/indisponibilites/{place.national_id}/", as_=doctor, viewport=viewport)
    tab_to(page, page.get_by_label("À une date"))
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_label("Dès maintenant")).to_be_checked()
    tab_to(page, page.get_by_role("button", name="Déclarer l’indisponibilité"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("jusqu’à nouvel ordre")).to_be_visible()
    expect(seen_by(visit, regulator).locator("#resultats .sas-slot")).to_have_count(0)
    page = visit(f"/indisponibilites/{place.national_id}/", as_=doctor, viewport=viewport)
    tab_to(page, page.get_by_role("button", name="Je suis de retour"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Aucune.")).to_be_visible()
    expect(seen_by(visit, regulator).locator(shown)).to_have_count(before)
