"""What editors offer, as slots of cards at the places that the directory knows; and what of it may be shown. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from zoneinfo import ZoneInfo

from sas.aggregator.engine.outcomes import Answer
from sas.fhir.offered import OfferedPlace, OfferedSlot
from sas.participation.queries import VisibilityNow
from sas.participation.sharing.rules import shared
from sas.search.matching import KnownPlace, place_of
from sas.search.ranking import SHOWN_TYPES, CardSlot

ByPlace = Mapping[str | None, Sequence[CardSlot]]
"""One person's slots by place key; `None`: a place the directory does not know."""

by_start = attrgetter("at", "id")


def visible(editors: Iterable[ByPlace], visibility: VisibilityNow, *, now: datetime) -> ByPlace:
    """Of everything that editors offer of one person, what that person lets regulators see: the only door.

    A slot told twice (D31) counts once, as the one that can be booked.
    """
    if visibility.opted_out:
        return {}
    found: dict[str | None, dict[str, CardSlot]] = {}
    from_now = now.timestamp()
    for places in editors:
        for place, slots in places.items():
            here = found.setdefault(place, {})
            for slot in slots:
                if slot.at >= from_now and (slot.url or slot.id not in here):
                    here[slot.id] = slot
    everything = {place: sorted(slots.values(), key=by_start) for place, slots in found.items()}
    if visibility.limits.is_empty and not visibility.hidden:
        return everything
    return shared(everything, visibility.limits, hidden=visibility.hidden, now=now)


class Clock:
    """The moments of one search in the clock of one place, each worked out once.

    Slots start on the quarter of an hour, whoever offers them: of thousands, most repeat a moment told before, and time
    zones are what costs most in wording one.
    """

    __slots__ = ("_starts", "_zone")

    def __init__(self, zone: ZoneInfo | None) -> None:
        self._zone = zone
        self._starts: dict[datetime, tuple[datetime, int, dict[timedelta, tuple[datetime, str]]]] = {}

    def told(self, start: datetime, end: datetime) -> tuple[datetime, datetime, int, str]:
        """Start and end by this clock, the start in epoch seconds, and both as a slot is named after them:
        `<start>-<minutes>` in hexadecimal, minutes since 1970. Without a zone, the editor's own offset stays."""
        known = self._starts.get(start) if self._zone else None  # equal moments may differ by their offset
        if known is None:
            here = start.astimezone(self._zone) if self._zone else start
            known = self._starts[start] = (here, int(start.timestamp()), {})
        here, at, ends = known
        lasting = end - start
        ended = ends.get(lasting)
        if ended is None:
            until = end.astimezone(self._zone) if self._zone else end
            ended = ends[lasting] = (until, f"{at // 60:x}-{(until - here).seconds // 60:x}")
        return here, ended[0], at, ended[1]


class Offers:
    """Slots of editors as slots of cards, for one search. Remembers which place a description means, since every slot
    repeats it and so does every editor, and the moments that were told."""

    def __init__(self) -> None:
        self._matched: dict[tuple[str, OfferedPlace | None], tuple[str | None, Clock]] = {}
        self._clocks: dict[str | None, Clock] = {}

    def by_place(
        self, offered: Sequence[OfferedSlot], places: Sequence[KnownPlace], answer: Answer
    ) -> dict[str | None, list[CardSlot]]:
        """One person's slots from one editor, at the places the directory knows; hidden types left out (D06).

        A slot's name survives the editor answering again: `<who and where>-<start>-<minutes>-<how>`, never the editor's
        own id.
        """
        found: dict[str | None, list[CardSlot]] = {}
        described: dict[int, tuple[list[CardSlot], Clock, str]] = {}
        editor, checked_at = answer.editor, answer.checked_at
        # One loop on purpose: it runs for each of the thousands of slots of a search.
        for slot in offered:
            how = _how(slot.types, slot.booking, slot.modalities)
            if how is None:
                continue
            at = described.get(id(slot.place))
            if at is None:
                key, clock = self._place(slot, places)
                agenda = _agenda(editor, slot.practitioner, key or "")
                at = described[id(slot.place)] = (found.setdefault(key, []), clock, agenda)
            here, clock, agenda = at
            start, end, seconds, moment = clock.told(slot.start, slot.end)
            here.append(
                CardSlot(  # in the order of the fields: by name, it would cost twice
                    f"{agenda}-{moment}-{how}",
                    start,
                    end,
                    slot.modalities,
                    slot.types,
                    slot.booking,
                    slot.reasons,
                    "editor",
                    editor,
                    slot.url,
                    checked_at,
                    seconds,
                )
            )
        return found

    def _place(self, slot: OfferedSlot, places: Sequence[KnownPlace]) -> tuple[str | None, Clock]:
        """The key of the place that the slot describes, and its clock."""
        about = (slot.practitioner, slot.place)
        known = self._matched.get(about)
        if known is None:
            key = place_of(slot.place, places)
            zone = next((place.timezone for place in places if place.key == key), None)
            clock = self._clocks.get(zone)
            if clock is None:
                clock = self._clocks[zone] = Clock(ZoneInfo(zone) if zone else None)
            known = self._matched[about] = (key, clock)
        return known


_HOW = {"WALKIN": 1, "AMB": 2, "HH": 4, "VR": 8}


# Cached: this runs for each of the thousands of slots of a search, with a handful of different arguments.
@lru_cache(maxsize=256)
def _how(types: tuple[str, ...], booking: str, modalities: tuple[str, ...]) -> str | None:
    """How a slot is booked and held, as its name says it; `None` for one of a type that is not shown."""
    if SHOWN_TYPES.isdisjoint(types):
        return None
    return f"{_HOW.get(booking, 0) | sum(_HOW.get(modality, 0) for modality in set(modalities)):x}"


@lru_cache(maxsize=4096)
def _agenda(editor: str, person: str, place: str) -> str:
    return hashlib.blake2s(f"{editor}|{person}|{place}".encode(), digest_size=6).hexdigest()
