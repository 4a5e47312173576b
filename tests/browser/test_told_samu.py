"""From the regulation software's call to its acknowledgement: searched, held, confirmed, told through the Hub (a real
RabbitMQ), by keyboard alone; then what operators read of it."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.lrm.models import Message
from sas.orientation.models import Orientation
from tests.browser.conftest import NARROWEST, WIDE, Visit, finished
from tests.browser.test_accessibility import assert_accessible
from tests.browser.test_operations import opened
from tests.browser.town import SETTING_UP, Town
from tests.factories import directory as factories
from tests.factories import orientation as orient
from tests.fakes.hub_dispatcher import HubDispatcher
from tests.lrm.conftest import broker, dispatching, hub, settings_of_hub  # noqa: F401 — fixtures
from tests.lrm.relaying import Settings, in_state, running_relay, until
from tests.search.supplying import agenda

CALL = "/sas/recherche?origin=TEST-SAMU059&specialty=SM54&streetnumber=12&streetname=rue+Nationale&inseecode=59350"


def accessible_at_every_width(page: Page) -> None:
    for size in (NARROWEST, WIDE):
        page.set_viewport_size(size)
        assert_accessible(page)


def test_a_call_ends_with_the_acknowledgement_of_the_samu_that_made_it(
    visit: Visit,
    town: Town,
    hub: HubDispatcher,  # noqa: F811 — the fixture
    settings_of_hub: Settings,  # noqa: F811
) -> None:
    factories.territory()
    orient.lrm(origin="TEST-SAMU059")
    regulator: User = orient.regulator("SAS-59")
    agenda(town.doctor(km=0.5, participates=True), 14, day=timezone.localdate() + timedelta(days=1))
    town.open()

    page = finished(visit(CALL + "&city=Lille", as_=regulator))
    page.keyboard.press("j")
    page.keyboard.press("1")
    panel = page.get_by_role("complementary", name="Adresser un patient")
    expect(panel.locator("[data-held]")).to_be_visible()
    page.keyboard.press("Enter")
    expect(panel.get_by_text("confirmée", exact=True)).to_be_visible()
    expect(panel.locator("#acte-etat")).to_contain_text("à transmettre au SAMU 59", ignore_case=True)
    made = Orientation.objects.get()
    assert (made.state, made.regulator) == ("booked", regulator)

    with running_relay(settings_of_hub):
        until(in_state("acknowledged", 1))
    expect(panel.locator("#acte-etat")).to_contain_text("transmise au SAMU 59, reçue à", ignore_case=True)
    (told,) = hub.told(made.uuid)
    assert (told["method"], told["status"]) == ("CreateAppointment", "booked")
    assert told["regulator"]["regulatorEmail"] == regulator.email

    operator, _ = create_account(email="admin@example.org", roles=[Role.NATIONAL_ADMIN], **SETTING_UP)
    theirs = opened(visit, operator, "/exploitation/hub/", WIDE)
    expect(theirs.get_by_role("table", name="Derniers retours").get_by_role("link")).to_have_count(1)
    accessible_at_every_width(theirs)
    theirs.goto(f"/exploitation/hub/messages/{Message.objects.get().uuid}/")
    expect(theirs.get_by_role("heading", name="Ce qui est revenu")).to_be_visible()
    accessible_at_every_width(theirs)
