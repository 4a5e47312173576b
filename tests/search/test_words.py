"""What the screen says of distances, of the order and of what to do next."""

import pytest
from django.test import Client

from sas.search.presenting import distance_text
from tests.search.conftest import Town


@pytest.mark.parametrize(
    ("metres", "approximate", "text"),
    [
        (0, False, "à 50 m"),
        (812, False, "à 800 m"),
        (2_430, False, "à 2,4 km"),
        (12_300, False, "à 12 km"),
        (0, True, "dans la commune"),
        (4_400, True, "à environ 4 km"),
    ],
)
def test_a_distance_is_said_as_precisely_as_it_is_known(metres: int, approximate: bool, text: str) -> None:
    assert distance_text(metres, approximate=approximate) == text


def test_an_area_says_that_its_order_is_drawn(town: Town, regulator: Client) -> None:
    town.doctor()
    town.open()
    page = regulator.get("/sas/recherche", {"text": "médecine générale", "loc": "Lille 59000", "complet": "1"})
    assert "Ordre : participants, puis tirage au sort" in page.content.decode()


def test_a_search_without_anybody_proposes_the_department(regulator: Client) -> None:
    page = regulator.get("/sas/recherche", {"text": "médecine générale", "loc": "Lille 59000", "complet": "1"})
    text = page.content.decode()
    assert "Tout le département Nord (59)" in text
    assert "Téléconsultation dans le département Nord (59)" in text
