"""A CPTS stands for its members where the searched place lies in its zone (platform.md §6, S4). Pure.

Nobody who has slots may vanish by it: a member's own card leaves the page only when the CPTS' card shows those slots.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from sas.directory.geocoding import Place
from sas.directory.structure_queries import StructureRow
from sas.search.cards import Card
from sas.search.criteria import Sort
from sas.search.offers import by_start
from sas.search.ranking import Availability, CardSlot, Ranked, order_key, rank_of
from sas.search.seats import Seat
from sas.search.structures import as_candidate


@dataclass(slots=True)
class Group:
    """One CPTS and those of the lot who take part through it, in the lot's order."""

    cpts: StructureRow
    members: list[Seat] = field(default_factory=list)


def grouped(seats: Iterable[Seat], zone: Sequence[StructureRow], into: dict[int, Group]) -> None:
    """Add to the groups those of `seats` who take part through one of these CPTS, at the place of the seat."""
    known = {row.id: row for row in zone}
    for seat in seats:
        way = seat.way
        if way is None or way.via != "cpts" or way.structure_id not in known:
            continue
        into.setdefault(way.structure_id, Group(known[way.structure_id])).members.append(seat)


def stands(cards: Iterable[Card]) -> bool:
    """Whether a CPTS has something to show: one member at least has slots that pass the filters."""
    return any(card.slots for card in cards)


def card_of(group: Group, cards: Sequence[Card], *, place: Place, sort: Sort, remote_wanted: bool) -> Card:
    """The one card that stands for these members' cards: their slots in order, and what is not known of them."""
    cards = [card for card in cards if not card.away]
    first = min(group.members, key=lambda seat: seat.index)
    nearest = min((card.seat.distance_m for card in cards if card.slots), default=first.distance_m)
    # A CPTS takes part as soon as a member does so through it.
    candidate = msgspec.structs.replace(as_candidate(group.cpts, place), participates=True)
    seat = Seat(
        index=first.index,
        candidate=candidate,
        distance_m=nearest,
        editors=(),
        places=(),
        structure=group.cpts,
        in_zone=True,
    )
    slots = _merged(card.slots for card in cards)
    ranked = Ranked(
        index=first.index, participates=True, availability=Availability.KNOWN, slots=slots, distance_m=nearest
    )
    return Card(
        seat=seat,
        availability=Availability.KNOWN,
        slots=slots,
        all_slots=_merged(card.all_slots for card in cards),
        silences=tuple({silence: None for card in cards for silence in card.silences}),
        elsewhere=sum(card.elsewhere for card in cards),
        checked_at=min((card.checked_at for card in cards if card.checked_at), default=None),
        rank=rank_of(ranked),
        order=order_key(ranked, sort=sort, remote_wanted=remote_wanted),
        members=tuple(cards),
        owners={slot.id: card.seat for card in cards for slot in card.all_slots},
    )


def _merged(several: Iterable[Sequence[CardSlot]]) -> tuple[CardSlot, ...]:
    return tuple(sorted((slot for slots in several for slot in slots), key=by_start))
