"""Which number to call for a structure, and which source is believed for which field. Pure (platform.md §3.4, §3.7)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

FINESS, FILE, ROR = "finess", "fichier", "ror"
_RANK = {FINESS: 1, FILE: 2, ROR: 3}
"""The ROR describes what it answers for; a file is what a SAS reviewed; FINESS is an administrative register."""
SOURCE_LABELS = {FINESS: "FINESS", FILE: "fichier de structures", ROR: "ROR"}


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


def said_by(sources: Mapping[str, Any], field: str, usual: str) -> str:
    """The source of a field: as noted, else that of the whole structure (rows older than provenance)."""
    noted = sources.get(field)
    return str(noted.get("source", usual)) if isinstance(noted, Mapping) else usual


def believed(
    current: Mapping[str, Any],
    sources: Mapping[str, Any],
    usual: str,
    said: Mapping[str, Any],
    *,
    source: str,
    on: date,
    empty_means_none: Collection[str] = (),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changes, field by field, when `source` says `said` of a structure known as `current`: values, provenance.

    A source replaces what it said itself or what a lesser one said, never a better one's. An empty value says nothing
    (a better source may still come), except where the source said something before and now says it is gone, or in
    `empty_means_none`. The date is that of the last change of the value.
    """
    values, provenance = {}, dict[str, Any]()
    for field, value in said.items():
        before = current.get(field)
        author = said_by(sources, field, usual)
        known = not _is_empty(before)
        if _is_empty(value) and not (author == source and known) and field not in empty_means_none:
            continue
        if known and _RANK.get(author, _RANK[FILE]) > _RANK[source]:
            continue
        if value != before:
            values[field] = value
        if value != before or author != source:
            provenance[field] = {"source": source, "on": on.isoformat()}
    return values, provenance


def provenance_of(said: Mapping[str, Any], fields: Iterable[str], *, source: str, on: date) -> dict[str, Any]:
    """That of a structure seen for the first time: its fields that say something."""
    return {name: {"source": source, "on": on.isoformat()} for name in fields if not _is_empty(said.get(name))}


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []
