"""Cards of a CPTS and of SOS Médecins, places left of a plage, and the list « en sus », on a screen and on a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from sas.accounts.models import User
from tests.browser.conftest import NARROWEST, WIDE, Visit, finished, search_path
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import Town
from tests.factories import directory as factories
from tests.factories.directory import LILLE
from tests.search.supplying import agenda, member


@pytest.fixture
def supplied(town: Town) -> Town:
    """A CPTS of two, whose slots are in agendas and at an editor; a fixed place; somebody on their own."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    here = LILLE | {"precision": "source", "participates": True}
    cpts = factories.structure(
        name="CPTS Lille Sud", zone=["59350"], regulation_phone="+33320999999", regulation_hours="8 h à 20 h"
    )
    sos = factories.structure(kind="sos", name="SOS Médecins Lille", **here)
    point = factories.structure(
        kind="sos_place", name="Point fixe Sud", parent=sos, regulation_phone="+33320777777", **here
    )
    first, second = town.doctor(km=0.5), town.doctor(town.editor("Agenda Alpha"), km=1)
    town.doctor(km=2, participates=True)
    town.open()
    member(cpts, first, second)
    agenda(first, 14, day=tomorrow)
    agenda(point, 19, day=tomorrow, capacity=6)
    return town


@pytest.mark.parametrize("viewport", [WIDE, NARROWEST])
def test_cards_of_structures_are_accessible_and_unfold_their_members(
    visit: Visit, supplied: Town, regulator: User, viewport: dict[str, int]
) -> None:
    page = finished(visit(search_path(rayon="5"), as_=regulator, viewport=viewport))
    expect(page.get_by_role("heading", name="CPTS Lille Sud")).to_be_visible()
    expect(page.get_by_role("heading", name="Point fixe Sud")).to_be_visible()
    expect(page.locator(".sas-slot__places").first).to_have_text("il reste 6 places sur 6")
    page.get_by_text("Voir les professionnels").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".sas-member")).to_have_count(2)
    expect(page.locator(".sas-member").first).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("viewport", [WIDE, NARROWEST])
def test_the_list_en_sus_is_accessible_and_reached_from_the_results(
    visit: Visit, supplied: Town, regulator: User, viewport: dict[str, int]
) -> None:
    page = finished(visit(search_path(rayon="5"), as_=regulator, viewport=viewport))
    page.get_by_role("link", name="En sus (1)").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Qui appeler « en sus »")
    expect(page.locator("ol.sas-calls > li")).to_have_count(1)
    assert_accessible(page)
