"""Offers become cards, in an order that is neutral, repeatable and can be explained (platform.md §6). Pure.

No rule here depends on which editor a professional uses: a test swaps editors and compares the order.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

import msgspec

from sas.search.criteria import Booking, Day, Filters, Modality, Moment, Sort

SHOWN_TYPES = frozenset({"PUBLIC", "PRO", "SNP", "CPTS"})


class Availability(StrEnum):
    """What is known of a card: values of `/api/v1/recherche`. `PENDING` never leaves the server as such."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    NONE = "none"
    PENDING = "pending"


class Rank(IntEnum):
    """The classes of the neutral order, first to last."""

    PREFERRED = 0
    PARTICIPANT_WITH_SLOTS = 1
    WITH_SLOTS = 2
    PARTICIPANT_UNKNOWN = 3
    UNKNOWN = 4
    PARTICIPANT_WITHOUT = 5
    REST = 6

    @property
    def why(self) -> str:
        """One sentence: why a card of this class stands where it stands."""
        return WHY[self]


WHY = {
    Rank.PREFERRED: "Médecin traitant désigné par la recherche : toujours en premier.",
    Rank.PARTICIPANT_WITH_SLOTS: "Participe au SAS et a des créneaux sur la période.",
    Rank.WITH_SLOTS: "A des créneaux sur la période, sans participer au SAS.",
    Rank.PARTICIPANT_UNKNOWN: "Participe au SAS, mais son éditeur n’a pas répondu : disponibilités inconnues.",
    Rank.UNKNOWN: "Son éditeur n’a pas répondu : disponibilités inconnues.",
    Rank.PARTICIPANT_WITHOUT: "Participe au SAS, sans créneau publié sur la période : peut être sollicité en sus.",
    Rank.REST: "Aucun créneau publié sur la période, ne participe pas au SAS.",
}


class CardSlot(msgspec.Struct, frozen=True, gc=False):
    """One free slot of a card. `editor` is the editor's key (`None`: SAS agenda). `start`/`end` in the place's zone.

    `at`: `start` in epoch seconds, for the comparisons that are made of every slot of a search. `held`: of the places
    left, those that regulators on the phone keep for a moment.
    """

    id: str
    start: datetime
    end: datetime
    modalities: tuple[str, ...]
    types: tuple[str, ...]
    booking: str
    reasons: tuple[str, ...]
    source: str
    editor: str | None
    url: str | None
    checked_at: datetime | None
    at: int = 0
    capacity: int = 1
    taken: int = 0
    held: int = 0

    @property
    def remote_only(self) -> bool:
        """Téléconsultation and nothing else."""
        return self.modalities == ("VR",)


class Ranked(msgspec.Struct, frozen=True):
    """What ordering needs to know of a card, and nothing that could tell its editor.

    `index`: its rank in the lot (distance for an address, seeded otherwise: the directory's order).
    """

    index: int
    participates: bool
    availability: Availability
    slots: Sequence[CardSlot]
    distance_m: int = 0
    preferred: bool = False


def rank_of(card: Ranked) -> Rank:
    """The class of a card."""
    if card.preferred:
        return Rank.PREFERRED
    if card.slots:
        return Rank.PARTICIPANT_WITH_SLOTS if card.participates else Rank.WITH_SLOTS
    if card.availability in (Availability.UNKNOWN, Availability.PENDING):
        return Rank.PARTICIPANT_UNKNOWN if card.participates else Rank.UNKNOWN
    return Rank.PARTICIPANT_WITHOUT if card.participates else Rank.REST


def order_key(card: Ranked, *, sort: Sort, remote_wanted: bool) -> str:
    """Text whose alphabetical order is the order of the page, so that a browser can place a late card by itself.

    `remote_wanted`: the search asks for téléconsultation, so face-to-face slots have no precedence (S1 Q20).
    """
    rank = rank_of(card)
    remote = bool(card.slots) and not remote_wanted and all(slot.remote_only for slot in card.slots)
    tail = f"{card.index:06d}"
    if rank is Rank.PREFERRED:
        return f"0.{tail}"
    if sort is Sort.EARLIEST:
        minutes = int(card.slots[0].start.timestamp() // 60) if card.slots else 0
        return f"{1 if card.slots else int(rank)}.{minutes:012d}.{tail}"
    if sort is Sort.DISTANCE:
        return f"{2 if rank is Rank.REST else 1}.{card.distance_m:09d}.{tail}"
    return f"{int(rank)}.{int(remote)}.{tail}"


def window_end(now: datetime, zone: ZoneInfo, days: int) -> datetime:
    """The last instant of the window: 23:59:59 of the `days`-th day, today included, in the place's zone."""
    last_day = now.astimezone(zone).date() + timedelta(days=days - 1)
    return datetime.combine(last_day, time(23, 59, 59), zone)


def keep(slots: Iterable[CardSlot], filters: Filters, *, now: datetime) -> list[CardSlot]:
    """The slots that pass `filters`, in their order. Times are judged in each slot's own zone."""
    if not filters.on_slots:
        return list(slots)
    return [slot for slot in slots if passes(slot, filters, now=now)]


def passes(slot: CardSlot, filters: Filters, *, now: datetime) -> bool:
    """Does one slot pass every filter?"""
    if filters.bands:
        hours = (slot.start - now) / timedelta(hours=1)
        if not any(first <= hours < last for first, last in filters.bands):
            return False
    if filters.days and day_of(slot, now) not in filters.days:
        return False
    if filters.moments and moment_of(slot) not in filters.moments:
        return False
    if filters.modalities and not any(
        Modality(m) in filters.modalities for m in slot.modalities if m in list(Modality)
    ):
        return False
    return not filters.bookings or booking_of(slot) in filters.bookings


def day_of(slot: CardSlot, now: datetime) -> Day:
    """Today or later, by the calendar of the place."""
    return Day.TODAY if slot.start.date() == now.astimezone(slot.start.tzinfo).date() else Day.NEXT


def moment_of(slot: CardSlot) -> Moment:
    """Morning before noon, evening from 18 h, by the clock of the place."""
    if slot.start.hour < 12:
        return Moment.MORNING
    return Moment.AFTERNOON if slot.start.hour < 18 else Moment.EVENING


def booking_of(slot: CardSlot) -> Booking:
    """With or without an appointment."""
    return Booking.WALKIN if slot.booking == "WALKIN" else Booking.ROUTINE
