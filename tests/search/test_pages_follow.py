"""Pages follow each other without repeating or skipping anybody, and circles grow by themselves."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from sas.directory.geocoding import Place
from sas.directory.models import PracticeLocation, Practitioner
from sas.search.criteria import Criteria, Cursor, encode_cursor, read_criteria
from sas.search.lots import Lot, first_lot, wider
from sas.search.questions import place_of, what_of
from tests.factories import directory as factories
from tests.search.conftest import Town

ADDRESS = Place(
    *("1 rue de Paris 59000 Lille", "address", 50.6309, 3.0709, "59", "Europe/Paris", "housenumber", "test", "59350")
).token()


@pytest.fixture
def crowd(transactional_db: None) -> set[int]:
    """230 doctors, fifteen to a door, one in five participating; some practise at two doors."""
    people = [factories.practitioner() for _ in range(210)]
    rows = []
    for number, person in enumerate(people + people[:20]):
        door = number % 15
        rows.append(
            factories.unsaved_place(
                person,
                latitude=50.6309 + door * 0.001,
                longitude=3.0709 + (door % 4) * 0.001,
                participates=number % 5 == 0,
            )
        )
    return {row.pk for row in PracticeLocation.objects.bulk_create(rows)}


def pages(client: Client, **asked: str) -> Iterator[dict]:
    url = None
    while True:
        answer = client.get(url) if url else client.get("/api/v1/recherche", {"tous": "1"} | asked)
        assert answer.status_code == 200, answer.content
        yield answer.json()
        url = answer.json()["next"]
        if url is None:
            return


@pytest.mark.parametrize(
    "where",
    [
        {"loc": "Lille 59000"},
        {"loc": "Nord"},
        {"loc": "Lille 59000", "lieu": ADDRESS},
        {"rayon": "3", "loc": "Lille 59000"},
    ],
)
def test_following_next_meets_everybody_once(
    crowd: set[int], regulator: Client, settings: Settings, where: dict[str, str]
) -> None:
    settings.SAS_SEARCH_LOT = 40
    found = list(pages(regulator, **({"text": "médecine générale", "loc": "Lille 59000"} | where)))
    ids = [int(card["id"]) for page in found for card in page["cards"]]
    assert len(ids) == len(set(ids))
    assert set(ids) == crowd
    assert [len(page["cards"]) for page in found] == [40, 40, 40, 40, 40, 30]
    participants = [card["participates"] for page in found for card in page["cards"]]
    assert participants == sorted(participants, reverse=True)


def test_a_doctor_who_arrives_between_two_pages_moves_nobody(
    crowd: set[int], regulator: Client, settings: Settings
) -> None:
    settings.SAS_SEARCH_LOT = 60
    following = pages(regulator, text="médecine générale", loc="Lille 59000")
    ids = [int(card["id"]) for card in next(following)["cards"]]
    for _ in range(5):
        factories.place()
    ids += [int(card["id"]) for page in following for card in page["cards"]]
    assert len(ids) == len(set(ids))
    assert crowd <= set(ids)


def test_the_same_seed_gives_the_same_order_and_another_seed_another(crowd: set[int], regulator: Client) -> None:
    def order(seed: str) -> list[str]:
        asked = {"text": "médecine générale", "loc": "Lille 59000", "tous": "1", "graine": seed}
        return [card["id"] for card in regulator.get("/api/v1/recherche", asked).json()["cards"]]

    assert order("5") == order("5")
    assert order("5") != order("6")
    assert order("") == order("")


def test_the_order_does_not_know_which_editor_anybody_uses(town: Town, regulator: Client) -> None:
    alpha, brume = town.editor("Agenda Alpha", "empty"), town.editor("Agenda Brume", "empty")
    for number in range(12):
        town.doctor(alpha if number % 3 else brume, participates=number % 4 == 0)
    town.open()

    def order() -> list[str]:
        asked = {"text": "médecine générale", "loc": "Lille 59000", "tous": "1", "graine": "5"}
        return [card["id"] for card in regulator.get("/api/v1/recherche", asked).json()["cards"]]

    before = order()
    town.swap(alpha, brume)
    assert order() == before


def lot_for(**asked: str) -> tuple[Lot, Criteria]:
    query = urlencode({"text": "médecine générale", "loc": "Lille 59000"} | asked)
    criteria = read_criteria(QueryDict(query), now=int(timezone.now().timestamp()))
    what, place = what_of(criteria), place_of(criteria)
    assert what is not None
    return first_lot(criteria, what=what, place=place, now=timezone.now()), criteria


def far(kilometres: float, person: Practitioner | None = None) -> PracticeLocation:
    return factories.place(person, latitude=50.6309 - kilometres / 111.2, longitude=3.0709)


@pytest.mark.django_db
def test_the_circle_grows_while_it_holds_too_few_to_ask_and_says_so() -> None:
    near, further = far(1), far(15)
    lot, _ = lot_for()
    assert [seat.candidate.location_id for seat in lot.seats] == [near.pk, further.pk]
    assert lot.radius_km == lot.maximum_km
    assert lot.widened_from is not None
    assert lot.widened_from < 15 < lot.radius_km
    assert [seat.index for seat in lot.seats] == [0, 1]


@pytest.mark.django_db
def test_a_chosen_radius_is_respected() -> None:
    near = far(1)
    far(15)
    lot, criteria = lot_for(rayon="3")
    assert [seat.candidate.location_id for seat in lot.seats] == [near.pk]
    assert (lot.radius_km, lot.widened_from) == (3.0, None)
    assert wider(lot, criteria) is None


@pytest.mark.django_db
def test_a_department_is_never_widened() -> None:
    far(1)
    lot, criteria = lot_for(loc="Nord")
    assert len(lot.seats) == 1
    assert wider(lot, criteria) is None


@pytest.mark.django_db
def test_a_lot_without_room_leaves_the_ring_to_the_next_page(settings: Settings) -> None:
    settings.SAS_SEARCH_LOT, settings.SAS_SEARCH_ENOUGH = 3, 5
    here, there = {far(1).pk for _ in range(3)}, {far(15).pk for _ in range(2)}
    lot, criteria = lot_for()
    while (ring := wider(lot, criteria)) is not None:
        assert ring.seats == ()
        lot = replace(ring, seats=lot.seats)
    assert {seat.candidate.location_id for seat in lot.seats} == here
    assert lot.radius_km < 15
    assert lot.next_cursor is not None
    last, _ = lot_for(suite=encode_cursor(lot.next_cursor))
    assert {seat.candidate.location_id for seat in last.seats} == there
    assert last.next_cursor is None


@pytest.mark.django_db
def test_a_circle_always_grows_even_from_a_cursor_made_up_by_hand(settings: Settings) -> None:
    digest = lot_for()[1].question_digest()
    tiny = Cursor(digest, int(timezone.now().timestamp()), 1, 0.01, 0.0, True, 1 - 2**63, 0)
    lot, criteria = lot_for(suite=encode_cursor(tiny))
    ring = wider(lot, criteria)
    assert ring is not None
    assert ring.radius_km > lot.radius_km


def test_widening_never_repeats_a_card_and_stops_at_the_maximum(town: Town, regulator: Client) -> None:
    alpha = town.editor("Agenda Alpha")
    for kilometres in (1, 2, 8, 11, 15, 30, 90):
        town.doctor(alpha, density=0.0 if kilometres < 10 else 1.0, latitude=50.6309 - kilometres / 111.2)
    town.open()
    asked = {"text": "médecine générale", "loc": "Lille 59000", "tous": "1"}
    answer = regulator.get("/api/v1/recherche", asked).json()
    distances = sorted(round(card["place"]["distance_m"] / 1000) for card in answer["cards"])
    assert distances == [1, 2, 8, 11, 15, 30]
    assert (answer["place"]["radius_km"], answer["next"]) == (40, None)
