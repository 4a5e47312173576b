"""From what was typed to one place on the map, said with its precision and where it comes from.

Areas (commune, postal code, department) are found in the gazetteer; addresses at the national address API when it is
on. When it is off, down, or does not know the address, the commune at the end of the text answers, and the place says
so (`degraded`, `note`): spec/platform.md §3.5. A chosen suggestion travels as `Place.token()`, so that nothing is
geocoded twice (spec/pitfalls.md 10).
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from sas.directory.ban import Address, Ban, BanError
from sas.directory.gazetteer import Commune, Gazetteer, Part, Suggestion, gazetteer
from sas.directory.gazetteer_names import LONGEST_TEXT, fold, without_cedex
from sas.directory.geocoding_token import Token, read_token, write_token

Kind = Literal["address", "city", "county"]
Precision = Literal["housenumber", "street", "locality", "municipality", "postal_code", "department"]
NATIONAL_ADDRESSES = "Base adresse nationale"
COMMUNES = "répertoire des communes"

#: Below, the API's best answer is a guess (its documentation calls 0.5 « moyen »).
_LEAST_SCORE = 0.5
_POSTAL_CODE = re.compile(r"\b(\d{5})\b")
#: The second of two homonyms is forgotten when the first is this many times larger.
_MUCH_LARGER = 10
_LONGEST_NAME_WORDS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where to search from. Degrees WGS 84; `timezone` is the commune's. `note` is a sentence to show when degraded."""

    label: str
    kind: Kind
    latitude: float
    longitude: float
    department: str
    timezone: str
    precision: Precision
    source: str
    insee: str | None = None
    postal_code: str | None = None
    degraded: bool = False
    note: str = ""

    def token(self) -> str:
        """This place as URL-safe text, at most 600 characters."""
        return write_token(
            Token(self.kind, self.precision, self.latitude, self.longitude, self.department)._replace(
                insee=self.insee or "", postal_code=self.postal_code or "", label=self.label
            )
        )

    @classmethod
    def from_token(cls, text: str, known: Gazetteer | None = None) -> "Place | None":
        """The place that `token()` wrote; None for anything else. Only the position is believed, and only inside the
        department it names; names and time zone are ours again."""
        known = known or gazetteer()
        token = read_token(text, known)
        if token is None:
            return None
        commune = known.by_insee(token.insee) if token.insee else None
        department = known.departments[token.department]
        is_address = token.kind == "address"
        return cls(
            token.label,
            token.kind,
            token.latitude,
            token.longitude,
            token.department,
            commune.timezone if commune else department.timezone,
            token.precision,
            NATIONAL_ADDRESSES if is_address else COMMUNES,
            token.insee or None,
            token.postal_code or None,
        )

    @classmethod
    def from_suggestion(cls, chosen: Suggestion) -> "Place":
        """The place of one line of the gazetteer's autocompletion."""
        precisions: dict[str, Precision] = {
            "city": "municipality",
            "county": "department",
            "postal_code": "postal_code",
        }
        return cls(
            chosen.label,
            "county" if chosen.kind == "county" else "city",
            chosen.latitude,
            chosen.longitude,
            chosen.department,
            chosen.timezone,
            precisions[chosen.kind],
            COMMUNES,
            chosen.code if chosen.kind == "city" else None,
            chosen.postal_code,
        )

    @classmethod
    def from_address(cls, found: Address, known: Gazetteer) -> "Place | None":
        """An answer of the national API; None when its commune is not one of ours."""
        commune = known.by_insee(found.citycode)
        if commune is None or found.type not in ("housenumber", "street", "locality", "municipality"):
            return None
        is_commune = found.type == "municipality"
        return cls(
            found.label,
            "city" if is_commune else "address",
            found.latitude,
            found.longitude,
            commune.department,
            commune.timezone,
            found.type,  # type: ignore[arg-type]  # checked above
            NATIONAL_ADDRESSES,
            commune.insee,
            found.postcode,
        )


@dataclass(frozen=True, slots=True)
class NotFound:
    """`reason` is a sentence in French that says what to do; `suggestions` are places near what was typed."""

    reason: str
    suggestions: tuple[Suggestion, ...] = ()


def locate(text: str, *, ban: Ban | None = None, gazetteer: Gazetteer) -> Place | NotFound:
    """The one place meant by a typed text; never raises, whatever the text and whatever the address service does."""
    typed = text.strip()
    if not typed:
        return NotFound("Indiquez un lieu : une adresse, une commune, un code postal ou un département.")
    if len(typed) > LONGEST_TEXT or not fold(typed).strip():
        return NotFound(
            "Ce texte n’est pas un lieu : tapez une adresse, une commune, un code postal ou un département."
        )
    exact = gazetteer.exact(typed)
    if exact:
        return _chosen_or_ask(typed, exact)
    place = _address(typed, ban, gazetteer, citycode=None) if _could_be_address(typed) else None
    if place is not None:
        return place
    suggestions = gazetteer.suggest(typed)
    if len(suggestions) == 1:
        return Place.from_suggestion(suggestions[0])
    commune = _commune_in(typed, gazetteer) if _could_be_address(typed) else None
    if commune is not None:
        return _degraded(commune) if isinstance(commune, Place) else commune
    if suggestions:
        return NotFound("Plusieurs lieux ressemblent à ce texte : choisissez dans la liste.", tuple(suggestions))
    return NotFound(
        "Lieu introuvable : vérifiez l’orthographe, ou tapez le nom de la commune suivi de son code postal."
    )


def locate_address(
    *,
    street_number: str = "",
    street_name: str = "",
    city: str = "",
    insee: str = "",
    ban: Ban | None = None,
    gazetteer: Gazetteer,
) -> Place | NotFound:
    """The address of a contextual call (INT_L01): `insee` wins over `city` (spec/hub-and-lrm.md part II).

    Arrondissement codes keep their own point.
    """
    if not insee:
        return locate(
            " ".join(filter(None, [street_number, street_name + "," * bool(street_name), city])),
            ban=ban,
            gazetteer=gazetteer,
        )
    match = gazetteer.commune_for(insee=insee)
    if match.commune is None or match.how != "insee":
        return NotFound("Le code de commune reçu est inconnu : tapez le nom de la commune ou son code postal.")
    around = _around(match.commune, gazetteer.part(insee), gazetteer)
    if not street_name:
        return around
    typed = f"{street_number} {street_name}, {match.commune.name}".strip()
    return _address(typed, ban, gazetteer, citycode=insee) or _degraded(around)


def _chosen_or_ask(typed: str, exact: list[Suggestion]) -> Place | NotFound:
    first, *others = exact
    rivals = [
        other
        for other in others
        if other.population * _MUCH_LARGER > first.population
        and (other.kind, other.code) != (first.kind, first.code)
        and not (first.kind == "city" and other.kind == "county" and first.department == other.department)
    ]
    if first.kind == "postal_code" or not rivals:
        return Place.from_suggestion(first)
    return NotFound(f"Plusieurs lieux s’appellent « {typed} » : choisissez dans la liste.", tuple(exact[:8]))


def _could_be_address(typed: str) -> bool:
    """More than a name: a number, a comma, or at least three words."""
    return any(char.isdigit() or char == "," for char in typed) or len(typed.split()) >= 3


def _address(typed: str, ban: Ban | None, known: Gazetteer, *, citycode: str | None) -> Place | None:
    if ban is None:
        return None
    try:
        answers = ban.search(typed, limit=1, citycode=citycode)
    except BanError:
        return None
    return Place.from_address(answers[0], known) if answers and answers[0].score >= _LEAST_SCORE else None


def _commune_in(typed: str, known: Gazetteer) -> Place | NotFound | None:
    """The commune that the text ends with: by postal code and name, else by the longest name at its end."""
    codes = _POSTAL_CODE.findall(typed)
    if codes:
        name = typed.rsplit(codes[-1], 1)[1].strip(" ,;()") or typed.rsplit(codes[-1], 1)[0].rsplit(",", 1)[-1]
        match = known.commune_for(postal_code=codes[-1], city=name)
        if match.commune is not None:
            district = known.district(codes[-1])
            return replace(_around(match.commune, district, known), postal_code=match.postal_code)
    words = without_cedex(fold(typed)).split()
    for length in range(min(_LONGEST_NAME_WORDS, len(words) - 1), 0, -1):
        exact = [found for found in known.exact(" ".join(words[-length:])) if found.kind == "city"]
        if exact:
            return _chosen_or_ask(exact[0].label.rpartition(" (")[0], exact)
    return None


def _around(commune: Commune, part: Part | None, known: Gazetteer) -> Place:
    named = part if part is not None and part.is_district else None
    label = f"{named.name.removesuffix(' Arrondissement')} ({commune.department})" if named else commune.label
    codes = named.postal_codes if named else commune.postal_codes
    return Place(
        label,
        "city",
        *(named or commune).point,
        commune.department,
        commune.timezone,
        "municipality",
        COMMUNES,
        commune.insee,
        codes[0] if len(codes) == 1 else None,
    )


def _degraded(place: Place) -> Place:
    return replace(place, degraded=True, note=f"Adresse exacte indisponible : recherche autour de {place.label}.")
