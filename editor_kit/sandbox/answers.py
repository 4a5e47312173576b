"""Search sets as bytes: which slots answer a search, and their entries, encoded once and kept.

A search of 25 people is mostly the joining of fragments: entries of a (practitioner, day) do not change while
the sandbox runs, only the window and what was booked since do.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

import msgspec

from editor_kit.sandbox import resources
from editor_kit.sandbox.agenda import BOOKABLE_AHEAD, AgendaSlot, day_of, day_slots, days_between
from editor_kit.sandbox.people import People, Person
from sas.fhir import slot_resources
from sas.fhir.slot_query import SlotQuery

DAYS_KEPT = 4096
"""Fragments kept, in practitioner-days: about 30 MB at most, however many people there are."""


class EncodedDay(msgspec.Struct, frozen=True, gc=False):
    """A practitioner's day, ready to send: parallel tuples in order of start."""

    starts: tuple[int, ...]
    slots: tuple[AgendaSlot, ...]
    entries: tuple[bytes, ...]


class Offer(msgspec.Struct, frozen=True):
    """What one practitioner offers in a window."""

    person: Person
    slots: list[AgendaSlot]
    entries: list[bytes]


class Agendas:
    """The agendas of the sandbox and their bookings; `site` is its root URL, without a final slash."""

    def __init__(self, people: People, *, seed: int, site: str) -> None:
        self.people = people
        self.seed = seed
        self.site = site
        self.fhir_base = f"{site}/fhir"
        self._taken: set[str] = set()
        # Caches belong to the instance: a sandbox that ends frees them.
        self._day = lru_cache(maxsize=DAYS_KEPT)(self._encode_day)
        self._included = lru_cache(maxsize=DAYS_KEPT)(self._encode_includes)

    @property
    def booked(self) -> int:
        """How many slots are booked now."""
        return len(self._taken)

    def answer(self, search: SlotQuery, *, self_url: str, now: datetime) -> tuple[bytes, int]:
        """The search set for a search, as UTF-8 JSON, with its number of slots."""
        matches: list[bytes] = []
        includes: list[bytes] = []
        for offer in self.offers(search, now=now):
            matches += offer.entries
            includes.append(self._included(offer.person, tuple(sorted({slot.place_index for slot in offer.slots}))))
        return join_search_set(matches + includes, total=len(matches), self_url=self_url), len(matches)

    def offers(self, search: SlotQuery, *, now: datetime) -> Iterator[Offer]:
        """What each practitioner asked for offers, those with nothing left out; never in the past (§10.5)."""
        start, end = max(search.start, now), min(search.end, now + BOOKABLE_AHEAD)
        if start > end or not search.wants_free:
            return
        for person in self._asked(search):
            offer = self._offer(person, start, end)
            if offer.slots:
                yield offer

    def free_slots(self, person: Person, *, now: datetime) -> list[AgendaSlot]:
        """What this practitioner's agenda still offers, as its booking page shows it."""
        return self._offer(person, now, now + BOOKABLE_AHEAD).slots

    def find(self, person: Person, slot_id: str, *, now: datetime) -> AgendaSlot | None:
        """This practitioner's slot of that id, booked or not; None when there never was one, or it is past."""
        day = day_of(person, slot_id)
        if day is None or day not in days_between(now, now + BOOKABLE_AHEAD, person):
            return None
        slots = self._day(person, day).slots
        return next((slot for slot in slots if slot.slot_id == slot_id and slot.start > now), None)

    def is_taken(self, slot: AgendaSlot) -> bool:
        """Whether someone booked this slot."""
        return slot.slot_id in self._taken

    def book(self, slot: AgendaSlot) -> bool:
        """Take the slot; False when someone already had."""
        if slot.slot_id in self._taken:
            return False
        self._taken.add(slot.slot_id)
        return True

    def release(self, slot: AgendaSlot) -> None:
        """Give the slot back: it is offered again."""
        self._taken.discard(slot.slot_id)

    def _asked(self, search: SlotQuery) -> list[Person]:
        known = (self.people.find(asked) for asked in search.practitioners)
        return list({person.national_id: person for person in known if person is not None}.values())

    def _offer(self, person: Person, start: datetime, end: datetime) -> Offer:
        # Slots start on whole seconds: both ends are included, so a start with milliseconds excludes its own second.
        first, last = start.timestamp(), end.timestamp()
        slots: list[AgendaSlot] = []
        entries: list[bytes] = []
        for day in days_between(start, end, person):
            encoded = self._day(person, day)
            chosen = slice(bisect_left(encoded.starts, first), bisect_right(encoded.starts, last))
            slots += encoded.slots[chosen]
            entries += encoded.entries[chosen]
        if self._taken:
            free = [rank for rank, slot in enumerate(slots) if slot.slot_id not in self._taken]
            slots, entries = [slots[rank] for rank in free], [entries[rank] for rank in free]
        return Offer(person, slots, entries)

    def _encode_day(self, person: Person, day: date) -> EncodedDay:
        slots = tuple(sorted(day_slots(person, day, self.seed), key=lambda slot: slot.at))
        return EncodedDay(
            starts=tuple(slot.at for slot in slots),
            slots=slots,
            entries=tuple(self._encoded(resources.slot(person, slot, self.site), "match") for slot in slots),
        )

    def _encode_includes(self, person: Person, place_indexes: tuple[int, ...]) -> bytes:
        included = [resources.practitioner(person)]
        for place_index in place_indexes:
            included += (resources.schedule(person, place_index), resources.role(person, place_index))
        return b",".join(self._encoded(resource, "include") for resource in included)

    def _encoded(self, resource: slot_resources.Json, mode: str) -> bytes:
        return msgspec.json.encode(slot_resources.entry(self.fhir_base, resource, mode))


def join_search_set(entries: list[bytes], *, total: int, self_url: str) -> bytes:
    """A searchset of encoded entries; `entry` is left out when there is none (§3.3, empty elements)."""
    head = msgspec.json.encode(slot_resources.search_set([], total=total, self_url=self_url))
    if not entries:
        return head
    return b"".join((head[:-1], b',"entry":[', b",".join(entries), b"]}"))
