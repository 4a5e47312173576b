"""Structures, members, places and the import of an agenda in a real browser: accessible, narrow, without scripts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from sas.accounts.models import StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import PracticeLocation, Structure
from sas.participation.services import declare_participation
from tests.browser.conftest import NARROWEST, PHONE, WIDE, Visit, session_cookie
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import SETTING_UP, Town
from tests.factories import directory as make

VIEWPORTS = pytest.mark.parametrize("viewport", [WIDE, PHONE, NARROWEST], ids=["wide", "phone", "narrowest"])


@pytest.fixture
def manager(transactional_db: None) -> User:
    make.territory(ars_name="ARS Hauts-de-France", ars_email="ror@example.org")
    return person(Role.STRUCTURE_MANAGER)


def person(role: Role, **given: Any) -> User:
    name: dict[str, Any] = {"given_name": "Ana", "family_name": "GÈRE"}
    return create_account(email=f"{role}@example.org", roles=[role], **SETTING_UP, **name, **given)[0]


def managed(manager: User, **given: Any) -> Structure:
    one = make.structure(**({"insee": "59350", "department": "59", "city": "Lille", "postal_code": "59000"} | given))
    StructureAttachment.objects.create(user=manager, structure=one, attached_at=SETTING_UP["at"])
    return one


@pytest.fixture
def cpts(manager: User) -> Structure:
    return managed(manager, name="CPTS de Lille", zone=["59350", "59009", "59368"], regulation_phone="+33320445566")


def member(cpts: Structure, place: PracticeLocation) -> PracticeLocation:
    declare_participation(practitioner=place.practitioner, via="cpts", structure=cpts, **SETTING_UP)
    return place


@VIEWPORTS
def test_pages_on_structures_are_accessible(visit: Visit, manager: User, cpts: Structure, viewport: Any) -> None:
    association = managed(manager, kind="sos", name="SOS Médecins Lille")
    hours = [{"day": day, "from": "09:00", "to": "20:00"} for day in range(6)]
    make.structure(kind="sos_place", name="Point fixe Vauban", parent=association, opening_hours=hours)
    doctor = make.place()
    declare_participation(practitioner=doctor.practitioner, via="sos", structure=association, **SETTING_UP)
    page = visit("/", as_=manager, viewport=viewport)
    expect(page.get_by_role("heading", name="Ce que le ROR ne dit pas encore")).to_be_visible()
    assert_accessible(page)
    page.goto("/structures/")
    assert_accessible(page)
    for one in (cpts, association):
        for act in ("", "modifier/", "horaires/"):
            page.goto(f"/structures/{one.national_id}/{act}")
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            assert_accessible(page)
    page.goto(f"/structures/{cpts.national_id}/")
    expect(page.locator(".sas-map__canvas .sas-zone")).to_have_count(3)
    page.goto(f"/structures/{association.national_id}/")
    page.get_by_label("Ajouter un médecin").fill("12")
    page.get_by_role("button", name="Ajouter").click()
    expect(page.get_by_role("alert")).to_contain_text("onze chiffres")
    expect(page.get_by_label("Ajouter un médecin")).to_have_value("12")
    assert_accessible(page)


@VIEWPORTS
def test_a_member_s_three_days_come_by_themselves(
    visit: Visit, manager: User, cpts: Structure, town: Town, viewport: Any
) -> None:
    doctor = member(cpts, town.doctor(town.editor("Agenda Alpha")))
    member(cpts, town.doctor())
    town.open()
    page = visit(f"/structures/{cpts.national_id}/membres/", as_=manager, viewport=viewport)
    assert_accessible(page)
    page.get_by_role("link", name=doctor.family_name).click()
    expect(page.locator(".sas-grid__days").first).to_be_visible()
    expect(page.get_by_text("agenda non modifiable")).to_be_visible()
    assert_accessible(page)


def test_without_scripts_the_three_days_are_one_link_away(
    visit: Visit, manager: User, cpts: Structure, town: Town
) -> None:
    doctor = member(cpts, town.doctor(town.editor("Agenda Alpha")))
    town.open()
    page = visit("/", scripts=False)
    page.context.add_cookies([session_cookie(manager, page.url.rstrip("/"))])
    page.goto(f"/structures/{cpts.national_id}/membres/{doctor.national_id}/")
    page.get_by_role("link", name="Voir ses créneaux").click()
    expect(page.locator(".sas-grid__days").first).to_be_visible()


@VIEWPORTS
def test_places_say_how_many_characters_are_left_and_keep_what_was_typed(visit: Visit, viewport: Any) -> None:
    make.territory()
    place = make.place()
    make.place(place.practitioner, name="CABINET DES ROSES", line="2 RUE DES ROSES")
    page = visit(
        f"/lieux/{place.national_id}/", as_=person(Role.EFFECTOR, national_id=place.national_id), viewport=viewport
    )
    assert_accessible(page)
    page.get_by_role("link", name="Modifier le téléphone et l’information de CABINET DES LILAS").click()
    field = page.get_by_label("Information complémentaire")
    field.fill("é" * 1001)
    expect(page.get_by_text("1 caractère de trop")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("1 de trop")
    expect(field).to_have_value("é" * 1001)
    assert_accessible(page)
    field.fill("Ascenseur à gauche")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Enregistré")
    expect(page.get_by_text("Ascenseur à gauche")).to_be_visible()


@VIEWPORTS
def test_an_agenda_is_imported_by_hand_and_read_before(visit: Visit, viewport: Any) -> None:
    place = make.place()
    page = visit(
        f"/agenda/{place.national_id}/icalendar/",
        as_=person(Role.EFFECTOR, national_id=place.national_id),
        viewport=viewport,
    )
    assert_accessible(page)
    page.get_by_role("button", name="Voir ce qui serait ouvert").click()
    expect(page.get_by_role("alert")).to_contain_text("Choisissez un fichier")
    assert_accessible(page)
    day = f"{datetime.now(UTC).date() + timedelta(days=3):%Y%m%d}"
    events = [f"DTSTART:{day}T090000\nDTEND:{day}T110000", "DTSTART:demain"]
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    content = f"BEGIN:VCALENDAR\n{body}END:VCALENDAR\n".encode()
    page.get_by_label("Fichier iCalendar").set_input_files(
        {"name": "agenda.ics", "mimeType": "text/calendar", "buffer": content}
    )
    page.get_by_label("mes disponibilités").check(force=True)
    page.get_by_role("button", name="Voir ce qui serait ouvert").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui serait ouvert")
    expect(page.get_by_text("8 créneaux de 15 minutes")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Ouvrir dans l’agenda").press("Enter")
    expect(page.get_by_text("1 moment ouvert dans l’agenda")).to_be_visible()
