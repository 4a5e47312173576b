"""What to do when nothing is left: the doctrine's order, one key each, and who the neighbour of a place is."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas.directory.gazetteer import gazetteer
from sas.search.matching import distance_m
from sas.search.neighbours import FARTHEST_KM, neighbour_of
from tests.search.conftest import Town
from tests.search.reading import ASKED, PAGE


@pytest.mark.parametrize(
    ("department", "point", "beside"),
    [
        ("59", (50.63, 3.06), "62"),  # Lille
        ("62", (50.29, 2.78), "59"),  # Arras
        ("75", (48.83, 2.36), "94"),  # Paris, in the south-east
        ("974", (-20.88, 55.45), None),  # an island
        ("2A", (41.92, 8.74), "2B"),
    ],
)
def test_the_neighbour_is_across_the_nearest_border(
    department: str, point: tuple[float, float], beside: str | None
) -> None:
    found = neighbour_of(department, *point)
    assert (found.code if found else None) == beside


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6))
def test_no_commune_of_another_department_is_nearer_than_those_of_the_neighbour(drawn: int) -> None:
    communes = gazetteer().communes
    here = communes[drawn % len(communes)]
    found = neighbour_of(here.department, *here.point)
    point = (round(here.latitude, 2), round(here.longitude, 2))
    beyond = (other for other in communes if other.department != here.department)
    metres, nearest = min((distance_m(*point, *other.point), other.department) for other in beyond)
    if found is None:
        assert metres >= FARTHEST_KM * 1000
    else:
        assert found.code == nearest


def ways(client: Client, **more: str) -> list[tuple[str, dict[str, list[str]]]]:
    """(key, query) of what the end of the page offers."""
    page = BeautifulSoup(client.get(PAGE, ASKED | {"complet": "1"} | more).content, "html.parser")
    found: list[Any] = page.select(".sas-ways a, main ul.fr-btns-group a")
    return [(str(a.get("data-way", "")), parse_qs(urlsplit(str(a["href"])).query)) for a in dict.fromkeys(found)]


def test_the_end_of_the_page_follows_the_doctrine_with_a_key_for_each_step(town: Town, regulator: Client) -> None:
    town.doctor(participates=True)
    town.open()
    offered = ways(regulator, rayon="2")
    assert [key for key, _ in offered if key] == ["s", "e", "v", "r", "d"]
    queries = dict(offered)
    assert queries["s"]["vue"] == ["en-sus"]
    assert float(queries["e"]["rayon"][0]) > 0
    assert queries["v"]["modalite"] == ["VR"]
    assert queries["r"]["loc"] == ["Pas-de-Calais (62)"]
    assert queries["d"]["loc"] == ["Nord (59)"]


def test_from_the_list_en_sus_the_same_steps_go_on(town: Town, regulator: Client) -> None:
    town.doctor(participates=True)
    town.open()
    queries = dict(ways(regulator, vue="en-sus", rayon="2"))
    assert "s" not in queries
    assert queries["e"]["vue"] == ["en-sus"], "a wider list of calls"
    assert "vue" not in queries["v"], "a téléconsultation is looked for among slots"
