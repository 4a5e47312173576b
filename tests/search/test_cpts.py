"""A CPTS stands for its members where its zone holds the searched place, and only there (platform.md §6)."""

from itertools import product

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from sas.aggregator.engine.outcomes import Kind
from sas.directory.geocoding import Place
from sas.directory.models import Structure
from sas.directory.structure_queries import structures_by_ids
from sas.participation.queries import Way
from sas.search.conversation import Conversation
from sas.search.criteria import Criteria
from tests.factories import directory as factories
from tests.search.conftest import MONDAY, Search, Town
from tests.search.making import agenda_slot, answer, lot, offered, seat
from tests.search.reading import ASKED, PAGE, STREAM, Screen, events
from tests.search.supplying import agenda, member

EVERYTHING = Criteria(text="", loc="Lille", show_rest=True)


@pytest.fixture
def cpts(db: None) -> Structure:
    """Lille and its neighbours."""
    return factories.structure(
        name="CPTS Lille Sud",
        zone=["59350", "59512"],
        regulation_phone="+33320999999",
        regulation_hours="8 h à 20 h",
    )


def test_one_card_stands_for_the_members_who_have_slots(town: Town, search: Search, cpts: Structure) -> None:
    first, second, without = town.doctor(), town.doctor(), town.doctor()
    other = town.doctor(participates=True)
    town.open()
    member(cpts, first, second, without)
    agenda(first, 15), agenda(second, 14), agenda(other, 16)
    cards = search()["cards"]
    assert {card["id"] for card in cards} == {f"s{cpts.pk}", str(other.pk)}
    card = next(card for card in cards if card["kind"] == "cpts")
    assert (card["kind"], card["name"], card["participates_via"]) == ("cpts", "CPTS Lille Sud", "cpts")
    assert (card["phone"], card["participates"], card["accepts_overbooking"]) == ("+33320999999", True, True)
    assert [slot["start"][11:16] for slot in card["slots"]] == ["14:00", "15:00"]


def test_outside_its_zone_members_keep_their_own_cards(town: Town, search: Search, cpts: Structure) -> None:
    Structure.objects.update(zone=["59512"])
    doctor = town.doctor()
    town.open()
    member(cpts, doctor)
    agenda(doctor)
    assert [card["id"] for card in search()["cards"]] == [str(doctor.pk)]


def test_a_department_or_a_name_lies_in_no_zone(town: Town, search: Search, cpts: Structure) -> None:
    doctor = town.doctor(of=factories.practitioner(family_name="QUENNEHEN"))
    town.open()
    member(cpts, doctor)
    agenda(doctor)
    assert [card["id"] for card in search(loc="Nord")["cards"]] == [str(doctor.pk)]
    assert [card["id"] for card in search(text="quennehen")["cards"]] == [str(doctor.pk)]


def test_the_zone_follows_the_place_that_is_searched(town: Town, search: Search, cpts: Structure) -> None:
    """Two searches of the same reader: nothing of the first zone stays (pitfalls 21)."""
    doctor = town.doctor()
    town.open()
    member(cpts, doctor)
    agenda(doctor)
    assert [card["kind"] for card in search()["cards"]] == ["cpts"]
    nowhere = Place("Ici", "address", 50.6309, 3.0709, "59", "Europe/Paris", "street", "test", None).token()
    assert [card["kind"] for card in search(lieu=nowhere)["cards"]] == ["practitioner"]


def test_without_any_slot_members_keep_their_own_cards(town: Town, search: Search, cpts: Structure) -> None:
    doctors = [town.doctor() for _ in range(2)]
    town.open()
    member(cpts, *doctors)
    cards = search()["cards"]
    assert {card["id"] for card in cards} == {str(doctor.pk) for doctor in doctors}
    assert {card["phone"] for card in cards} == {"+33320999999"}
    assert {card["participates_via"] for card in cards} == {"cpts"}


def test_members_stand_behind_the_card_with_their_own_three_days(
    town: Town, regulator: Client, cpts: Structure
) -> None:
    first, second = town.doctor(), town.doctor()
    town.open()
    member(cpts, first, second)
    agenda(first)
    page = BeautifulSoup(regulator.get(PAGE, ASKED | {"complet": "1"}).content, "html.parser")
    (card,) = page.find_all("article")
    (summary,) = card.select("details[data-part=members] > summary")
    assert summary.get_text(" ", strip=True).startswith("Voir les professionnels")
    assert len(card.select("details[data-part=members] li.sas-member")) == 2
    assert len(card.select("details[data-part=members] .sas-day")) == 3
    text = card.get_text(" ", strip=True)
    assert "03 20 99 99 99" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "8 h à 20 h" in text
    assert "participe" in text


def test_the_stream_ends_as_the_complete_page(town: Town, regulator: Client, cpts: Structure) -> None:
    alpha, brume = town.editor("Alpha"), town.editor("Brume", "empty")
    members = [town.doctor(alpha), town.doctor(brume), town.doctor(alpha)]
    town.doctor(alpha)
    town.open()
    member(cpts, *members)
    asked = ASKED | {"graine": "5"}
    screen = Screen(regulator.get(PAGE, asked).content.decode())
    screen.follow(events(regulator.get(STREAM, asked)))
    complete = Screen(regulator.get(PAGE, asked | {"complet": "1"}).content.decode())
    assert screen.cards == complete.cards
    assert f"s{cpts.pk}" in screen.cards


@pytest.mark.parametrize("heard", list(product([Kind.SLOTS, Kind.EMPTY, Kind.NO_ANSWER], repeat=3)))
def test_nobody_who_has_slots_vanishes(cpts: Structure, heard: tuple[Kind, ...]) -> None:
    way = Way("cpts", cpts.pk, cpts.name, "", (), False, MONDAY.date())
    seats = [seat(n, participates=True, way=way) for n in (1, 2, 3)]
    conversation = Conversation(lot(*seats, zone=tuple(structures_by_ids([cpts.pk]))), EVERYTHING)
    told: set[str] = set()
    for number, kind in enumerate(heard, start=1):
        changed = conversation.hear(
            answer(*([offered(number)] if kind is Kind.SLOTS else []), asked=[number], kind=kind)
        )
        for card in conversation.touched(changed):
            (told.add if conversation.is_shown(card) else told.discard)(card.seat.key)
        assert told == {card.seat.key for card in conversation.shown()}
    shown = {slot.id for card in conversation.shown() for slot in card.slots}
    assert shown == {slot.id for one in seats for slot in conversation.card(one).slots}
    assert sum(card.seat.kind == "cpts" for card in conversation.shown()) == (Kind.SLOTS in heard)


def test_someone_who_takes_part_otherwise_keeps_a_card(cpts: Structure) -> None:
    through = Way("cpts", cpts.pk, cpts.name, "", (), False, MONDAY.date())
    alone = Way("individual", None, "", "", (), False, MONDAY.date())
    seats = [
        seat(1, editors=(), participates=True, way=through, agenda=(agenda_slot(1),)),
        seat(2, editors=(), participates=True, way=alone, agenda=(agenda_slot(2),)),
    ]
    conversation = Conversation(lot(*seats, zone=tuple(structures_by_ids([cpts.pk]))), EVERYTHING)
    assert [card.seat.key for card in conversation.shown()] == [f"s{cpts.pk}", "2"]
