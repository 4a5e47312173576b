"""Plane coordinates of French registers to degrees WGS 84: Lambert-93 in France, UTM overseas (EPSG registry).

Pure arithmetic of PROJ (pyproj), without network: its database comes with the wheel.
"""

import math
import re
from functools import cache

from pyproj import Transformer

LAMBERT_93 = 2154
ANTILLES, GUYANE, REUNION, MAYOTTE, MIQUELON = 5490, 2972, 2975, 4471, 4467
_OF_DEPARTMENT = {
    "971": ANTILLES,
    "972": ANTILLES,
    "973": GUYANE,
    "974": REUNION,
    "975": MIQUELON,
    "976": MAYOTTE,
    "977": ANTILLES,
    "978": ANTILLES,
}
KNOWN = frozenset({LAMBERT_93, *_OF_DEPARTMENT.values(), 32620, 32621, 32622, 32738, 32740, 4326})
_EPSG = re.compile(r"EPSG[:_ ]*(\d{4,5})")
_UTM = re.compile(r"(?:UTM|ZONE)[ _]*(?:ZONE[ _]*)?([NS]?)[ _]*(\d{2})[ _]*([NS]?)")
_OF_UTM_ZONE = {"20": ANTILLES, "21": MIQUELON, "22": GUYANE, "38": MAYOTTE, "40": REUNION}


def system_of(words: str, department: str) -> int | None:
    """The EPSG code told by the register's words (« LAMBERT_93 », « UTM_N20 », « EPSG:4471 … »), else the department's.

    None when neither tells: overseas collectivities whose plane coordinates no register publishes.
    """
    upper = words.upper()
    if (code := _EPSG.search(upper)) and int(code[1]) in KNOWN:
        return int(code[1])
    if "LAMBERT" in upper and "93" in upper:
        return LAMBERT_93
    if (zone := _UTM.search(upper)) and zone[2] in _OF_UTM_ZONE:
        return _OF_UTM_ZONE[zone[2]]
    if len(department) == 2:
        return LAMBERT_93
    return _OF_DEPARTMENT.get(department)


def to_degrees(x: float, y: float, *, words: str, department: str) -> tuple[float, float] | None:
    """(latitude, longitude) in degrees, rounded to a centimetre; None when the pair cannot be a place of that system.

    Values that are already degrees are taken as (longitude, latitude): no plane system has a place so near its origin.
    """
    if not (math.isfinite(x) and math.isfinite(y)) or (x == 0 and y == 0):
        return None
    if abs(x) <= 180 and abs(y) <= 90:
        return round(y, 7), round(x, 7)
    system = system_of(words, department)
    if system is None or system == 4326:
        return None
    longitude, latitude = _transformer(system).transform(x, y)
    if not (math.isfinite(latitude) and math.isfinite(longitude)) or not (
        -90 <= latitude <= 90 and -180 <= longitude <= 180
    ):
        return None
    return round(latitude, 7), round(longitude, 7)


@cache
def _transformer(system: int) -> Transformer:
    return Transformer.from_crs(system, 4326, always_xy=True)
