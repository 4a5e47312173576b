"""One establishment of FINESS in our words: kind, address, position, phone. Pure; the gazetteer comes as a function."""

import re
from collections.abc import Callable
from typing import Any

from sas.directory.finess import Establishment
from sas.directory.gazetteer_match import How, Match
from sas.directory.models import Precision
from sas.directory.projections import to_degrees
from sas.directory.rules import HALF_TURN_KM, chord_of, metres_of, phone_number, search_key, unit_point
from sas.directory.structure_kinds import kinds_by_category

FARTHEST_KM = 60.0
"""From the centre of its commune, beyond which a position is a mistake: another projection, swapped columns."""
FARTHEST_IN_GUYANE_KM = 250.0
_STREETS = {
    "ALL": "allée",
    "AV": "avenue",
    "AVE": "avenue",
    "BD": "boulevard",
    "CAR": "carrefour",
    "CHE": "chemin",
    "CHS": "chaussée",
    "CITE": "cité",
    "CRS": "cours",
    "DOM": "domaine",
    "ESP": "esplanade",
    "FG": "faubourg",
    "GR": "grande rue",
    "HAM": "hameau",
    "IMP": "impasse",
    "LD": "lieu-dit",
    "LOT": "lotissement",
    "PAS": "passage",
    "PL": "place",
    "PROM": "promenade",
    "QU": "quai",
    "QUA": "quartier",
    "R": "rue",
    "RES": "résidence",
    "RPT": "rond-point",
    "RTE": "route",
    "SQ": "square",
    "VLGE": "village",
    "ZA": "ZA",
}
_DELIVERY = re.compile(r"(\d{5})\s+(.*)")


def values_of(
    row: Establishment, commune_for: Callable[[str, str, str], Match], warn: Callable[[str], None]
) -> dict[str, Any]:
    """What FINESS says of a structure; what it cannot say is left out or told to `warn`."""
    kind = kinds_by_category().get(row.categetab)
    name = row.rslongue or row.rs
    phone = phone_number(row.telephone)
    if row.telephone and not phone:
        warn("téléphone illisible")
    return {
        "kind": kind.kind if kind else "establishment",
        "activity": kind.activity if kind and kind.kind == "establishment" else "",
        "category": row.categetab,
        "category_label": row.libcategetab,
        "siret": row.siret if re.fullmatch(r"\d{14}", row.siret) else "",
        "name": name,
        # Both names are searched: people say the short one, the sign says the other.
        "name_key": search_key(name if row.rs == name else f"{name} {row.rs}"),
        "phone": phone,
    } | _where(row, commune_for, warn)


def _where(
    row: Establishment, commune_for: Callable[[str, str, str], Match], warn: Callable[[str], None]
) -> dict[str, Any]:
    delivery = _DELIVERY.fullmatch(row.ligneacheminement)
    postal_code, city = (delivery[1], delivery[2]) if delivery else ("", row.ligneacheminement)
    match = commune_for(_insee(row), postal_code, city)
    commune = match.commune
    if match.how in (How.NONE, How.DEPARTMENT):
        warn("commune inconnue")
    point, precision = _position(row, match, warn), Precision.SOURCE
    if point is None and commune is not None:
        point, precision = match.point, Precision.COMMUNE
    return {
        "line": _line(row),
        "postal_code": postal_code,
        "insee": commune.insee if commune else "",
        "city": commune.name if commune else city,
        "department": match.department or "",
        "timezone": commune.timezone if commune else "Europe/Paris",
        "latitude": point[0] if point else None,
        "longitude": point[1] if point else None,
        "precision": precision.value if point else None,
    }


def _insee(row: Establishment) -> str:
    """`commune` is three digits behind the department; overseas departments are 9A…9F there, 97 in INSEE's codes."""
    code, department = row.commune.strip(), row.departement.strip().upper()
    if len(code) == 5:
        return code
    if not code:
        return ""
    # Spreadsheets eat leading zeros.
    overseas = (department[:1] == "9" and department[1:2].isalpha()) or department[:2] in ("97", "98")
    prefix = department[:2] if department[:2] == "98" else "97" if overseas else department.zfill(2)
    return prefix + code.zfill(3)


def _position(row: Establishment, match: Match, warn: Callable[[str], None]) -> tuple[float, float] | None:
    if not (row.coordxet or row.coordyet):
        return None
    try:
        x, y = (float(value.replace(",", ".").replace(" ", "")) for value in (row.coordxet, row.coordyet))
    except ValueError:
        warn("coordonnées illisibles")
        return None
    point = to_degrees(x, y, words=row.sourcecoordet, department=match.department or "")
    if point is None:
        warn("coordonnées hors de leur système")
        return None
    if match.point is not None and _km(point, match.point) > (
        FARTHEST_IN_GUYANE_KM if match.department == "973" else FARTHEST_KM
    ):
        warn("coordonnées loin de la commune : centre de la commune gardé")
        return None
    return point


def _km(a: tuple[float, float], b: tuple[float, float]) -> float:
    chord = sum((p - q) ** 2 for p, q in zip(unit_point(*a), unit_point(*b), strict=True)) ** 0.5
    return metres_of(chord) / 1000 if chord < chord_of(HALF_TURN_KM) else HALF_TURN_KM


def _line(row: Establishment) -> str:
    street_type = _STREETS.get(row.typvoie.upper(), row.typvoie)
    number = f"{row.numvoie.lstrip('0')}{row.compvoie}".strip()
    street = " ".join(part for part in (number, street_type, row.voie) if part)
    return ", ".join(part for part in (street, row.compldistrib or row.lieuditbp) if part)
