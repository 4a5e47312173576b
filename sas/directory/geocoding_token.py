"""A resolved place as compact URL-safe text, and back with every field checked: it comes from a browser."""

import base64
import binascii
import math
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    from sas.directory.gazetteer import Gazetteer

LONGEST = 600
_LONGEST_LABEL = 150
#: What labels of addresses are made of: no markup, no web address, no line end.
_LABEL = re.compile(r"[\w .,'’()°-]+")
_POSTAL_CODE = re.compile(r"[0-9]{5}")
_EARTH_RADIUS_KM = 6371.0088
#: A department's circle is drawn around town halls: remote hamlets lie outside by less than this.
_MARGIN_KM = 80
_PRECISIONS = {
    "address": ("housenumber", "street", "locality"),
    "city": ("municipality", "postal_code"),
    "county": ("department",),
}


class Token(NamedTuple):
    """In the order written."""

    kind: Literal["address", "city", "county"]
    precision: Literal["housenumber", "street", "locality", "municipality", "postal_code", "department"]
    latitude: float
    longitude: float
    department: str
    insee: str = ""
    postal_code: str = ""
    label: str = ""


_decoder = msgspec.json.Decoder(tuple[str, str, float, float, str, str, str, str])


def write_token(token: Token) -> str:
    kept = token._replace(
        latitude=round(token.latitude, 6),
        longitude=round(token.longitude, 6),
        label="".join(_LABEL.findall(token.label))[:_LONGEST_LABEL],
    )
    return base64.urlsafe_b64encode(msgspec.json.encode(tuple(kept))).decode().rstrip("=")


def read_token(text: str, known: "Gazetteer") -> Token | None:
    """None unless the text is one that `write_token` could have written about a place of France."""
    if not 0 < len(text) <= LONGEST or not text.isascii():
        return None
    try:
        fields: tuple[Any, ...] = _decoder.decode(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    token = Token(*fields)
    return token if _is_sound(token, known) else None


def _is_sound(token: Token, known: "Gazetteer") -> bool:
    department = known.departments.get(token.department)
    if department is None or token.precision not in _PRECISIONS.get(token.kind, ()):
        return False
    if not _LABEL.fullmatch(token.label) or len(token.label) > _LONGEST_LABEL:
        return False
    if token.postal_code and not _POSTAL_CODE.fullmatch(token.postal_code):
        return False
    if not (-90 <= token.latitude <= 90 and -180 <= token.longitude <= 180):
        return False
    commune = known.by_insee(token.insee) if token.insee else None
    if token.insee and (commune is None or commune.department != token.department):
        return False
    away = _km((token.latitude, token.longitude), (department.latitude, department.longitude))
    return away <= department.radius_km + _MARGIN_KM


def _km(a: tuple[float, float], b: tuple[float, float]) -> float:
    lat1, lon1, lat2, lon2 = map(math.radians, (*a, *b))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))
