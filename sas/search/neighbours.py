"""« Territoire voisin » : the department next to a place, on the other side of the border of its own. Pure."""

from collections import defaultdict
from functools import cache, lru_cache

from sas.directory.gazetteer import Commune, Department, gazetteer
from sas.search.matching import distance_m

FARTHEST_KM = 100
"""Farther, it is nobody's neighbour: an island has none."""


def neighbour_of(department: str, latitude: float, longitude: float) -> Department | None:
    """The other department whose nearest commune is the nearest to this point."""
    return _nearest(department, round(latitude, 2), round(longitude, 2))


@lru_cache(maxsize=1024)
def _nearest(department: str, latitude: float, longitude: float) -> Department | None:
    here, best, found = (latitude, longitude), FARTHEST_KM * 1000.0, None
    for other in gazetteer().departments.values():
        if other.code == department:
            continue
        # Its circle holds all of its communes: beyond the best so far, none of them can be nearer.
        if distance_m(*here, other.latitude, other.longitude) - other.radius_km * 1000 >= best:
            continue
        for commune in _communes().get(other.code, ()):
            metres = distance_m(*here, commune.latitude, commune.longitude)
            if metres < best:
                best, found = metres, other
    return found


@cache
def _communes() -> dict[str, tuple[Commune, ...]]:
    by_department: dict[str, list[Commune]] = defaultdict(list)
    for commune in gazetteer().communes:
        by_department[commune.department].append(commune)
    return {code: tuple(communes) for code, communes in by_department.items()}
