"""Which number to call for a structure, and which source is believed for which field. Pure (platform.md §3.4, §3.7)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

FINESS, FILE, ROR = "finess", "fichier", "ror"
_RANK = {FINESS: 1, FILE: 2, ROR: 3}
"""The ROR describes what it answers for; a file is what a SAS reviewed; FINESS is an administrative register."""
SOURCE_LABELS = {FINESS: "FINESS", FILE: "fichier de structures", ROR: "ROR"}
GROUPS: dict[str, tuple[str, ...]] = {
    "name": ("name", "name_key"),
    "kind": ("kind", "activity"),
    "category": ("category", "category_label"),
    "address": ("line", "postal_code", "insee", "city", "department", "timezone"),
    "position": ("latitude", "longitude", "precision"),
    **{
        name: (name,)
        for name in (
            *("siret", "phone", "regulation_phone", "regulation_hours", "snp_phone", "snp_hours"),
            *("opening_hours", "zone", "services"),
        )
    },
}
"""Fields that only go together, by the name that their provenance has: half an address of each source is no address."""
FIELDS = tuple(field for fields in GROUPS.values() for field in fields)
_AT_THE_COMMUNE = "commune"


class Phone(NamedTuple):
    """A number to call. `kind`: `snp` (the ROR's SNP unit), `regulation`, `public`, `finess`, or "" without number.

    `finess` is the switchboard that FINESS gives: shown as « standard, source FINESS », never as the regulation's (S4).
    `hours` are in words, for the first two.
    """

    number: str = ""
    kind: str = ""
    hours: str = ""


def number_to_call(
    *,
    corrected: str | None,
    snp: str,
    snp_hours: str,
    regulation: str,
    regulation_hours: str,
    public: str,
    public_source: str,
) -> Phone:
    """What a manager corrected, else the SNP unit's, else the regulation's, else the public one (platform.md §3.7)."""
    if corrected:
        return Phone(corrected, "regulation", regulation_hours)
    if snp:
        return Phone(snp, "snp", snp_hours)
    if regulation:
        return Phone(regulation, "regulation", regulation_hours)
    if public:
        return Phone(public, "finess" if public_source == FINESS else "public")
    return Phone()


def said_by(sources: Mapping[str, Any], group: str, usual: str) -> str:
    """The source of a field (or group of fields): as noted, else that of the whole structure (older rows)."""
    noted = sources.get(group)
    return str(noted.get("source", usual)) if isinstance(noted, Mapping) else usual


def believed(
    current: Mapping[str, Any],
    sources: Mapping[str, Any],
    usual: str,
    said: Mapping[str, Any],
    *,
    source: str,
    on: date,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changes when `source` says `said` of a structure known as `current`: values by field, provenance by group.

    A source replaces what it said itself or what a lesser one said, never a better one's. An empty value says nothing,
    except where the source itself had said something: it is gone. The centre of a commune never replaces a better
    position, unless the address moved. The date is that of the last change.
    """
    values: dict[str, Any] = {}
    provenance: dict[str, Any] = {}
    for group, fields in _told(said):
        author = said_by(sources, group, usual)
        known, told = _says(group, current), _says(group, said)
        if not told and not (author == source and known):
            continue
        if known and _RANK.get(author, _RANK[FILE]) > _RANK[source]:
            continue
        if group == "position" and known and _is_worse(current, said) and not values.keys() & {"line", "insee"}:
            continue
        changed = {name: said[name] for name in fields if name in said and said[name] != current.get(name)}
        values |= changed
        if changed or (author != source and told):
            provenance[group] = {"source": source, "on": on.isoformat()}
    return values, provenance


def provenance_of(said: Mapping[str, Any], *, source: str, on: date) -> dict[str, Any]:
    """That of a structure seen for the first time: what its source says something of."""
    return {group: {"source": source, "on": on.isoformat()} for group, _ in _told(said) if _says(group, said)}


def _told(said: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for group, fields in GROUPS.items():
        if any(name in said for name in fields):
            yield group, fields


def _says(group: str, values: Mapping[str, Any]) -> bool:
    if group == "position":
        return values.get("latitude") is not None
    if group == "address":
        return bool(values.get("line") or values.get("insee"))
    return bool(values.get(GROUPS[group][0]))


def _is_worse(current: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    return said.get("precision") == _AT_THE_COMMUNE and current.get("precision") != _AT_THE_COMMUNE
