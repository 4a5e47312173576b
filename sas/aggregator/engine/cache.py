"""What editors said lately, for a short time, with the moment they said it. Failures are never kept.

One entry per (editor, practitioner, window end). An entry answers any later question of the same window: its slots are
filtered by the reader, since time has passed. « No slot » is kept too. All entries live equally long, so the oldest
entry is both the first to expire and the first to go when there are too many.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from sas.fhir.offered import OfferedSlot

Key = tuple[str, str, datetime]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """`start`: from when the editor was asked. `asked_at`: when the call left; `checked_at`: when it was answered."""

    start: datetime
    asked_at: datetime
    checked_at: datetime
    slots: Sequence[OfferedSlot]


class AvailabilityCache:
    """Bounded by weight (slots + entries): about 0.5 kB each, so the default stays near 50 MB."""

    def __init__(self, ttl: timedelta, max_weight: int = 100_000) -> None:
        self._ttl = ttl
        self._max_weight = max_weight
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def weight(self) -> int:
        """Slots + entries held."""
        return self._weight

    def read(self, key: Key, *, start: datetime, at: datetime) -> Entry | None:
        """The entry if it is young enough and was asked from `start` or before."""
        entry = self._entries.get(key)
        if entry is None or entry.start > start:
            return None
        if at - entry.checked_at >= self._ttl:
            self._drop(key)
            return None
        return entry

    def keep(self, entries: Mapping[Key, Entry], *, at: datetime) -> None:
        """Keeps the entries of a call, except where a later call has already been heard about the same key."""
        for key, entry in entries.items():
            known = self._entries.get(key)
            if known is not None:
                if known.asked_at > entry.asked_at:
                    continue
                self._drop(key)
            self._entries[key] = entry
            self._weight += 1 + len(entry.slots)
        self._make_room(at)

    def forget(self, editor: str) -> None:
        """Drops all that this editor said: its endpoint changed."""
        for key in [key for key in self._entries if key[0] == editor]:
            self._drop(key)

    def _make_room(self, at: datetime) -> None:
        alive_since = at - self._ttl
        while self._entries:
            key = next(iter(self._entries))
            if self._weight <= self._max_weight and self._entries[key].checked_at > alive_since:
                return
            self._drop(key)

    def _drop(self, key: Key) -> None:
        self._weight -= 1 + len(self._entries.pop(key).slots)
