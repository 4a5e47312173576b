"""What a structure's sheet says of its number and of what the ROR still lacks (platform.md §3.7, S4). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sas.directory.structure_rules import FINESS, SOURCE_LABELS, Phone, said_by

WITH_A_ZONE = frozenset({"cpts"})
"""Kinds that answer for communes."""

WHY = {
    "corrected": "C’est celui que vous avez donné ici.",
    "snp": "C’est celui de l’unité de soins non programmés décrite dans le ROR.",
    "regulation": "Le ROR le réserve à la régulation ; aucune unité de soins non programmés n’y est décrite.",
    "public": "Le ROR ne donne ni unité de soins non programmés, ni numéro réservé : c’est le numéro public.",
    "finess": "Seul le standard, source FINESS, est connu : il n’est jamais donné comme un contact de régulation.",
    "": "Aucun numéro n’est connu : les régulateurs ne peuvent pas joindre la structure.",
}


@dataclass(frozen=True, slots=True)
class Known:
    """One thing that the ROR should say. `source`, `on`: who said it, since when; empty and None when nobody did."""

    name: str
    said: bool
    source: str = ""
    on: date | None = None

    @property
    def lacks(self) -> bool:
        """The ROR is to be completed: nobody said it, or only the register of establishments."""
        return not self.said or self.source == SOURCE_LABELS[FINESS]


def why_number(phone: Phone, *, corrected: bool) -> str:
    """One sentence: why regulators are given that number."""
    return WHY["corrected" if corrected else phone.kind]


def may_regulate(phone: Phone) -> bool:
    """A number that regulators are told to call: the one of FINESS is not."""
    return phone.kind not in ("", "finess")


def known_of(kind: str, fields: Mapping[str, Any], sources: Mapping[str, Any], usual: str, on: date) -> list[Known]:
    """What is known of a structure, in the order that matters to a regulator.

    `fields`: `phone`, `snp_phone`, `snp_hours`, `zone`, `opening_hours`. `usual`, `on`: the source of the whole
    structure and its day, for what is older than provenance.
    """
    wanted = [
        ("téléphone de l’unité de soins non programmés", "snp_phone"),
        ("ses horaires", "snp_hours"),
        ("téléphone public", "phone"),
        ("zone d’intervention", "zone") if kind in WITH_A_ZONE else ("horaires d’ouverture", "opening_hours"),
    ]
    found = []
    for name, field in wanted:
        if not fields.get(field):
            found.append(Known(name, False))
            continue
        source = said_by(sources, field, usual)
        found.append(Known(name, True, SOURCE_LABELS.get(source, source), _day(sources.get(field), on)))
    return found


def _day(noted: Any, usual: date) -> date:
    try:
        return date.fromisoformat(noted["on"])
    except (TypeError, KeyError, ValueError):
        return usual
