"""Where the fictitious addresses are: each one a fixed point around its commune, the larger the commune the wider.

A real platform asks the national address API (`geocode_places`); invented streets are nowhere, so the demonstration
draws a point from the address itself, and records it through the same door.
"""

import math
import random
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from sas.directory.gazetteer import gazetteer
from sas.directory.positions import Located, Unlocated, record_positions, unlocated

LOT = 5000
KM_PER_DEGREE = 111.2
WIDEST_KM = 4.0


def spread(departments: Sequence[str], *, by: str, at: datetime) -> None:
    """Give a point to every address of these departments that stands at the centre of its commune."""
    for department in departments:
        addresses = unlocated(department=department)
        while lot := list(islice(addresses, LOT)):
            record_positions([_located(address) for address in lot], by=by, at=at)


def _located(address: Unlocated) -> Located:
    commune = gazetteer().by_insee(address.insee)
    if commune is None:
        raise LookupError(address.insee)
    draw = random.Random(f"{address.insee} {address.line}")
    reach = min(WIDEST_KM, 0.25 * math.sqrt(commune.population / 1000)) * math.sqrt(draw.random())
    angle = draw.random() * math.tau
    latitude = commune.latitude + reach * math.sin(angle) / KM_PER_DEGREE
    longitude = commune.longitude + reach * math.cos(angle) / (KM_PER_DEGREE * math.cos(math.radians(commune.latitude)))
    return Located(address.location_ids, round(latitude, 6), round(longitude, 6))
