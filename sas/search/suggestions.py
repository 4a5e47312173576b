"""What the two fields propose while one types."""

from typing import Any

from sas.directory.ban import BanError
from sas.directory.gazetteer import gazetteer
from sas.directory.geocoding import Place
from sas.directory.names_search import suggest_names
from sas.directory.vocabulary import Discipline, suggest_what
from sas.search.questions import address_service

MOST = 8
MOST_NAMES = 4
SHORTEST_NAME = 3
SPECIALTIES, STRUCTURE_KINDS = "Spécialités et professions", "Types de structure"
PEOPLE, STRUCTURES = "Professionnels", "Structures"
DETAILS = {"specialty": "spécialité", "profession": "profession"}
SHORTEST_ADDRESS = 5


def what(text: str, near: Place | None = None) -> list[dict[str, Any]]:
    """`[{"label", "value", "detail", "group"}]`, by group; `value` goes into `quoi`: nothing is looked up twice.

    Disciplines and kinds of structures from two letters, then people and structures from three, those of the
    department first when the place was chosen already.
    """
    kinds = [(SPECIALTIES if s.kind != "structure" else STRUCTURE_KINDS, s) for s in suggest_what(text, MOST)]
    lines = [
        _line(s.label, s.code, DETAILS.get(s.kind, ""), group)
        for wanted in dict.fromkeys(group for group, _ in kinds)
        for group, s in kinds
        if group == wanted
    ]
    if len(text.strip()) < SHORTEST_NAME:
        return lines
    return lines + _names(text, near)


def people(text: str, near: Place | None = None) -> list[dict[str, Any]]:
    """The same for somebody's name alone; `value` goes into `mtid`."""
    found = suggest_names(text, department=near.department if near else None, limit=2 * MOST)
    named = [one for one in found if one.kind == "person"][:MOST]
    return [{"label": one.label, "value": one.value, "detail": one.detail} for one in named]


def _line(label: str, value: str, detail: str, group: str) -> dict[str, Any]:
    return {"label": label, "value": value, "detail": detail, "group": group}


def _names(text: str, near: Place | None) -> list[dict[str, Any]]:
    """People, then structures: those of the department of the chosen place first."""
    found = suggest_names(text, department=near.department if near else None, limit=2 * MOST_NAMES)
    groups = {"person": PEOPLE, "structure": STRUCTURES}
    return [_line(one.label, one.value, one.detail, groups[one.kind]) for one in found]


def recent(what: Discipline, place: Place) -> dict[str, str] | None:
    """What a tab may remember of a search (docs/adr/0006): a discipline, and the commune rather than an address."""
    if not what.code:
        return None  # somebody's name
    where = place.label
    if place.kind == "address":
        commune = gazetteer().by_insee(place.insee) if place.insee else None
        where = commune.label if commune else ""
    return {"what": what.label, "code": what.code, "where": where} if where else None


def where(text: str) -> list[dict[str, Any]]:
    """The same for places; `value` is the place's token, for `lieu`. Communes first, then addresses when looked up."""
    near = gazetteer().suggest(text, MOST)
    lines = [{"label": s.label, "value": Place.from_suggestion(s).token(), "detail": s.detail} for s in near]
    return (lines + _addresses(text))[:MOST]


def _addresses(text: str) -> list[dict[str, Any]]:
    service = address_service()
    if service is None or len(text.strip()) < SHORTEST_ADDRESS or not any(c.isdigit() for c in text):
        return []
    try:
        found = service.search(text.strip()[:200], limit=5, autocomplete=True)
    except BanError:
        return []  # communes are still proposed, and the search itself will say that addresses are approximate
    places = [Place.from_address(address, gazetteer()) for address in found]
    return [{"label": p.label, "value": p.token(), "detail": "adresse"} for p in places if p is not None]
