"""One line of the Annuaire Santé → one row of the staging table, or the reason why it costs only itself.

Pure: the vocabulary and the gazetteer come in as functions, remembered because 1.3 million lines repeat themselves.
"""

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from sas.directory.annuaire_sante import Activity
from sas.directory.gazetteer_match import Match
from sas.directory.models import Precision
from sas.directory.rules import is_national_id, is_structure_id, phone_number, search_key

POSTAL_CODE = re.compile(r"\d{5}")


class Incoming(NamedTuple):
    """A row of the staging table, in the order of its columns. `place_key` is empty when the line locates no place."""

    line: int
    national_id: str
    family_name: str
    given_name: str
    civility: str
    profession: str
    name_key: str
    place_key: str
    specialty: str
    savoir_faire: str
    mode: str
    structure_national_id: str
    name: str
    address: str
    postal_code: str
    city: str
    insee: str
    department: str
    latitude: float | None
    longitude: float | None
    precision: str
    timezone: str
    phone: str


class Ignored(NamedTuple):
    """A line that is right but not ours: counted, not an error."""

    reason: str


class Unreadable(NamedTuple):
    """A line that should have been ours and is wrong: listed with its reason."""

    reason: str


NOT_SEARCHED = Ignored("profession ou spécialité hors du champ de la recherche")


class RowReader:
    """Turns activities into rows. One per import: its memories are bounded."""

    def __init__(
        self, discipline_of: Callable[[str, str], str | None], commune_for: Callable[[str, str, str], Match]
    ) -> None:
        self._discipline_of = lru_cache(maxsize=4096)(discipline_of)
        self._commune_for = lru_cache(maxsize=65_536)(commune_for)

    def read(self, line: int, activity: Activity) -> Incoming | Ignored | Unreadable:
        """The staging row of one line."""
        specialty = self._discipline_of(activity.profession, activity.savoir_faire)
        if specialty is None:
            return NOT_SEARCHED
        national_id = _national_id(activity)
        if national_id is None:
            return Unreadable("identifiant national illisible")
        if not activity.family_name:
            return Unreadable("nom d’exercice absent")
        match = self._located(activity)
        commune = match.commune
        return Incoming(
            line=line,
            national_id=national_id,
            family_name=activity.family_name,
            given_name=activity.given_name,
            civility=activity.practice_civility or activity.civility,
            profession=activity.profession,
            name_key=search_key(f"{activity.family_name} {activity.given_name}"),
            place_key=_place_key(activity) if commune else "",
            specialty=specialty,
            savoir_faire=activity.savoir_faire,
            mode=activity.mode,
            structure_national_id=_structure_id(activity),
            name=activity.sign or activity.site_name,
            address=_address(activity),
            postal_code=_postal_code(activity, match),
            city=commune.name if commune else "",
            insee=commune.insee if commune else "",
            department=match.department or "",
            latitude=match.point[0] if match.point else None,
            longitude=match.point[1] if match.point else None,
            precision=Precision.COMMUNE.value,
            timezone=commune.timezone if commune else "",
            phone=phone_number(activity.phone) or phone_number(activity.phone_2),
        )

    def _located(self, activity: Activity) -> Match:
        city, postal_code = activity.city, activity.postal_code
        if not city and activity.cedex:
            # « 59046 LILLE CEDEX »: the only place where some lines name their town.
            code, _, name = activity.cedex.partition(" ")
            city, postal_code = (
                (name, postal_code or code) if POSTAL_CODE.fullmatch(code) else (activity.cedex, postal_code)
            )
        return self._commune_for(activity.insee, postal_code, city)


def _national_id(activity: Activity) -> str | None:
    """Prefixed: the national column, else type + id. Text from end to end, so that ADELI keeps its leading zero."""
    for candidate in (activity.national_id.upper(), f"{activity.id_type}{activity.id_value}".upper()):
        if is_national_id(candidate):
            return candidate
    return None


def _structure_id(activity: Activity) -> str:
    """The site's national id, by the order of interop.md §3.1: FINESS, SIRET, else RPPS-rang or ADELI-rang."""
    technical = activity.technical_id
    candidates = (
        f"1{activity.finess.upper()}",
        f"3{activity.siret}",
        activity.old_id,
        f"4{technical[1:]}" if technical.startswith("R") else "",
        f"0{technical[1:]}" if technical.startswith("C") else "",
    )
    return next((candidate for candidate in candidates if is_structure_id(candidate)), "")


def _place_key(activity: Activity) -> str:
    """What names the same place in the next extraction: a technical id, else the site's id, else its address."""
    if activity.technical_id:
        return activity.technical_id
    site = _structure_id(activity)
    if site:
        return site
    words = search_key(f"{_address(activity)} {activity.postal_code} {activity.insee or activity.city}")
    return f"adresse:{hashlib.sha256(words.encode()).hexdigest()[:24]}"


def _address(activity: Activity) -> str:
    parts = (
        activity.number,
        activity.number_suffix,
        activity.street_type or activity.street_type_code,
        activity.street,
    )
    street = " ".join(part for part in parts if part)
    return ", ".join(part for part in (street, activity.mention) if part)


def _postal_code(activity: Activity, match: Match) -> str:
    """As given when it looks like one (CEDEX included: it is on the letterhead), else the commune's first."""
    if POSTAL_CODE.fullmatch(activity.postal_code):
        return activity.postal_code
    return match.commune.postal_codes[0] if match.commune and match.commune.postal_codes else ""
