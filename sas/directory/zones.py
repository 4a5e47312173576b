"""Communes of a zone as circles for a map: their centre, and about how far they reach."""

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import TypedDict

from sas.directory.gazetteer import gazetteer
from sas.directory.gazetteer_places import Commune
from sas.directory.rules import EARTH_RADIUS_M

SMALLEST_KM, LARGEST_KM = 0.8, 15.0


class CommuneCircle(TypedDict):
    """What `static/search/map.js` draws. Degrees WGS 84, kilometres."""

    name: str
    lat: float
    lon: float
    radius: float


def communes_geo(insee: Iterable[str]) -> list[CommuneCircle]:
    """One circle per commune of these codes, by name; unknown codes are left out, arrondissements are the city."""
    found = {commune.insee: commune for code in insee if (commune := gazetteer().by_insee(code)) is not None}
    return [
        CommuneCircle(name=commune.name, lat=commune.latitude, lon=commune.longitude, radius=_radius_km(commune.insee))
        for commune in sorted(found.values(), key=lambda commune: (commune.name, commune.insee))
    ]


@lru_cache(maxsize=4096)
def _radius_km(insee: str) -> float:
    """Two thirds of the way to the nearest neighbour: no outline is embedded, and circles that touch show a zone."""
    commune = gazetteer().by_insee(insee)
    if commune is None:
        return SMALLEST_KM
    others = _of_department(commune.department)
    nearest = min((_km(commune, other) for other in others if other.insee != insee), default=LARGEST_KM)
    return round(min(max(nearest * 2 / 3, SMALLEST_KM), LARGEST_KM), 1)


@lru_cache(maxsize=128)
def _of_department(department: str) -> tuple[Commune, ...]:
    return tuple(commune for commune in gazetteer().communes if commune.department == department)


def _km(a: Commune, b: Commune) -> float:
    """On a plane: these are neighbours."""
    north = math.radians(a.latitude - b.latitude)
    east = math.radians(a.longitude - b.longitude) * math.cos(math.radians(a.latitude))
    return math.hypot(north, east) * EARTH_RADIUS_M / 1000
