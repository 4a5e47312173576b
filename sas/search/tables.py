"""The table of delays: a row a professional, a column a band of hours, a cell the first time and how many of each kind.

A row is made of the same card as the list (`presenting.CardView`), so that both say the same thing.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from sas.search.conversation import Card
from sas.search.criteria import BANDS, Sort, View
from sas.search.presenting import MODALITIES, CardView, SlotView
from sas.search.questions import Asked
from sas.search.ranking import Availability, CardSlot

BAND_LABELS = tuple(f"{first} à {last} h" for first, last in BANDS)


@dataclass(frozen=True, slots=True)
class CellView:
    """One band of one row. `counts`: (number, letter, words) by modality; empty and `known`: nothing in this band.

    `day`: that of the first time, unless it is today: a band of hours ends in the middle of a day.
    """

    label: str
    known: bool
    first: SlotView | None
    day: str
    counts: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """One row; `version` changes when, and only when, something printed changes."""

    card: CardView
    cells: tuple[CellView, ...]
    version: str


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A header that sorts: `link` is the same search in that order, `order` the value of aria-sort."""

    label: str
    link: str
    order: str


@dataclass(frozen=True, slots=True)
class ViewLink:
    """One way of showing the same results: its key on the keyboard, and whether it is the one on screen."""

    name: str
    label: str
    key: str
    link: str
    chosen: bool


VIEWS = ((View.LIST, "Liste", "l"), (View.TABLE, "Tableau", "b"), (View.MAP, "Carte", "m"))
SORTED_BY = {
    Sort.NEUTRAL: ("participation", "Participation", "other"),
    Sort.DISTANCE: ("distance", "Distance", "ascending"),
    Sort.EARLIEST: ("slots", "Premier créneau, et nombre par modalité", "ascending"),
}


def views_of(asked: Asked) -> list[ViewLink]:
    """The same search as a list, a table, a map; the draw stays, so that nothing changes place."""
    criteria, seed, page = asked.criteria, str(asked.lot.seed), reverse("search:results")
    return [
        ViewLink(
            name=view,
            label=label,
            key=key,
            link=f"{page}?{criteria.query(vue=view if view is not View.LIST else None, graine=seed)}",
            chosen=criteria.view is view,
        )
        for view, label, key in VIEWS
    ]


def columns(asked: Asked) -> dict[str, ColumnView]:
    """The headers that sort, by name."""
    criteria, seed, page = asked.criteria, str(asked.lot.seed), reverse("search:results")
    return {
        name: ColumnView(
            label=label,
            link=f"{page}?{criteria.query(tri=sort if sort is not Sort.NEUTRAL else None, graine=seed)}",
            order=order if criteria.sort is sort else "none",
        )
        for sort, (name, label, order) in SORTED_BY.items()
    }


def row_view(card: Card, view: CardView, *, now: datetime) -> RowView:
    """One card as a row; `view` is the same card, in words."""
    words = {slot.id: (slot, day.label) for day in view.days for slot in (*day.first, *day.more)}
    known = card.availability is not Availability.UNKNOWN
    cells = tuple(
        _cell(label, [slot for slot in card.slots if _is_in(slot, band, now)], words, known=known)
        for label, band in zip(BAND_LABELS, BANDS, strict=True)
    )
    return RowView(view, cells, hashlib.blake2s(repr((view.version, cells)).encode(), digest_size=5).hexdigest())


def _is_in(slot: CardSlot, band: tuple[int, int], now: datetime) -> bool:
    return timedelta(hours=band[0]) <= slot.start - now < timedelta(hours=band[1])


def _cell(label: str, slots: list[CardSlot], words: Mapping[str, tuple[SlotView, str]], *, known: bool) -> CellView:
    first, day = words.get(slots[0].id, (None, "")) if slots else (None, "")
    return CellView(label, known or bool(slots), first, "" if day == "aujourd’hui" else day, tuple(_counts(slots)))


def _counts(slots: list[CardSlot]) -> Iterator[tuple[int, str, str]]:
    """How many slots can be had each way: one that offers two ways counts in both."""
    found = Counter(modality for slot in slots for modality in set(slot.modalities))
    for modality, (letter, text) in MODALITIES.items():
        if found[modality]:
            yield found[modality], letter, text
