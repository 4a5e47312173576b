"""Settings of participation in a real browser: accessible, narrow, by keyboard, without scripts."""

from typing import Any

import pytest
from playwright.sync_api import expect

from sas.accounts.models import StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import Practitioner
from sas.participation.declared_structures import Described, declare_unknown_structure
from sas.participation.models import Participation, Visibility
from sas.participation.services import declare_participation
from tests.browser.conftest import NARROWEST, PHONE, WIDE, Visit
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import SETTING_UP, Town
from tests.factories import directory as make

ALL = pytest.mark.parametrize("viewport", [WIDE, PHONE, NARROWEST], ids=["wide", "phone", "narrowest"])


@pytest.fixture
def doctor(town: Town) -> Practitioner:
    """A doctor of Lille with two places, an editor, and a CPTS around."""
    make.territory()
    make.structure(name="CPTS du Ferrain", zone=["59350"], postal_code="59000", city="Lille", department="59")
    alpha = town.editor("Agenda Alpha")
    place = town.doctor(alpha)
    make.place(place.practitioner, name="MAISON MÉDICALE DU PARC", line="2 RUE DU PARC")
    town.open()
    return place.practitioner


def account(role: Role, national_id: str | None = None, territories: tuple[str, ...] = ()) -> User:
    user, _ = create_account(
        email=f"{role}@example.org", roles=[role], territories=territories, given_name="Ève", family_name="Essai",
        **SETTING_UP,
    )  # fmt: skip
    User.objects.filter(pk=user.pk).update(national_id=national_id)
    user.refresh_from_db()
    return user


@ALL
def test_settings_and_their_history_are_accessible(visit: Visit, doctor: Practitioner, viewport: Any) -> None:
    user = account(Role.EFFECTOR, doctor.national_id)
    page = visit(f"/reglages/{doctor.national_id}/", as_=user, viewport=viewport)
    expect(page.get_by_role("heading", name="Ce que la régulation voit de vous")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Je participe au SAS").click()
    expect(page.get_by_role("alert")).to_contain_text("Choisissez comment vous participez")
    assert_accessible(page)
    page.get_by_label("Via ma CPTS").check(force=True)
    page.get_by_label("Ma structure n’est pas dans la liste").check(force=True)  # nothing lies over it
    expect(page.get_by_label("Nom de la structure")).to_be_visible()
    assert_accessible(page)
    declare_participation(practitioner=doctor, via="individual", **SETTING_UP)
    for path in (f"/reglages/{doctor.national_id}/", f"/reglages/{doctor.national_id}/historique/", "/"):
        page.goto(path)
        assert_accessible(page)


@pytest.mark.parametrize("viewport", [WIDE, NARROWEST], ids=["wide", "narrowest"])
def test_pages_of_managers_are_accessible(visit: Visit, doctor: Practitioner, viewport: Any) -> None:
    described = Described("cpts", "CPTS perdue", "Lille", "03 20 00 00 00")
    period = declare_unknown_structure(practitioner=doctor, described=described, **SETTING_UP)
    user = account(Role.ACCOUNT_MANAGER, territories=("SAS-59",))
    page = visit("/gestion/structures-declarees/", as_=user, viewport=viewport)
    assert_accessible(page)
    page.goto(f"/gestion/structures-declarees/{period.declared_id}/?texte=ferrain")
    expect(page.get_by_role("button", name="C’est elle : CPTS du Ferrain")).to_be_visible()
    assert_accessible(page)
    manager = account(Role.STRUCTURE_MANAGER)
    for kind in ("cds", "cpts"):
        one = make.structure(kind=kind, department="59", insee="59350")
        StructureAttachment.objects.create(user=manager, structure=one, attached_at=SETTING_UP["at"])
        page = visit(f"/reglages/{one.national_id}/", as_=manager, viewport=viewport)
        assert_accessible(page)


def test_a_doctor_takes_part_through_a_cpts_with_the_keyboard_alone(visit: Visit, doctor: Practitioner) -> None:
    page = visit(f"/reglages/{doctor.national_id}/", as_=account(Role.EFFECTOR, doctor.national_id), viewport=PHONE)
    page.get_by_label("À titre individuel").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("CPTS du Ferrain")).not_to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Via ma CPTS")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("CPTS du Ferrain")).to_be_checked()
    page.get_by_label("MAISON MÉDICALE DU PARC").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Je participe au SAS").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Vous participez")).to_be_visible()
    kept = Participation.objects.get()
    assert (kept.via, len(kept.place_keys)) == ("cpts", 1)


def test_settings_work_without_scripts(visit: Visit, doctor: Practitioner) -> None:
    user = account(Role.EFFECTOR, doctor.national_id)
    page = visit(f"/reglages/{doctor.national_id}/", as_=user, scripts=False, viewport=PHONE)
    page.get_by_label("Je refuse d’afficher mes créneaux grand public et/ou professionnels").check(force=True)
    page.get_by_role("region", name="Ce que la régulation voit de vos créneaux").get_by_role(
        "button", name="Enregistrer"
    ).click()
    expect(page.get_by_text("La régulation voit le changement")).to_be_visible()
    assert Visibility.objects.get().opted_out
