"""Pages of the referent, of operators and of managers that no journey enters: axe finds nothing, wide and narrow."""

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from sas.accounts.models import StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.participation.organisations.services import OrganisationSheet, add_member, create_organisation
from tests.browser.conftest import NARROWEST, WIDE, Visit
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import SETTING_UP, Town
from tests.factories import directory as make
from tests.search.supplying import member

BOTH = pytest.mark.parametrize("viewport", [WIDE, NARROWEST], ids=["wide", "narrowest"])
SHEET = OrganisationSheet(
    name="CSNP de Lille", kind="csnp", dedicated=True, interfaced=False, agreement_signed=True, phone="03 20 00 00 01"
)


def account(role: Role, national_id: str | None = None, territories: tuple[str, ...] = ()) -> User:
    return create_account(
        email=f"{role}@example.org", roles=[role], territories=territories, national_id=national_id, **SETTING_UP
    )[0]


@BOTH
def test_pages_of_a_referent_are_accessible(visit: Visit, town: Town, viewport: Any) -> None:
    territory = make.territory()
    town.doctor(town.editor("Agenda Alpha"))
    doctor = town.doctor()
    town.open()
    centre = create_organisation(territory=territory, sheet=SHEET, **SETTING_UP)
    add_member(organisation=centre, typed=doctor.national_id, starts_on=date(2026, 1, 5), **SETTING_UP)
    user = account(Role.TERRITORIAL_REFERENT, territories=(territory.code,))
    page = visit("/", as_=user, viewport=viewport)
    assert_accessible(page)
    organisations = ("", "nouvelle/", f"{centre.pk}/", f"{centre.pk}/modifier/")
    for path in (f"mobilisation/{territory.code}/", *(f"organisations/{path}" for path in organisations)):
        page.goto(f"/gestion/{path}")
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Page introuvable")
        assert_accessible(page)
    page.goto("/gestion/organisations/nouvelle/")
    page.get_by_role("button", name="Enregistrer").or_(page.get_by_role("button", name="Ajouter")).first.click()
    assert_accessible(page)


@BOTH
def test_editors_by_stage_are_accessible(visit: Visit, town: Town, viewport: Any) -> None:
    town.editor("Agenda Alpha")
    town.open()
    page = visit("/editeurs/", as_=account(Role.NATIONAL_ADMIN), viewport=viewport)
    expect(page.get_by_text("Agenda Alpha").first).to_be_visible()
    assert_accessible(page)


@BOTH
def test_what_a_manager_changes_of_a_member_and_a_doctor_of_hours_is_accessible(
    visit: Visit, town: Town, viewport: Any
) -> None:
    make.territory()
    doctor = town.doctor()
    cpts = make.structure(name="CPTS de Lille", zone=["59350"], department="59")
    member(cpts, doctor)
    manager = account(Role.STRUCTURE_MANAGER)
    StructureAttachment.objects.create(user=manager, structure=cpts, attached_at=SETTING_UP["at"])
    page = visit(f"/structures/{cpts.national_id}/membres/{doctor.national_id}/", as_=manager, viewport=viewport)
    page.get_by_role("link", name="Modifier").first.click()
    assert_accessible(page)
    page = visit(f"/lieux/{doctor.national_id}/", as_=account(Role.EFFECTOR, doctor.national_id), viewport=viewport)
    page.get_by_role("link", name="horaires").first.click()
    assert_accessible(page)
