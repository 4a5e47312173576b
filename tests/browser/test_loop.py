"""The whole loop with an editor: a slot chosen here, booked there, told back (INT_R03), moved, cancelled, seen here."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from editor_kit.sandbox.running import sandbox_thread
from editor_kit.sandbox.state import Sandbox
from sas.accounts.models import User
from sas.aggregator.services import link_people, register_editor
from sas.fhir.practitioners import AccountIdentifier, RegulatorAccount
from sas.fhir.systems import SAS
from sas.orientation.models import EditorAppointment, Orientation
from tests.browser.conftest import NARROWEST, WIDE, Visit, finished, search_path
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import SETTING_UP, Town
from tests.factories.sandbox import person_at

ALPHA, SYSTEM = "Agenda Alpha", "urn:oid:1.2.250.1.999.2.1"

StartAlpha = Callable[[], Sandbox]


@pytest.fixture
def start_alpha(town: Town, regulator: User, live_server: Any) -> Iterator[StartAlpha]:
    """An editor of one doctor, which tells the live server of its appointments and knows the regulator's account."""
    with ExitStack() as stack:

        def start() -> Sandbox:
            person = person_at(town.doctor(), plan="complete")
            unknown = "http://127.0.0.1:9/fhir"
            _, token = register_editor(name=ALPHA, base_url=unknown, system=SYSTEM, stage="booking", **SETTING_UP)
            assert token
            sandbox = stack.enter_context(
                sandbox_thread(
                    people=[person], accounts="required", notify=f"{live_server.url}/fhir", token=token, system=SYSTEM
                )
            )
            editor, _ = register_editor(name=ALPHA, base_url=sandbox.base_url, **SETTING_UP)
            link_people(editor=editor, ids=[person.national_id], **SETTING_UP)
            technical = AccountIdentifier(SAS, str(regulator.technical_id))
            told = RegulatorAccount(technical, True, "Essai", "Amandine", regulator.email or "")
            sandbox.accounts.create(told, email_is_unique=True)
            return sandbox

        yield start


def test_a_slot_is_booked_moved_and_cancelled_at_the_editor_and_the_regulator_sees_it(
    visit: Visit, regulator: User, start_alpha: StartAlpha
) -> None:
    sandbox = start_alpha()
    page = finished(visit(search_path(), as_=regulator))
    page.locator("a.sas-slot").first.click()
    side = page.get_by_role("complementary", name="Adresser un patient")
    with page.expect_popup() as opened:
        side.get_by_role("button", name=f"Réserver chez {ALPHA}").click()
    editor = opened.value
    editor.get_by_label("Adresse de courriel du compte").fill(regulator.email or "")
    editor.keyboard.press("Enter")
    editor.get_by_role("button", name="Réserver ce créneau").click()
    expect(editor.get_by_text("Transmis à la plateforme.")).to_be_visible()
    accessible_at_every_width(editor)
    expect(side.get_by_text("confirmée", exact=True)).to_be_visible()
    made = Orientation.objects.get()
    (reservation,) = sandbox.reservations
    who = made.practitioner.national_id if made.practitioner else ""
    assert (made.state, made.regulator, who) == ("booked", regulator, reservation.person.national_id)
    first = made.starts_at

    editor.get_by_role("button", name="Déplacer").click()
    expect(editor.get_by_text("Transmis à la plateforme.")).to_be_visible()
    made.refresh_from_db()
    assert made.starts_at == reservation.slot.start != first
    platform = visit(f"/sas/orientations/{made.uuid}/")
    expect(platform.locator("main")).to_contain_text(hour_of(reservation.slot.start))

    editor.goto(f"{sandbox.site}/praticien/{reservation.person.key}")
    accessible_at_every_width(editor)
    editor.locator("main li a").first.click()
    accessible_at_every_width(editor)
    editor.get_by_role("button", name="Annuler le rendez-vous").click()
    expect(editor.get_by_role("heading", level=1)).to_have_text("Rendez-vous annulé")
    expect(editor.get_by_text("Transmis à la plateforme.")).to_be_visible()
    platform.reload()
    expect(platform.get_by_text("annulée", exact=True).first).to_be_visible()
    made.refresh_from_db()
    assert (made.state, made.reason) == ("cancelled", "editor")
    assert EditorAppointment.objects.get().version == 3


def accessible_at_every_width(page: Page) -> None:
    for size in (NARROWEST, WIDE):
        page.set_viewport_size(size)
        assert_accessible(page)


def hour_of(start: Any) -> re.Pattern[str]:
    return re.compile(rf"{start.hour}\s?h\s?{start.minute:02d}")
