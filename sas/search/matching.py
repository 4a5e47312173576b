"""Which of a person's known places does an editor's slot belong to? Pure.

The directory is the source of places; an editor describes the same place in its own words (structure id, address,
coordinates). A slot that clearly stands elsewhere is never shown under the wrong address.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sas.fhir.offered import OfferedPlace

SAME_SPOT_M = 250
"""Metres between two geocodings of one address: further apart, they are two places."""


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

    In order: same structure id; same postal code and street line; same spot; the only place in that postal code;
    and, when the editor says nothing of the place, the person's only place.
    """
    if not places:
        return None
    if offered is None:
        return places[0].key if len({place.key for place in places}) == 1 else None
    same = [p for p in places if offered.structure_id and p.structure_id == offered.structure_id]
    candidates = same or places
    if len({place.key for place in same}) == 1:
        return same[0].key
    near = [p for p in candidates if not offered.postal_code or p.postal_code == offered.postal_code]
    line = folded(offered.line or "")
    for place in near:
        if line and folded(place.line) == line:
            return place.key
    for place in candidates:
        if _same_spot(offered, place):
            return place.key
    keys = {place.key for place in near}
    if len(keys) == 1 and (offered.postal_code or _says_nothing(offered)):
        return near[0].key
    return same[0].key if same else None


def _says_nothing(offered: OfferedPlace) -> bool:
    return not (offered.line or offered.city or offered.latitude)


def _same_spot(offered: OfferedPlace, place: KnownPlace) -> bool:
    if offered.latitude is None or offered.longitude is None or not place.exact:
        return False
    return distance_m(offered.latitude, offered.longitude, place.latitude, place.longitude) <= SAME_SPOT_M


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


def folded(text: str) -> str:
    """A street line without accents, case, punctuation and common abbreviations, to compare two spellings."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = re.findall(r"[a-z0-9]+", plain)
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)
