"""« Ce que la régulation voit de vous »: the search's own card, live, and what is left out with the reason."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import PracticeLocation
from sas.participation.models import HiddenSlot, Visibility
from sas.participation.sharing.rules import Limits
from sas.participation.sharing.services import limit_sharing
from sas.search.preview.seeing import seen_now
from tests.accounts.signing import signed_in_client
from tests.factories import directory
from tests.search.conftest import MONDAY, SETTING_UP, Search, Town

NOT_SEEN = re.compile(r"non visible : ([^<]+)")


@pytest.fixture
def doctor(town: Town) -> PracticeLocation:
    made = town.doctor(town.editor("Alpha"))
    town.open()
    return made


@pytest.fixture
def own(doctor: PracticeLocation) -> Client:
    return client_of(doctor)


def client_of(place: PracticeLocation) -> Client:
    user, _ = create_account(email="medecin@example.org", roles=[Role.EFFECTOR], **SETTING_UP)
    User.objects.filter(pk=user.pk).update(national_id=place.national_id)
    user.refresh_from_db()
    return signed_in_client(user, at=MONDAY)


def path_of(place: PracticeLocation, act: str = "") -> str:
    return f"/apercu/{place.national_id}/{act}"


def buttons(page: str, act: str) -> list[str]:
    return re.findall(rf'{act}/".*?name="slot" value="([0-9a-f-]+)"', page)


def test_the_doctor_reads_the_card_that_regulators_have(own: Client, doctor: PracticeLocation, search: Search) -> None:
    page = own.get(path_of(doctor)).content.decode()
    slots = search()["cards"][0]["slots"]
    assert len(slots) > 3
    assert f"La régulation voit vos {len(slots)} créneaux" in page
    assert page.count("</span> visible</span>") == len(slots)
    assert 'class="sas-card' in page
    assert "Pourquoi ici" not in page  # neither a distance nor a rank: there is no patient
    assert {slot["id"] for slot in slots} == set(buttons(page, "masquer"))
    assert "/sas/recherche/creneau" not in page, "a doctor may not search"


def test_a_slot_is_hidden_and_shown_again_with_one_button(
    own: Client, doctor: PracticeLocation, search: Search
) -> None:
    slot = search()["cards"][0]["slots"][1]["id"]
    page = own.post(path_of(doctor, "masquer/"), {"slot": slot}, follow=True).content.decode()
    assert NOT_SEEN.findall(page) == ["masqué par vous"]
    assert buttons(page, "montrer") == [slot]
    assert slot not in [one["id"] for one in search()["cards"][0]["slots"]]
    own.post(path_of(doctor, "montrer/"), {"slot": slot})
    assert slot in [one["id"] for one in search()["cards"][0]["slots"]]


def test_a_slot_that_is_none_is_refused_with_a_sentence(own: Client, doctor: PracticeLocation) -> None:
    page = own.post(path_of(doctor, "masquer/"), {"slot": "autre chose"}, follow=True).content.decode()
    assert "rechargez l’aperçu" in page
    assert not HiddenSlot.objects.exists()


def test_the_draft_of_a_form_is_shown_before_it_is_saved(own: Client, doctor: PracticeLocation) -> None:
    form = {"version": "0", "per_day": "1"}
    for act in ("", "carte/"):
        page = own.post(path_of(doctor, act), form).content.decode()
        assert "de moins que maintenant, si vous enregistrez" in page
        assert "nombre par jour atteint" in page
        assert page.count("</span> visible</span>") == 3, "one a day, three days"
    assert not Visibility.objects.exists()
    page = own.post(path_of(doctor), form).content.decode()
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    assert ("per_day", "1") in hidden
    own.post(f"/reglages/{doctor.national_id}/partage/", dict(hidden))
    assert Visibility.objects.get().limits == {"per_day": 1}


def test_a_draft_that_cannot_be_read_is_said(own: Client, doctor: PracticeLocation) -> None:
    form = {"version": "0", "day_0": "le matin"}
    page = own.post(path_of(doctor), form)
    assert (page.status_code, "Écrivez par exemple" in page.content.decode()) == (422, True)
    assert "Aperçu impossible" in own.post(path_of(doctor, "carte/"), form).content.decode()


def test_who_opted_out_is_not_asked_about(town: Town, own: Client, doctor: PracticeLocation) -> None:
    Visibility.objects.create(
        practitioner=doctor.practitioner, opted_out=True, starts_at=MONDAY - timedelta(days=1), declared_by="test"
    )
    page = own.get(path_of(doctor)).content.decode()
    assert "vous avez refusé d’afficher" in page.lower()
    assert not list(town.sandboxes["Alpha"].calls)


def test_an_editor_that_is_silent_is_said_to_be(town: Town) -> None:
    place = town.doctor(town.editor("Panne", "down"))
    town.open()
    page = client_of(place).get(path_of(place)).content.decode()
    assert "Panne ne répond pas" in page
    assert "disponibilités inconnues" in page


def test_somebody_else_and_a_structure_have_no_preview(own: Client, doctor: PracticeLocation) -> None:
    for key in (directory.place().national_id, directory.structure().national_id):
        assert own.get(f"/apercu/{key}/").status_code == 404
        assert own.post(f"/apercu/{key}/masquer/", {"slot": "x"}).status_code == 404


@pytest.mark.parametrize(
    "limits",
    [
        Limits(),
        Limits(per_day=2),
        Limits(types=frozenset({"SNP"})),
        Limits(horizon_hours=5),
        Limits(places=frozenset({"?"})),
    ],
    ids=["all", "quota", "snp", "horizon", "elsewhere"],
)
def test_the_preview_and_the_search_say_the_same(doctor: PracticeLocation, search: Search, limits: Limits) -> None:
    limit_sharing(practitioner=doctor.practitioner, limits=limits, by="test", at=MONDAY)
    seen = seen_now(doctor.practitioner, now=MONDAY)
    found = [slot["id"] for card in search(tous="1")["cards"] for slot in card["slots"]]
    assert [one.slot.id for place in seen.places for one in place.slots if one.seen] == found
    assert all(one.reason for place in seen.places for one in place.slots if not one.seen)


def test_the_home_page_of_a_doctor_fetches_the_preview(own: Client, doctor: PracticeLocation) -> None:
    page = own.get("/").content.decode()
    assert f'hx-get="{path_of(doctor, "carte/")}"' in page
    assert "Qui a vu mes créneaux" in page


@pytest.fixture(autouse=True)
def asked_in_time(settings: Any) -> None:
    """The whole of an answer, on a machine that is busy."""
    settings.SAS_EDITOR_DEADLINE = 4.0
