"""Lists of orientations as their readers use them, and axe on each page, wide and narrow."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from sas.accounts.models import StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.orientation.models import Orientation
from sas.orientation.services import Receiver
from tests.browser.conftest import NARROWEST, WIDE, Visit
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import SETTING_UP, Town
from tests.factories import directory as make
from tests.factories import orientation as orient


def account(role: Role, national_id: str | None = None, territories: tuple[str, ...] = ()) -> User:
    return create_account(
        email=f"{role}@example.org", roles=[role], territories=territories, national_id=national_id, **SETTING_UP
    )[0]


def assert_accessible_wide_and_narrow(page: Page) -> None:
    for viewport in (NARROWEST, WIDE):
        page.set_viewport_size(viewport)
        assert_accessible(page)


def test_a_regulator_follows_cancels_and_comes_back_by_keyboard(visit: Visit, town: Town) -> None:
    make.territory()
    orient.lrm()
    user, now = orient.regulator("SAS-59"), timezone.now()
    hospital = make.structure(kind="establishment", name="CH de Lille")
    row = orient.en_sus(user, Receiver(location_id=make.place().pk), at=now)
    opened = orient.opened(user, at=now - timedelta(minutes=20), starts_at=now + timedelta(hours=1))
    page = visit(f"/sas/orientation/conseil/{hospital.pk}/", as_=user, scripts=False)
    page.get_by_role("button", name="Noter ce conseil").press("Enter")
    expect(page.get_by_text("Conseil noté : CH de Lille")).to_be_visible()

    page = visit("/mes-orientations/", as_=user)
    expect(page.get_by_text("2 orientations aujourd’hui, et 1 conseil d’établissement")).to_be_visible()
    assert_accessible_wide_and_narrow(page)
    line = page.locator(f"#o-{row.uuid}")
    line.locator("summary", has_text="Annuler").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("la venue")
    assert_accessible(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Orientation annulée.")).to_be_visible()
    expect(line.get_by_text("la venue est annulée").first).to_be_visible()
    line.get_by_role("button", name="Revenir en arrière").press("Enter")
    expect(page.get_by_text("C’est défait. État : confirmée.")).to_be_visible()
    page.get_by_role("link", name="1 orientation à suivre").click()
    expect(page.locator("li[id^=o-]")).to_have_count(1)
    page.locator(f"#o-{opened.uuid}").get_by_role("button", name="Confirmer").click()
    expect(page.get_by_text("Orientation confirmée.")).to_be_visible()


def test_a_doctor_and_a_manager_say_what_became_of_their_patients(visit: Visit, town: Town) -> None:
    make.territory()
    sender, doctor = orient.regulator("SAS-59"), make.place()
    cpts = make.structure(name="CPTS de la Lys")
    make.place(structure=cpts)
    row = orient.en_sus(sender, Receiver(location_id=doctor.pk), at=timezone.now())
    through = orient.en_sus(sender, Receiver(structure_id=cpts.pk), at=timezone.now())
    effector = account(Role.EFFECTOR, doctor.practitioner.national_id)
    page = visit("/", as_=effector, viewport=NARROWEST)
    expect(page.get_by_role("heading", name="Patients adressés")).to_be_visible()
    page.get_by_role("link", name="Orientations reçues").last.click()
    assert_accessible_wide_and_narrow(page)
    page.locator(f"#o-{row.uuid}").get_by_role("button", name="Honorée").first.click()
    expect(page.get_by_text("Orientation honorée.")).to_be_visible()
    assert Orientation.objects.get(pk=row.pk).state == "fulfilled"

    manager = account(Role.STRUCTURE_MANAGER)
    StructureAttachment.objects.create(user=manager, structure=cpts, attached_at=SETTING_UP["at"])
    page = visit(f"/orientations/recues/{cpts.national_id}/", as_=manager)
    page.locator(f"#o-{through.uuid} summary", has_text="Nommer le médecin").click()
    assert_accessible_wide_and_narrow(page)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Médecin noté")).to_be_visible()


def test_a_referent_reads_counts_and_days(visit: Visit, town: Town) -> None:
    make.territory()
    user = orient.regulator("SAS-59")
    for _ in range(3):
        orient.en_sus(user, at=timezone.now())
    orient.opened(user, at=timezone.now() - timedelta(minutes=20), starts_at=timezone.now() + timedelta(hours=1))
    page = visit("/gestion/orientations/", as_=account(Role.TERRITORIAL_REFERENT, territories=("SAS-59",)))
    expect(page.get_by_text("4 orientations du")).to_be_visible()
    assert_accessible_wide_and_narrow(page)
    page.get_by_label("Voie").select_option("en sus")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.get_by_text("3 orientations du")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger").click()
    assert download.value.suggested_filename == "orientations-SAS-59.csv"
