"""Where the acts of a card lead: the panels of orientations, known here by the names of their addresses only.

Addresses are made once per search; a card then only writes its own name in them: a page holds 1,300 slots.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from sas.participation.solicitations.shown import signed
from sas.search.cards import Card
from sas.search.ranking import Availability

SLOT, KEY = "a0-0", "0"
"""Names that no slot and no card has, to be replaced."""

ADVISED = ("establishment", "other")
"""Kinds of structures that receive without an appointment of ours: one is only advised to go there (platform.md §7)."""


@dataclass(frozen=True, slots=True)
class Leads:
    """`agenda`, `advice`, `en_sus`: an address cut where the name goes; `back`: the search, to come back to it."""

    agenda: tuple[str, str]
    advice: tuple[str, str]
    en_sus: tuple[str, str] | None
    back: str

    @classmethod
    def of(cls, back: str, *, solicits: bool = False) -> "Leads":
        """For whoever sends patients; `solicits`: also « en sus »."""
        agenda = reverse("orientation_panels:agenda", args=[SLOT])
        en_sus = reverse("orientation_panels:en_sus", args=[KEY]) if solicits else ""
        advice = reverse("orientation_day:advice", args=[KEY])
        return cls(_cut(agenda, SLOT), _cut(advice, KEY), _cut(en_sus, KEY) if en_sus else None, back)

    def to_agenda(self, slot: str) -> str:
        """The panel of a slot of the SAS agenda."""
        before, after = self.agenda
        return f"{before}{slot}{after}?{self.back}"

    def from_card(self, card: Card) -> dict[str, Any]:
        """`en_sus` and `advice` of a card's view."""
        return {"en_sus": self.to_en_sus(card), "advice": self.to_advice(card)}

    def to_en_sus(self, card: Card) -> str | None:
        """The panel « en sus » of who takes part, with what is known of their slots (indicator 9)."""
        if self.en_sus is None or not card.seat.candidate.participates:
            return None
        return self.to_call(card.seat.key, shows(card))

    def to_advice(self, card: Card) -> str | None:
        """The page that notes, in one press, that somebody was advised to go to this establishment."""
        structure, (before, after) = card.seat.structure, self.advice
        return f"{before}{structure.id}{after}" if structure and structure.kind in ADVISED else None

    def to_call(self, key: str, shown: bool | None, **more: str) -> str:
        """The panel « en sus » of the card `key`. `more`: the time that it is to propose."""
        before, after = self.en_sus or ("", "")
        return f"{before}{key}{after}?{urlencode({'montre': signed(key, shown), **more})}&{self.back}"


def shows(card: Card) -> bool | None:
    """Whether a slot of theirs was there to be seen in the window, filters aside; None when it is not known."""
    if card.all_slots:
        return True
    return False if card.availability is Availability.NONE else None


def _cut(address: str, name: str) -> tuple[str, str]:
    before, _, after = address.rpartition(name)
    return before, after
