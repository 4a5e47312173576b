"""Whom to call « en sus »: who takes part and shows no slot in the window (platform.md §7.3; indicator 9). Pure.

By distance. Through a structure, it is the structure that is called, once, for all of its members.
"""

from dataclasses import dataclass

from sas.directory.rules import phone_text
from sas.directory.vocabulary import label
from sas.search.contacts import overbooking_contact
from sas.search.conversation import Card, Conversation
from sas.search.presenting import address_text, name_text
from sas.search.ranking import Availability
from sas.search.wording import distance_text, way_text


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make. `people`: (name, what, address) of who could then see the patient. `known`: really no slot, as
    against an editor that could not be heard."""

    key: str
    name: str
    way: str
    distance: str
    phone: str | None
    phone_link: str | None
    people: tuple[tuple[str, str, str], ...]
    known: bool


def to_call(conversation: Conversation) -> list[Call]:
    """The calls, those of known absence of slots first, then by distance. Nobody who shows a slot, nobody away."""
    cards = [card for card in conversation.cards() if _may_be_asked(card)]
    cards.sort(key=lambda card: (card.availability is not Availability.NONE, card.seat.distance_m, card.seat.index))
    together: dict[str, list[Card]] = {}
    for card in cards:
        way = card.seat.way
        shared = way is not None and way.structure_id is not None
        known = card.availability is Availability.NONE
        together.setdefault(f"s{way.structure_id}-{known}" if shared and way else card.seat.key, []).append(card)
    return [_call(key, several) for key, several in together.items()]


def _may_be_asked(card: Card) -> bool:
    silent = card.availability in (Availability.NONE, Availability.UNKNOWN)
    return card.seat.candidate.participates and silent and not card.all_slots and not card.away


def _call(key: str, cards: list[Card]) -> Call:
    first = cards[0]
    row = first.seat.candidate
    contact = overbooking_contact(first)
    number = contact.number if contact else ""
    return Call(
        key=key,
        name=(contact.whose if contact else "") or name_text(first.seat),
        way=way_text(first.seat.way),
        distance=distance_text(first.seat.distance_m, approximate=row.precision == "commune"),
        phone=phone_text(number) if number else None,
        phone_link=f"tel:{number}" if number else None,
        people=tuple(dict.fromkeys(_person(card) for card in cards)),
        known=first.availability is Availability.NONE,
    )


def _person(card: Card) -> tuple[str, str, str]:
    row = card.seat.candidate
    return name_text(card.seat), label(row.specialty), address_text(card.seat)
