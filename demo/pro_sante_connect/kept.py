"""What the provider remembers for a while: bounded in number and in time, and named by an unguessable key."""

import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

MOST_KEPT = 10_000


class Kept(Generic[Thing]):
    """Things by key, forgotten after `life`; the oldest go first when there are too many."""

    def __init__(self, life: timedelta, clock: Callable[[], datetime]) -> None:
        self._life = life
        self._clock = clock
        self._things: dict[str, tuple[datetime, Thing]] = {}
        self._lock = threading.Lock()

    def add(self, thing: Thing) -> str:
        """Remember it; the key is made here."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._things[key] = (self._clock(), thing)
            while len(self._things) > MOST_KEPT:
                del self._things[next(iter(self._things))]
        return key

    def get(self, key: str) -> Thing | None:
        """The thing, None when unknown or too old."""
        return self._living(self._things.get(key))

    def take(self, key: str) -> Thing | None:
        """The thing, which nobody gets again."""
        with self._lock:
            found = self._things.pop(key, None)
        return self._living(found)

    def drop(self, forgotten: Callable[[Thing], bool]) -> None:
        """Forget all that `forgotten` says."""
        with self._lock:
            self._things = {key: kept for key, kept in self._things.items() if not forgotten(kept[1])}

    def _living(self, kept: tuple[datetime, Thing] | None) -> Thing | None:
        if kept is None or self._clock() - kept[0] >= self._life:
            return None
        return kept[1]
