"""Whom a referent has to mobilise, and why (platform.md §1, S2). Pure.

The conditions are those of 2026 (no 2 h): an agenda visible in whole or part, or a validated organisation.
"""

from dataclasses import dataclass
from enum import StrEnum

SILENT_AFTER_DAYS = 30
"""Without a slot seen for so long, declared software is said never to answer."""


class Flag(StrEnum):
    """Why somebody is on the list; values are those of the page's address."""

    NOT_ENROLLED = "non-inscrit"
    PENDING = "structure-a-identifier"
    NOT_VISIBLE = "sans-visibilite"
    OPTED_OUT = "refus-affichage"
    SILENT = "logiciel-muet"

    @property
    def label(self) -> str:
        return LABELS[self]

    @property
    def advice(self) -> str:
        """What to do about it, in one sentence."""
        return ADVICE[self]


LABELS = {
    Flag.NOT_ENROLLED: "non inscrit",
    Flag.PENDING: "structure à identifier",
    Flag.NOT_VISIBLE: "inscrit, agenda non visible",
    Flag.OPTED_OUT: "interfacé, refuse d’afficher",
    Flag.SILENT: "logiciel déclaré, aucun créneau vu",
}
ADVICE = {
    Flag.NOT_ENROLLED: "Lui présenter le SAS ; l’inscription se fait en une page avec sa carte.",
    Flag.PENDING: "Un gestionnaire de comptes doit dire de quelle structure il s’agit.",
    Flag.NOT_VISIBLE: "Ni logiciel interfacé, ni agenda SAS, ni organisation validée : l’aider à choisir.",
    Flag.OPTED_OUT: "Lui proposer le partage partiel : quelques créneaux suffisent.",
    Flag.SILENT: "Vérifier avec l’éditeur que son agenda est bien ouvert à la régulation.",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a doctor today. `interfaced`: an editor that searches ask is known for them; `seen`: a search
    showed a slot of theirs lately (None: not known); `hours`: on the SAS agenda, this week and the next."""

    enrolled: bool
    pending: bool = False
    opted_out: bool = False
    interfaced: bool = False
    seen: bool | None = None
    hours: float = 0.0
    in_organisation: bool = False


def flags_of(facts: Facts) -> tuple[Flag, ...]:
    """Every reason to call them, the first to treat first; empty: all is in order."""
    found: list[Flag] = []
    if not facts.enrolled:
        found.append(Flag.NOT_ENROLLED)
    if facts.pending:
        found.append(Flag.PENDING)
    if facts.interfaced and facts.opted_out:
        found.append(Flag.OPTED_OUT)
    visible = (facts.interfaced and not facts.opted_out) or facts.hours > 0 or facts.in_organisation
    if facts.enrolled and not visible and Flag.OPTED_OUT not in found:
        found.append(Flag.NOT_VISIBLE)
    if facts.interfaced and not facts.opted_out and facts.seen is False:
        found.append(Flag.SILENT)
    return tuple(found)
