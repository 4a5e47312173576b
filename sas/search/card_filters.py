"""Filters on who a card is of: convention sector, kind, way of taking part. Pure.

Unlike filters on slots, these never look at a time. The card of a CPTS stands for its members: it stays as long as one
of them passes, else somebody with slots would vanish with it.
"""

import re

from sas.search.cards import Card
from sas.search.criteria import Filters, Kind, Sector, Way
from sas.search.seats import Seat

_NUMBER = re.compile(r"\b(?:secteur|s)\s*([123])\b|^\s*([123])\b", re.IGNORECASE)
_NONE = re.compile(r"non[ -]conventionn", re.IGNORECASE)


def sector_of(convention: str | None) -> Sector | None:
    """« Secteur 2 OPTAM » is sector 2, « non conventionné » sector 3; None when the source says nothing of it."""
    if not convention:
        return None
    if _NONE.search(convention):
        return Sector.NONE
    found = _NUMBER.search(convention)
    return Sector(found[1] or found[2]) if found else None


def kinds_of(card: Card) -> frozenset[Kind]:
    """What the card is of; the one of a CPTS is of its members too."""
    own = Kind(card.seat.kind)
    return frozenset({own, Kind.PERSON} if card.members else {own})


def ways_of(card: Card) -> frozenset[Way]:
    """How those of the card take part."""
    return frozenset(Way(seat.via) for seat in _seats(card) if seat.via in list(Way))


def sectors_of(card: Card) -> frozenset[Sector]:
    """The sectors of those of the card, as far as they are known."""
    found = (sector_of(seat.candidate.convention) for seat in _seats(card))
    return frozenset(sector for sector in found if sector is not None)


def card_passes(card: Card, filters: Filters) -> bool:
    """Does this card, whatever its slots, belong to what was ticked?"""
    wanted = (
        (filters.kinds, kinds_of),
        (filters.sectors, sectors_of),
        (filters.ways, ways_of),
    )
    return all(not ticked or not ticked.isdisjoint(read(card)) for ticked, read in wanted)


def _seats(card: Card) -> list[Seat]:
    return [member.seat for member in card.members] or [card.seat]
