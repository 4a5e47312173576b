"""Which of somebody's editor slots regulators see: the one place that decides (platform.md §4). Pure.

A policy speaks of the wall clock of each slot's place. The quota counts per day and per person, over all their places
and editors, the earliest first; what is left out by another limit does not use it up.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol, TypeVar

TYPES = ("PUBLIC", "PRO", "SNP", "CPTS")
MODALITIES = ("AMB", "VR", "HH")


class Slot(Protocol):
    """What a policy looks at. `start` is aware, in the zone of its place."""

    @property
    def id(self) -> str: ...
    @property
    def start(self) -> datetime: ...
    @property
    def modalities(self) -> tuple[str, ...]: ...
    @property
    def types(self) -> tuple[str, ...]: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...


S = TypeVar("S", bound=Slot)
P = TypeVar("P", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Band:
    """Starts from `start` (included) to `end` (excluded) on `weekday` (Monday 0); `end` midnight: until the day ends."""

    weekday: int
    start: time
    end: time

    def holds(self, moment: datetime) -> bool:
        """Whether a slot that starts at this wall-clock moment is inside."""
        clock = moment.time()
        return moment.weekday() == self.weekday and self.start <= clock and (clock < self.end or self.end == time(0))


@dataclass(frozen=True, slots=True)
class Limits:
    """What is shared; an empty limit limits nothing.

    `bands`: only slots that start inside one. `per_day`: so many a day at most. `horizon_hours`: only slots that start
    within so many hours. `modalities`, `types`: only slots that have one of them. `places`: only these place keys (slots at
    a place that the directory does not know are then hidden). `reasons`: only slots with one of these acts.
    """

    bands: tuple[Band, ...] = ()
    per_day: int | None = None
    horizon_hours: int | None = None
    modalities: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Everything is shared."""
        return self == NO_LIMIT


NO_LIMIT = Limits()


def shared(
    slots: Mapping[P, Sequence[S]], limits: Limits, *, hidden: Collection[str], now: datetime
) -> dict[P, list[S]]:
    """Of one person's editor slots by place (key of the place, None when unknown), those that regulators see.

    Same keys, same order inside each. `hidden`: ids of slots that the person keeps for themselves.
    """
    passing = {
        place: [s for s in mine if s.id not in hidden and _passes(s, place, limits, now)]
        for place, mine in slots.items()
    }
    if limits.per_day is None:
        return passing
    kept: set[tuple[P, int]] = set()
    used: dict[date, int] = {}
    everything = [
        (slot.start, slot.id, number, place) for place, mine in passing.items() for number, slot in enumerate(mine)
    ]
    for start, _, number, place in sorted(everything, key=lambda one: one[:3]):
        day = start.date()
        if used.get(day, 0) < limits.per_day:
            used[day] = used.get(day, 0) + 1
            kept.add((place, number))
    return {place: [s for number, s in enumerate(mine) if (place, number) in kept] for place, mine in passing.items()}


def _passes(slot: Slot, place: Hashable, limits: Limits, now: datetime) -> bool:
    if limits.places and place not in limits.places:
        return False
    if limits.horizon_hours is not None and slot.start - now > timedelta(hours=limits.horizon_hours):
        return False
    if limits.bands and not any(band.holds(slot.start) for band in limits.bands):
        return False
    for wanted, has in (
        (limits.modalities, slot.modalities),
        (limits.types, slot.types),
        (limits.reasons, slot.reasons),
    ):
        if wanted and wanted.isdisjoint(has):
            return False
    return True


def to_json(limits: Limits) -> dict[str, Any]:
    """As it is stored; what limits nothing is absent."""
    stored: dict[str, Any] = {}
    if limits.bands:
        stored["bands"] = [
            {"day": b.weekday, "from": f"{b.start:%H:%M}", "to": f"{b.end:%H:%M}"}
            for b in sorted(limits.bands, key=lambda b: (b.weekday, b.start))
        ]
    for name in ("per_day", "horizon_hours"):
        if getattr(limits, name) is not None:
            stored[name] = getattr(limits, name)
    for name in ("modalities", "types", "places", "reasons"):
        if getattr(limits, name):
            stored[name] = sorted(getattr(limits, name))
    return stored


def from_json(stored: Mapping[str, Any]) -> Limits:
    """As it was stored by `to_json`."""
    if not stored:
        return NO_LIMIT
    return Limits(
        bands=tuple(
            Band(int(b["day"]), time.fromisoformat(b["from"]), time.fromisoformat(b["to"]))
            for b in stored.get("bands", ())
        ),
        per_day=stored.get("per_day"),
        horizon_hours=stored.get("horizon_hours"),
        modalities=frozenset(stored.get("modalities", ())),
        types=frozenset(stored.get("types", ())),
        places=frozenset(stored.get("places", ())),
        reasons=frozenset(stored.get("reasons", ())),
    )
