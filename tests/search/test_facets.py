"""Filters on who a card is of: they really filter, on the server, and never empty their neighbours (pitfall 19)."""

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from sas.search.card_filters import card_passes, sector_of
from sas.search.cards import Card
from sas.search.conversation import Conversation
from sas.search.criteria import Criteria, Filters, Kind, Sector, Way
from sas.search.facets import Facet, distances, facets
from tests.search.conftest import Town
from tests.search.making import NOW, answer, lot, offered, seat
from tests.search.reading import ASKED, PAGE, STREAM, cards, events


@pytest.mark.parametrize(
    ("text", "sector"),
    [
        ("secteur 1", Sector.ONE),
        ("Conventionné secteur 2 OPTAM", Sector.TWO),
        ("S2", Sector.TWO),
        ("1", Sector.ONE),
        ("Non conventionné", Sector.NONE),
        ("OPTAM", None),
        ("", None),
        (None, None),
    ],
)
def test_a_sector_is_read_in_the_words_of_any_source(text: str | None, sector: Sector | None) -> None:
    assert sector_of(text) is sector


@given(st.text())
def test_a_sector_is_read_or_not_known_whatever_the_text(text: str) -> None:
    assert sector_of(text) in (None, *Sector)


def found(filters: Filters = Filters()) -> Conversation:  # noqa: B008 — frozen
    """Three people of sectors 1, 2 and unknown, at 100, 200 and 300 m, who have a slot."""
    seats = (seat(1, convention="secteur 1"), seat(2, convention="secteur 2"), seat(3))
    conversation = Conversation(lot(*seats), Criteria("", "", filters=filters))
    conversation.hear(answer(offered(1), offered(2), offered(3), asked=[1, 2, 3]))
    return conversation


def counts(groups: tuple[Facet, ...]) -> dict[tuple[str, str], int | None]:
    return {(choice.name, choice.value): choice.count for facet in groups for choice in facet.choices}


def shown(filters: Filters) -> list[int]:
    return [card.seat.index for card in found(filters).shown()]


def test_filters_on_who_leave_only_those_who_are_known_to_pass() -> None:
    assert shown(Filters(sectors=frozenset({Sector.ONE}))) == [1]
    assert shown(Filters(sectors=frozenset({Sector.ONE, Sector.TWO}))) == [1, 2]
    assert shown(Filters(kinds=frozenset({Kind.PERSON}))) == [1, 2, 3]
    assert shown(Filters(kinds=frozenset({Kind.CPTS}))) == []
    assert shown(Filters(ways=frozenset({Way.INDIVIDUAL}))) == []


def test_ticking_a_box_changes_no_count() -> None:
    bare = counts(facets(found().cards(), Filters(), now=NOW))
    assert (bare["secteur", "1"], bare["secteur", "2"], bare["secteur", "3"]) == (1, 1, 0)
    assert bare["type", "practitioner"] == 3
    ticked = Filters(sectors=frozenset({Sector.ONE}), kinds=frozenset({Kind.CPTS}))
    assert counts(facets(found(ticked).cards(), ticked, now=NOW)) == bare


def test_the_card_of_a_cpts_stays_as_long_as_one_member_passes() -> None:
    one, two, _ = found().cards()
    both: Card = replace(one, members=(one, two))
    assert card_passes(both, Filters(sectors=frozenset({Sector.TWO})))
    assert card_passes(both, Filters(kinds=frozenset({Kind.PERSON})))
    assert not card_passes(both, Filters(sectors=frozenset({Sector.NONE})))


def test_ways_are_told_only_to_those_who_see_participation() -> None:
    names = {
        choice.name for facet in facets([], Filters(), now=NOW, sees_participation=False) for choice in facet.choices
    }
    assert "voie" not in names
    assert "participe" not in names


def test_distances_count_who_was_looked_for_and_nobody_beyond() -> None:
    conversation = found()
    facet = distances(conversation.cards(), replace(conversation.lot, radius_km=5.0), 7.5)
    assert [(choice.value, choice.count) for choice in facet.choices] == [
        ("", None),
        ("2", 3),
        ("5", 3),
        ("7.5", None),
        ("10", None),
        ("20", None),
        ("50", None),
    ]
    assert [choice.value for choice in facet.choices if choice.ticked] == ["7.5"]
    assert all("." not in choice.key for choice in facet.choices)


def test_a_page_and_its_stream_filter_on_the_server(town: Town, regulator: Client) -> None:
    alpha = town.editor("Agenda Alpha")
    first, _ = town.doctor(alpha, convention="secteur 1"), town.doctor(alpha, convention="secteur 2")
    town.open()
    asked = ASKED | {"secteur": "1"}
    page = regulator.get(PAGE, asked | {"complet": "1"}).content.decode()
    assert cards(page) == [str(first.pk)]
    told = [event for event in events(regulator.get(STREAM, asked)) if event.name == "carte"]
    assert len(told) == 1
    soup = BeautifulSoup(page, "html.parser")
    assert soup.select_one("#f-secteur-1[checked]") is not None
    count = soup.select_one("#n-secteur-2")
    assert count is not None
    assert count.get_text() == "1"


@pytest.mark.parametrize(("name", "value"), [("secteur", "9"), ("type", "autre"), ("voie", "x")])
def test_a_value_that_is_none_of_a_filter_is_refused(regulator: Client, name: str, value: str) -> None:
    assert regulator.get(PAGE, ASKED | {name: value}).status_code == 400


def test_the_chosen_radius_is_ticked_and_asks_the_directory_again(town: Town, regulator: Client) -> None:
    town.doctor(latitude=50.6309 - 4 / 111.2)
    town.open()
    page = regulator.get(PAGE, ASKED | {"complet": "1", "tous": "1", "rayon": "2"}).content.decode()
    assert cards(page) == []
    assert BeautifulSoup(page, "html.parser").select_one("#f-rayon-2[checked]") is not None
    assert len(cards(regulator.get(PAGE, ASKED | {"complet": "1", "tous": "1", "rayon": "5"}).content.decode())) == 1


def test_filters_that_leave_nobody_are_said_to_and_can_be_taken_off(town: Town, regulator: Client) -> None:
    town.doctor(town.editor("Agenda Alpha"), convention="secteur 2")
    town.open()
    page = regulator.get(PAGE, ASKED | {"secteur": "1", "complet": "1"}).content.decode()
    assert "Les filtres cochés écartent tous les créneaux trouvés" in page
    assert "Retirer les filtres" in page
    assert "Filtres · secteur 1</a>" in page
