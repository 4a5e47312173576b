"""Territories, the signed-out home and the homes of roles in a real browser: accessible, narrow, without scripts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from sas.accounts.models import AccountRequest, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.filieres import add_filiere, proposal
from sas.directory.models import Territory
from sas.directory.territories import Contacts, change_contacts
from tests.browser.conftest import NARROWEST, PHONE, WIDE, Visit, session_cookie
from tests.browser.test_accessibility import assert_accessible
from tests.factories import directory as make

BY: dict[str, Any] = {"by": "test", "at": datetime(2026, 1, 5, tzinfo=UTC)}
NATIONAL_ID = "810000000777"


@pytest.fixture
def north(transactional_db: None) -> Territory:
    territory = make.territory(pdsa_bridge_days=True)
    make.territory(code="SAS-62", label="SAS du Pas-de-Calais", state=None)
    contacts = Contacts(support_email="sas59@example.org", ars_name="ARS Hauts-de-France", cpam_phone="0320000000")
    change_contacts(territory=territory, contacts=contacts, version=1, **BY)
    dental = proposal("dentaire")
    assert dental is not None
    add_filiere(territory=territory, sheet=dental, starts_on=date(2026, 1, 5), **BY)
    return territory


def person(*roles: Role, territories: tuple[str, ...] = ("SAS-59",), **given: Any) -> User:
    name: dict[str, Any] = {"given_name": "Côme", "family_name": "Comptoir"}
    return create_account(email="x@example.org", roles=roles, territories=territories, **BY, **name, **given)[0]


@pytest.mark.parametrize("viewport", [WIDE, NARROWEST], ids=["wide", "narrowest"])
def test_the_territory_chooser_and_the_request_work_without_scripts(
    visit: Visit, north: Territory, viewport: Any
) -> None:
    page = visit("/", viewport=viewport, scripts=False)
    page.get_by_label("Votre territoire").fill("lille")
    page.get_by_role("button", name="Qui crée mon compte ?").click()
    expect(page.get_by_text("sas59@example.org")).to_be_visible()
    page.get_by_role("link", name="Demander un compte").click()
    expect(page.get_by_label("Territoire")).to_have_value("SAS-59")
    page.get_by_label("Nom", exact=True).fill("Essai")
    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.get_by_role("alert")).to_contain_text("Choisissez un rôle.")
    expect(page.get_by_label("Nom", exact=True)).to_have_value("Essai")
    page.get_by_label("Ce que vous ferez").select_option("regulator")
    page.get_by_label("Prénom").fill("Ana")
    page.get_by_label("Adresse électronique professionnelle").fill("ana@example.org")
    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Demande reçue")
    assert AccountRequest.objects.get().territory == north


@pytest.mark.parametrize("viewport", [WIDE, PHONE, NARROWEST], ids=["wide", "phone", "narrowest"])
def test_pages_for_everybody_are_accessible(visit: Visit, north: Territory, viewport: Any) -> None:
    page = visit("/?territoire=59", viewport=viewport)
    assert_accessible(page)
    page.goto("/demander-un-compte/?territoire=SAS-59")
    assert_accessible(page)
    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("viewport", [WIDE, NARROWEST], ids=["wide", "narrowest"])
def test_pages_on_territories_are_accessible(visit: Visit, north: Territory, viewport: Any) -> None:
    page = visit("/", as_=person(Role.NATIONAL_ADMIN, territories=()), viewport=viewport)
    assert_accessible(page)
    where = "/gestion/territoires/"
    own = ("", "modifier/", "contacts/", "etat/", "calendrier/", "filieres/", "filieres/ajouter/?modele=idel")
    for path in (where, f"{where}nouveau/", *(f"{where}SAS-59/{one}" for one in own)):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert_accessible(page)


@pytest.mark.parametrize("viewport", [WIDE, NARROWEST], ids=["wide", "narrowest"])
def test_homes_of_roles_are_accessible(visit: Visit, north: Territory, viewport: Any) -> None:
    doctor = make.practitioner(national_id=NATIONAL_ID)
    make.place(doctor)
    make.place(doctor, insee="62041", department="62", name="CABINET DES LYS")
    roles = [role for role in Role if role != Role.NATIONAL_ADMIN]
    page = visit("/", as_=person(*roles, national_id=NATIONAL_ID), viewport=viewport)
    expect(page.get_by_role("heading", name="Vos lieux d’exercice")).to_be_visible()
    assert_accessible(page)


def test_a_state_is_announced_by_keyboard(visit: Visit, north: Territory) -> None:
    page = visit("/gestion/territoires/SAS-59/etat/", as_=person(Role.NATIONAL_ADMIN, territories=()))
    later = timezone.localdate() + timedelta(days=30)
    page.get_by_label("Nouvel état").select_option("suspended")
    page.get_by_label("À partir du").fill(later.isoformat())
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("État enregistré")
    page.get_by_role("button", name="Retirer l’état annoncé").click()
    expect(page.get_by_role("status")).to_contain_text("État retiré")


def test_the_menu_of_a_phone_opens_and_gives_the_focus_back(visit: Visit, north: Territory) -> None:
    page = visit("/", as_=person(Role.ACCOUNT_MANAGER), viewport=PHONE)
    link = page.get_by_role("link", name="Territoires", exact=True)
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(link).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(page.get_by_role("button", name="Menu")).to_be_focused()
    page.get_by_role("button", name="Menu").click()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Territoires")


def test_without_scripts_the_menu_of_a_phone_lies_open(visit: Visit, north: Territory) -> None:
    account = person(Role.ACCOUNT_MANAGER)
    page = visit("/", viewport=PHONE, scripts=False)

    page.context.add_cookies([session_cookie(account, page.url.rstrip("/"))])
    page.reload()
    page.get_by_role("link", name="Territoires", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Territoires")
