"""What the SAS of a place says beside the cards, and whom to call « en sus »."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.aggregator.engine.outcomes import Kind
from sas.aggregator.local_tools import register_local_tool
from sas.aggregator.services import register_editor
from sas.directory.models import Filiere
from sas.directory.weekly_hours import read_day, to_json
from sas.participation.queries import Way
from sas.search.conversation import Conversation
from sas.search.criteria import Criteria
from sas.search.overbooking import to_call
from tests.factories import directory as factories
from tests.search.conftest import SETTING_UP, Town
from tests.search.making import NOW, agenda_slot, answer, lot, offered, seat
from tests.search.reading import ASKED, PAGE
from tests.search.supplying import agenda, member

EVERYTHING = Criteria(text="", loc="Lille", show_rest=True)
COMPLETE = ASKED | {"complet": "1"}
SUNDAY = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def text_of(client: Client, asked: dict[str, str]) -> str:
    page = client.get(PAGE, asked)
    assert page.status_code == 200
    text = BeautifulSoup(page.content, "html.parser").get_text(" ", strip=True)
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.fixture
def nord(db: None) -> Any:
    return factories.territory(out_of_hours="Régulation libérale au 116 117.")


def test_the_page_says_that_it_is_pdsa_with_the_local_instruction(
    town: Town, regulator: Client, nord: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "116 117" not in text_of(regulator, COMPLETE)
    monkeypatch.setattr(timezone, "now", lambda: SUNDAY)
    text = text_of(regulator, COMPLETE)
    assert "Permanence des soins (SAS du Nord) : dimanche." in text
    assert "Régulation libérale au 116 117." in text


def test_slots_in_pdsa_hours_are_marked_and_none_is_hidden(town: Town, regulator: Client, nord: Any) -> None:
    doctor = town.doctor()
    town.open()
    agenda(doctor, 14)
    agenda(doctor, 20)
    page = BeautifulSoup(regulator.get(PAGE, COMPLETE).content, "html.parser")
    slots = page.find_all(class_="sas-slot")
    assert [bool(slot.find("abbr", string="PDSA")) for slot in slots] == [False, True]


def test_filieres_open_now_stand_beside_the_cards(town: Town, regulator: Client, nord: Any) -> None:
    for name, hours, code in (("Dentaire", "14 h–18 h", "40"), ("IDEL", "8 h–18 h", "60"), ("GP", "8 h–18 h", "SM54")):
        Filiere.objects.create(
            territory=nord, name=name, nature="effection", professions=[code], phone="+33320123456",
            hours=to_json(read_day(0, hours)), starts_on=date(2026, 1, 1),
        )  # fmt: skip
    text = text_of(regulator, COMPLETE)
    assert "Filières ouvertes en ce moment (2)" in text
    assert "Dentaire" not in text
    assert text.index("GP cette recherche") < text.index("IDEL")
    assert "03 20 12 34 56" in text


@pytest.mark.parametrize(("calling", "said"), [("never", False), ("public", True), ("always", True)])
def test_the_instruction_to_call_first_is_on_editors_slots(
    town: Town, regulator: Client, calling: str, said: bool
) -> None:
    factories.territory(call_before_booking=calling)
    town.doctor(town.editor("Alpha"))
    town.open()
    text = text_of(regulator, COMPLETE)
    assert ("Consigne du SAS : appelez avant de réserver" in text) is said


def test_the_instruction_to_call_first_is_not_on_the_agenda(town: Town, regulator: Client) -> None:
    factories.territory(call_before_booking="always")
    doctor = town.doctor()
    town.open()
    agenda(doctor)
    assert "appelez avant de réserver" not in text_of(regulator, COMPLETE)


def test_the_tools_of_the_territory_open_on_what_is_searched(town: Town, regulator: Client) -> None:
    territory = factories.territory()
    editor, _ = register_editor(name="Outil", base_url="https://outil.example/fhir", stage="planned", **SETTING_UP)
    link = "https://outil.example/snp?insee={insee}&quoi={specialty}"
    register_local_tool(territory=territory, name="Outil du Nord", link=link, editor=editor, **SETTING_UP)
    town.doctor()
    town.open()
    page = BeautifulSoup(regulator.get(PAGE, COMPLETE).content, "html.parser")
    (shown,) = (found for found in page.select("a") if found.get_text() == "Outil du Nord")
    assert (shown["href"], shown["rel"]) == ("https://outil.example/snp?insee=59350&quoi=SM54", ["noopener"])


def test_a_place_without_a_sas_says_nothing(town: Town, regulator: Client) -> None:
    town.doctor(participates=True)
    town.open()
    text = text_of(regulator, COMPLETE)
    assert "Permanence des soins" not in text
    assert "Filières" not in text


def test_the_list_en_sus_holds_participants_without_slots_by_distance(town: Town, regulator: Client) -> None:
    far = town.doctor(participates=True, latitude=50.64, phone="+33320000002")
    near = town.doctor(participates=True, phone="+33320000001")
    busy = town.doctor(participates=True)
    town.doctor()
    town.open()
    agenda(busy)
    page = BeautifulSoup(regulator.get(PAGE, ASKED | {"vue": "en-sus"}).content, "html.parser")
    assert [item["id"] for item in page.select("ol.sas-calls > li")] == [f"appel-{near.pk}", f"appel-{far.pk}"]
    assert "03 20 00 00 01" in page.get_text().replace("\N{NO-BREAK SPACE}", " ")
    results = regulator.get(PAGE, COMPLETE).content.decode()
    assert "En sus (2)" in results
    assert "vue=en-sus" in results


def test_who_takes_part_through_a_structure_is_never_called_directly(town: Town, regulator: Client) -> None:
    cpts = factories.structure(name="CPTS Lille Sud", regulation_phone="+33320999999")
    doctors = [town.doctor(phone="+33320000001") for _ in range(2)]
    town.open()
    member(cpts, *doctors)
    page = BeautifulSoup(regulator.get(PAGE, ASKED | {"vue": "en-sus"}).content, "html.parser")
    (item,) = page.select("ol.sas-calls > li")
    text = item.get_text(" ", strip=True).replace("\N{NO-BREAK SPACE}", " ")
    assert "CPTS Lille Sud" in text
    assert "03 20 99 99 99" in text
    assert "03 20 00 00 01" not in text
    assert len(item.select("ul > li")) == 1 + (doctors[0].family_name != doctors[1].family_name)
    card = text_of(regulator, COMPLETE)
    assert "participe via la CPTS Lille Sud" in card
    assert "03 20 00 00 01" not in card


def test_nobody_with_a_slot_or_away_is_called_and_silence_comes_last() -> None:
    way = Way("individual", None, "", "", (), False, date(2026, 1, 5))
    mine: dict[str, Any] = {"participates": True, "way": way}
    now = NOW.timestamp()
    seats = [
        seat(1, **mine),
        seat(2, editors=(), agenda=(agenda_slot(1),), **mine),
        seat(3, editors=(), away=((now, float("inf")),), **mine),
        seat(4, **mine),
        seat(5),
    ]
    conversation = Conversation(lot(*seats), EVERYTHING)
    conversation.hear(answer(asked=[1], kind=Kind.NO_ANSWER))
    conversation.hear(answer(asked=[4, 5]))
    assert [(call.key, call.known) for call in to_call(conversation)] == [("4", True), ("1", False)]
    conversation.hear(answer(offered(1), asked=[1]))
    assert [call.key for call in to_call(conversation)] == ["4"]


def test_an_ioa_has_no_list_en_sus(town: Town, client: Client) -> None:
    open_to_them = factories.territory(ioa_open=True)
    user, _ = create_account(email="ioa@example.org", roles=[Role.IOA], territories=[open_to_them.code], **SETTING_UP)
    client.force_login(user)
    town.doctor(participates=True)
    town.open()
    page = client.get(PAGE, ASKED | {"vue": "en-sus"}).content.decode()
    assert "Qui appeler" not in page
    assert "En sus" not in client.get(PAGE, COMPLETE).content.decode()
