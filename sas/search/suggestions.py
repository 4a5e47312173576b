"""What the two fields propose while one types."""

from typing import Any

from sas.directory.ban import BanError
from sas.directory.gazetteer import gazetteer
from sas.directory.geocoding import Place
from sas.directory.vocabulary import suggest_what
from sas.search.questions import address_service

MOST = 8
SHORTEST_ADDRESS = 5


def what(text: str) -> list[dict[str, Any]]:
    """`[{"label", "value", "detail"}]`; `value` goes into `quoi`."""
    kinds = {"specialty": "spécialité", "profession": "profession", "structure": "structure"}
    return [{"label": s.label, "value": s.code, "detail": kinds[s.kind]} for s in suggest_what(text, MOST)]


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
