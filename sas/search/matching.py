"""Which of a person's known places does an editor's slot belong to? Pure.

The directory is the source of places; an editor describes the same place in its own words (structure id, address,
coordinates). A slot that clearly stands elsewhere is never shown under the wrong address.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sas.fhir.offered import OfferedPlace

SAME_SPOT_M = 250
"""Metres between two geocodings of one address: further apart, they are two places."""

FAR_M = 2_000
"""Beyond this, a slot stands elsewhere even when the postal code is the same (a rural code covers many communes)."""

FAR_FROM_CENTRE_M = 20_000
"""The same for a place known by the centre of its commune only: communes can be wide."""

NOT_TOWNS = frozenset({"cedex", "arrondissement", "arr", "e", "er", "eme", "le", "la", "les"})


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """One place of practice of a person, as the directory knows it. `exact` = the point is better than a commune's."""

    key: str
    structure_id: str
    line: str
    postal_code: str
    city: str
    latitude: float
    longitude: float
    timezone: str
    exact: bool


def place_of(offered: OfferedPlace | None, places: Sequence[KnownPlace]) -> str | None:
    """The `key` of the place, or `None` when the slot takes place somewhere the directory does not know (D13, D15).

    In order: the one place of that structure id; same street line in the same area; same spot; the only place of the
    area that nothing contradicts; and, when the editor says nothing of where it is, the person's only place.
    """
    if offered is None:
        return _only(places)
    same_structure = [place for place in places if offered.structure_id and place.structure_id == offered.structure_id]
    if only := _only(same_structure):
        return only
    candidates = same_structure or places
    if _says_nothing(offered):
        return _only(candidates)
    line = folded(offered.line or "")
    for place in candidates:
        if line and folded(place.line) == line and _same_area(offered, place):
            return place.key
    spots = [(metres, place) for place in candidates if (metres := _metres(offered, place)) is not None]
    near = [pair for pair in spots if pair[1].exact and pair[0] <= SAME_SPOT_M]
    if near:
        return min(near, key=lambda pair: pair[0])[1].key
    return _only(
        [place for place in candidates if _same_area(offered, place) and not _clearly_elsewhere(offered, place)]
    )


def _only(places: Sequence[KnownPlace]) -> str | None:
    keys = {place.key for place in places}
    return keys.pop() if len(keys) == 1 else None


def _says_nothing(offered: OfferedPlace) -> bool:
    return not (offered.line or offered.postal_code or offered.city) and offered.latitude is None


def _same_area(offered: OfferedPlace, place: KnownPlace) -> bool:
    """Same postal code; or same town of the same department, since a CEDEX code differs from the town's own."""
    if offered.postal_code and offered.postal_code == place.postal_code:
        return True
    if offered.postal_code and offered.postal_code[:2] != place.postal_code[:2]:
        return False
    town = _town_words(offered.city or "")
    return bool(town) and town == _town_words(place.city)


def _clearly_elsewhere(offered: OfferedPlace, place: KnownPlace) -> bool:
    """Far away, or in another of the towns that share a postal code."""
    metres = _metres(offered, place)
    if metres is not None:
        return metres > (FAR_M if place.exact else FAR_FROM_CENTRE_M)
    return not _same_town(offered.city or "", place.city)


def _metres(offered: OfferedPlace, place: KnownPlace) -> float | None:
    if offered.latitude is None or offered.longitude is None:
        return None
    return distance_m(offered.latitude, offered.longitude, place.latitude, place.longitude)


def _same_town(one: str, other: str) -> bool:
    """Under one postal code, « La Plaine Saint-Denis » is Saint-Denis; « Bersée » is not Mons-en-Pévèle."""
    first, second = _town_words(one), _town_words(other)
    return not first or not second or first <= second or second <= first


def _town_words(city: str) -> set[str]:
    """« LILLE CEDEX » and « Paris 10e Arrondissement » are Lille and Paris."""
    return {word for word in folded(city).split() if word.isalpha() and word not in NOT_TOWNS}


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle metres (haversine, mean Earth radius)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((phi2 - phi1) / 2) ** 2
    half += math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(min(1.0, math.sqrt(half)))


ABBREVIATIONS = {
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "blvd": "boulevard",
    "pl": "place",
    "rte": "route",
    "chem": "chemin",
    "che": "chemin",
    "imp": "impasse",
    "all": "allee",
    "sq": "square",
    "r": "rue",
    "st": "saint",
    "ste": "sainte",
    "fg": "faubourg",
    "fbg": "faubourg",
    "res": "residence",
}


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """A street line without accents, case, punctuation and common abbreviations, to compare two spellings."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = re.findall(r"[a-z0-9]+", plain)
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)
