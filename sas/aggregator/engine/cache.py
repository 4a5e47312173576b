"""What editors said lately, for a short time, with the moment they said it. Failures are never kept.

One shelf per (editor, window end), on which each practitioner leads to the last call that told about them. An entry
answers any later question of the same window: its slots are filtered by the reader, since time has passed. « No slot »
is kept too. All calls live equally long, so the oldest is both the first to expire and the first to go when there are
too many; a call leaves whole, since writing is on the way of every answer and must cost little.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from sas.fhir.offered import OfferedSlot

Shelf = tuple[str, datetime]


class Said(msgspec.Struct, eq=False):
    """What one call told about each id of `by_id`, an empty sequence for « no slot ».

    `start`: from when the editor was asked. `asked_at`: when the call left; `checked_at`: when it was answered.
    """

    editor: str
    start: datetime
    end: datetime
    asked_at: datetime
    checked_at: datetime
    by_id: Mapping[str, Sequence[OfferedSlot]]


class _Kept(msgspec.Struct, eq=False):
    """A call on its shelf. `by_id` holds only what no later call has told again."""

    shelf: Shelf
    said: Said
    by_id: dict[str, Sequence[OfferedSlot]]
    weight: int


class AvailabilityCache:
    """Bounded by weight (slots + ids): about 0.5 kB each, so the default stays near 50 MB."""

    def __init__(self, ttl: timedelta, max_weight: int = 100_000) -> None:
        self._ttl = ttl
        self._max_weight = max_weight
        self._shelves: dict[Shelf, dict[str, _Kept]] = {}
        self._oldest_first: dict[_Kept, None] = {}
        self._weight = 0

    def __len__(self) -> int:
        """Ids held, once per editor and window end."""
        return sum(map(len, self._shelves.values()))

    @property
    def weight(self) -> int:
        """Slots + ids held."""
        return self._weight

    def read(self, shelf: Shelf, national_id: str, *, start: datetime, at: datetime) -> Said | None:
        """The call that last told about this id, if it is young enough and was asked from `start` or before."""
        kept = self._shelves.get(shelf, {}).get(national_id)
        if kept is None or kept.said.start > start:
            return None
        if at - kept.said.checked_at >= self._ttl:
            self._drop(kept)
            return None
        return kept.said

    def keep(self, said: Said, *, at: datetime) -> None:
        """Keeps what a call told, except about ids on which a later call has already been heard."""
        if not said.by_id:
            return
        shelf = (said.editor, said.end)
        known = self._shelves.setdefault(shelf, {})
        by_id = dict(said.by_id)
        for older in {*map(known.get, by_id)}:
            if older is None:
                continue
            if older.said.asked_at > said.asked_at:
                for national_id in older.by_id.keys() & by_id.keys():
                    del by_id[national_id]
            elif older.by_id.keys() <= by_id.keys():  # the usual case: the same question, asked again
                self._forget(older)
            else:
                for national_id in older.by_id.keys() & by_id.keys():
                    freed = 1 + len(older.by_id.pop(national_id))
                    older.weight -= freed
                    self._weight -= freed
        if by_id:
            kept = _Kept(shelf, said, by_id, len(by_id) + sum(map(len, by_id.values())))
            known.update(dict.fromkeys(by_id, kept))
            self._oldest_first[kept] = None
            self._weight += kept.weight
        self._make_room(at)

    def forget(self, editor: str) -> None:
        """Drops all that this editor said: its endpoint changed."""
        for kept in [kept for kept in self._oldest_first if kept.said.editor == editor]:
            self._drop(kept)

    def _make_room(self, at: datetime) -> None:
        alive_since = at - self._ttl
        while self._oldest_first:
            kept = next(iter(self._oldest_first))
            if self._weight <= self._max_weight and kept.said.checked_at > alive_since:
                return
            self._drop(kept)

    def _drop(self, kept: _Kept) -> None:
        self._forget(kept)
        known = self._shelves[kept.shelf]
        for national_id in kept.by_id:
            del known[national_id]
        if not known:
            del self._shelves[kept.shelf]

    def _forget(self, kept: _Kept) -> None:
        """Off the list, not off the shelf: another call takes its place there."""
        del self._oldest_first[kept]
        self._weight -= kept.weight
