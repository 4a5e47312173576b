"""Which of somebody's editor slots regulators see: the one place that decides (platform.md §4). Pure.

A policy speaks of the wall clock of each slot's place. The quota counts per day and per person, over all their places
and editors, the earliest first; what is left out by another limit does not use it up.
"""

import unicodedata
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
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
    """Starts on `weekday` (Monday 0) from `start` (included) to `end` (excluded; midnight: until the day ends)."""

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
    within so many hours. `modalities`, `types`: only slots that have one of them. `places`: only these place keys
    (slots at a place that the directory does not know are then hidden). `reasons`: only slots with one of these acts,
    whatever their case, accents and spaces.
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


class Reason(StrEnum):
    """Why a slot is not shared: the first that applies, in this order."""

    HIDDEN = "hidden"
    PLACE = "place"
    HORIZON = "horizon"
    BAND = "band"
    MODALITY = "modality"
    TYPE = "type"
    ACT = "act"
    QUOTA = "quota"


def shared(
    slots: Mapping[P, Sequence[S]], limits: Limits, *, hidden: Collection[str], now: datetime
) -> dict[P, list[S]]:
    """Of one person's editor slots by place (key of the place, None when unknown), those that regulators see.

    Same keys, same order inside each. `hidden`: ids of slots that the person keeps for themselves.
    """
    if not hidden and limits.is_empty:
        return {place: list(mine) for place, mine in slots.items()}
    said = judged(slots, limits, hidden=hidden, now=now)
    return {
        place: [slot for slot, reason in zip(mine, said[place], strict=True) if reason is None]
        for place, mine in slots.items()
    }


def judged(
    slots: Mapping[P, Sequence[S]], limits: Limits, *, hidden: Collection[str], now: datetime
) -> dict[P, list[Reason | None]]:
    """The same, slot by slot: why it is left out, None when regulators see it. Same keys, same order.

    A slot that an editor tells twice, or that has started, uses the quota up once, or not at all.
    """
    policy = _Policy(limits, frozenset(hidden), now)
    said = {place: [policy.left_out(s, place) for s in mine] for place, mine in slots.items()}
    if limits.per_day is None:
        return said
    in_order = sorted(
        (slot.start.timestamp(), slot.id, rank, number, place, slot)
        for rank, (place, mine) in enumerate(slots.items())
        for number, slot in enumerate(mine)
        if said[place][number] is None and slot.start >= now
    )
    counted: dict[date, set[tuple[int, str]]] = {}
    for _, name, rank, number, place, slot in in_order:
        day = counted.setdefault(slot.start.date(), set())
        if len(day) < limits.per_day or (rank, name) in day:
            day.add((rank, name))
        else:
            said[place][number] = Reason.QUOTA
    return said


class _Policy:
    """Limits made ready for many slots: this runs for each slot of each person of a search who shares a part."""

    def __init__(self, limits: Limits, hidden: frozenset[str], now: datetime) -> None:
        self._limits, self._hidden = limits, hidden
        self._acts = frozenset(map(folded, limits.reasons))
        self._bands: dict[int, list[Band]] = {}
        for band in limits.bands:
            self._bands.setdefault(band.weekday, []).append(band)
        # In UTC: two moments of one zone are compared by their clocks, an hour wrong across a clock change.
        hours = limits.horizon_hours
        self._last = None if hours is None else now.astimezone(UTC) + timedelta(hours=hours)

    def left_out(self, slot: Slot, place: Hashable) -> Reason | None:
        """Why this slot is not shared, the quota aside."""
        limits = self._limits
        if slot.id in self._hidden:
            return Reason.HIDDEN
        if limits.places and place not in limits.places:
            return Reason.PLACE
        if self._last is not None and slot.start > self._last:
            return Reason.HORIZON
        if limits.bands and not any(band.holds(slot.start) for band in self._bands.get(slot.start.weekday(), ())):
            return Reason.BAND
        if limits.modalities and limits.modalities.isdisjoint(slot.modalities):
            return Reason.MODALITY
        if limits.types and limits.types.isdisjoint(slot.types):
            return Reason.TYPE
        if self._acts and self._acts.isdisjoint(map(folded, slot.reasons)):
            return Reason.ACT
        return None


@lru_cache(maxsize=4096)
def folded(act: str) -> str:
    """An act as it is compared: « Consultation  de suivi » and « consultation de suivi » are one."""
    plain = (c for c in unicodedata.normalize("NFKD", act.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(plain).split())


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


def for_audit(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What was stored, as the audit trail keeps it: how many bands, never which. Whoever reads it is not to learn when
    a named doctor consults (platform.md §10)."""
    return {**stored, "bands": len(stored["bands"])} if stored.get("bands") else dict(stored)


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
