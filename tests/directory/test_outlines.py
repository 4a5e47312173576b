"""Outlines of departments and circles of communes: what a map shows without tiles."""

import json
from typing import Any

import pytest
from django.contrib.staticfiles import finders

from sas.directory.gazetteer import Commune, gazetteer
from sas.directory.zones import communes_geo
from tools.polygons import Polygons

WITHOUT_OUTLINE = {"975", "977", "978", "984", "986", "987", "988", "989"}


@pytest.fixture(scope="module")
def outlines() -> dict[str, Any]:
    path = finders.find("search/departements.json")
    assert isinstance(path, str)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert len(text.encode()) <= 400 * 1024
    return {feature["properties"]["code"]: feature for feature in json.loads(text)["features"]}


def test_every_department_has_its_outline_overseas_too(outlines: dict[str, Any]) -> None:
    assert set(gazetteer().departments) - set(outlines) == WITHOUT_OUTLINE


def test_towns_lie_inside_the_outline_of_their_department_and_of_no_other(outlines: dict[str, Any]) -> None:
    cities = [commune for commune in gazetteer().communes[:200] if commune.department in outlines]

    inside = [{code for code, feature in outlines.items() if holds(feature, city)} for city in cities]

    # Borders are drawn to 600 m: a town on a cape may be left in the sea.
    right = sum(city.department in found for city, found in zip(cities, inside, strict=True))
    assert right >= 0.98 * len(cities)
    assert sum(len(found) for found in inside) <= right * 1.01


def holds(feature: dict[str, Any], city: Commune) -> bool:
    rings = [ring for polygon in feature["geometry"]["coordinates"] for ring in polygon]
    columns: list[Any] = [tuple(zip(*ring, strict=True)) for ring in rings]
    return Polygons(tuple((column,) for column in columns)).contains(city.point)


def test_a_zone_is_circles_of_its_communes_by_name() -> None:
    circles = communes_geo(["59350", "59009", "99999", "59298", "75111"])

    assert [circle["name"] for circle in circles] == ["Lille", "Paris", "Villeneuve-d'Ascq"]
    assert all(0.8 <= circle["radius"] <= 15 for circle in circles)
    assert circles[0]["lat"] == pytest.approx(50.63, abs=0.02)
