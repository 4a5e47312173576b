"""A card as ordering and wording need it: what is known of somebody at one place, or of what stands for them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sas.aggregator.engine.outcomes import Kind
from sas.search.ranking import Availability, CardSlot, Rank
from sas.search.seats import Seat


@dataclass(frozen=True, slots=True)
class Silence:
    """An editor that was asked about this person and could not be heard."""

    editor: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Card:
    """One professional at one place, as known now. `slots` passed the filters; `all_slots` did not have to.

    `away`: nothing is left in the window because they are away. `members`: the professionals that a CPTS stands for,
    `owners` whose each of its slots is.
    """

    seat: Seat
    availability: Availability
    slots: tuple[CardSlot, ...]
    all_slots: tuple[CardSlot, ...]
    silences: tuple[Silence, ...]
    elsewhere: int
    checked_at: datetime | None
    rank: Rank
    order: str
    away: bool = False
    members: tuple["Card", ...] = ()
    owners: Mapping[str, Seat] = field(default_factory=dict)

    def owner(self, slot: CardSlot) -> Seat:
        """Whose slot this is: the card's own, or that of a professional it stands for."""
        return self.owners.get(slot.id, self.seat)

    @property
    def offering(self) -> frozenset[int]:
        """Primary keys of the people whose slots this card shows."""
        cards = self.members or ((self,) if self.seat.structure is None else ())
        return frozenset(card.seat.candidate.practitioner_id for card in cards if card.slots)
