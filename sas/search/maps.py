"""The map beside the list: what a card says on it, where it looks, and a new search from where one has moved it.

Reads only. A map adds no query: what it shows of a card is in the card.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings

from sas.directory.ban import Ban, BanError
from sas.directory.gazetteer import Gazetteer, gazetteer
from sas.directory.gazetteer_places import Commune
from sas.directory.geocoding import Place
from sas.search.conversation import Card
from sas.search.criteria import LARGEST_RADIUS_KM, Criteria, InvalidCriteria, QueryParameters, value_of
from sas.search.lots import Lot
from sas.search.presenting import CardView
from sas.search.ranking import Availability

SOON, TODAY = timedelta(hours=4), timedelta(hours=24)
LEAST_RADIUS_KM = 0.5
FAR_FROM_ALL_KM = 60
"""Further from every town hall of France than this, one is at sea or abroad (Maripasoula's own land goes that far)."""

LEFT_BEHIND = ("loc", "lieu", "rayon", "suite", "graine", "complet")
"""What a search from another place does not take along."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Where a card stands on the map. Degrees WGS 84. `soon`: `now` (under 4 h), `day` (under 24 h), `later`,
    `unknown` or `none`: each has its shape. `first`: « 14 h 40 », « demain 9 h 00 »."""

    latitude: float
    longitude: float
    soon: str
    first: str


def marker(card: Card, view: CardView, *, now: datetime) -> Marker:
    """The marker of one card; `view` is the same card, in words."""
    row = card.seat.candidate
    first = next(((day.label, slot.time) for day in view.days for slot in day.first), None)
    text = ""
    if first is not None:
        text = first[1] if first[0] == "aujourd’hui" else f"{first[0]} {first[1]}"
    return Marker(round(row.latitude, 5), round(row.longitude, 5), _soon(card, now), text)


def _soon(card: Card, now: datetime) -> str:
    if not card.slots:
        return "unknown" if card.availability is Availability.UNKNOWN else "none"
    ahead = card.slots[0].start - now
    return "now" if ahead < SOON else "day" if ahead < TODAY else "later"


def map_context(criteria: Criteria, lot: Lot) -> dict[str, Any]:
    """What the map of a search prints: where it looks, its background, and the question that follows it elsewhere."""
    place, radius = lot.place, lot.radius_km
    department = gazetteer().department(place.department)
    if place.kind == "county" and department is not None:
        radius = department.radius_km
    kept = dict.fromkeys(LEFT_BEHIND)
    return {
        "latitude": f"{place.latitude:.5f}",
        "longitude": f"{place.longitude:.5f}",
        "radius_km": f"{radius:g}",
        "kept": parse_qsl(criteria.query(**kept)),
    } | background()


def background() -> dict[str, str]:
    """What is drawn under the markers: tiles and where they come from; outlines of departments without them."""
    return {"tiles": settings.SAS_TILES_URL, "attribution": settings.SAS_TILES_ATTRIBUTION}


def area_of(parameters: QueryParameters, *, ban: Ban | None) -> tuple[Place, float]:
    """The place in the middle of a map, and the radius that it shows (km). Raises `InvalidCriteria`.

    The commune is looked up anew: with the one before, the CPTS of another zone would answer (spec §6).
    """
    latitude, longitude, radius = (_number(parameters, name) for name in ("lat", "lon", "rayon"))
    if latitude is None or longitude is None or radius is None or abs(latitude) > 90 or abs(longitude) > 180:
        message = "Zone de la carte illisible : déplacez la carte, puis relancez la recherche."
        raise InvalidCriteria(message, field="loc")
    place = _around(latitude, longitude, ban, gazetteer())
    if place is None:
        message = "Aucune commune de France à cet endroit de la carte : déplacez-la, puis relancez la recherche."
        raise InvalidCriteria(message, field="loc", status=422)
    return place, min(max(round(radius, 1), LEAST_RADIUS_KM), LARGEST_RADIUS_KM)


def _number(parameters: QueryParameters, name: str) -> float | None:
    try:
        value = float(value_of(parameters, name)[:30].replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _around(latitude: float, longitude: float, ban: Ban | None, known: Gazetteer) -> Place | None:
    commune = _commune_of_address(latitude, longitude, ban, known) or _nearest(latitude, longitude, known)
    if commune is None:
        return None
    return Place(
        label=f"zone de la carte autour de {commune.label}",
        kind="address",  # a point: whoever is nearer comes first
        latitude=latitude,
        longitude=longitude,
        department=commune.department,
        timezone=commune.timezone,
        precision="locality",
        source="carte",
        insee=commune.insee,
    )


def _commune_of_address(latitude: float, longitude: float, ban: Ban | None, known: Gazetteer) -> Commune | None:
    """Of the nearest address, when the address service is on and knows one."""
    try:
        found = ban.reverse(latitude, longitude) if ban is not None else ()
    except BanError:
        return None
    return known.by_insee(found[0].citycode) if found else None


def _nearest(latitude: float, longitude: float, known: Gazetteer) -> Commune | None:
    """By town halls, one pass over 35,000 communes: some ten milliseconds, for an act of a person."""
    narrowing = math.cos(math.radians(latitude))

    def away(commune: Commune) -> float:
        east = ((commune.longitude - longitude + 180) % 360 - 180) * narrowing
        return (commune.latitude - latitude) ** 2 + east**2

    nearest = min(known.communes, key=away)
    return nearest if math.sqrt(away(nearest)) * 111.2 <= FAR_FROM_ALL_KM else None
