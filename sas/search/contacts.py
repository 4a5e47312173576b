"""Whom to call from a card. Pure (platform.md §4: through a structure, it is the structure that is called)."""

from typing import NamedTuple

from sas.search.conversation import Card


class Contact(NamedTuple):
    """`whose`: the structure's name when it is not the practice itself; `number` may be empty (unknown)."""

    number: str
    whose: str = ""


def contact_of(card: Card, *, sees_participation: bool = True) -> Contact:
    """The number of a card: of the practice; of the structure for whoever takes part through one and shows no slot."""
    if card.slots or not sees_participation:
        return Contact(card.seat.candidate.phone)
    return overbooking_contact(card) or Contact(card.seat.candidate.phone)


def overbooking_contact(card: Card) -> Contact | None:
    """Who is called « en sus »: the structure, never its doctor; the practice of who does so on their own."""
    seat = card.seat
    if not seat.candidate.participates:
        return None
    if seat.way is not None and seat.way.via != "individual":
        return Contact(seat.way.regulation_phone, seat.way.structure_name)
    return Contact(seat.candidate.phone)
