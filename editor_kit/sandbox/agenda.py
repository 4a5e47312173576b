"""The free slots of a practitioner's day: a pure function of (seed, practitioner, local day).

Two calls agree, and slots do not move as the clock does: only the window and what was booked change an answer.
Hours are wall hours of the place (08:00 stays 08:00 across a change of clocks).
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from editor_kit.sandbox.people import Person

BOOKABLE_AHEAD = timedelta(days=14)
"""How far the agendas are open; bounds what one request can cost, whatever window it asks."""

STEP = timedelta(minutes=15)
MORNING = (time(8, 30), time(12, 30))
AFTERNOON = (time(14, 0), time(19, 0))
EVENING = (time(19, 0), time(21, 0))
SATURDAY = 5

_NOON = time(13, 0)
_SEEDED_HOURS = (time(9, 0), time(10, 0), time(11, 30), time(14, 30), time(16, 0), time(17, 30), time(20, 30))
_SEEDED_TYPES = (("PUBLIC",), ("SNP",), ("PUBLIC", "PRO"))
_SEEDED_MODALITIES = (("AMB",), ("AMB", "VR"), ("HH",))
_REASONS = (
    "Consultation de médecine générale",
    "Consultation urgente",
    "Renouvellement de traitement",
    "Première consultation",
    "Consultation enfant",
)


class AgendaSlot(msgspec.Struct, frozen=True, gc=False):
    """A free slot. `at` is the start in epoch seconds; `slot_id` is stable and tells who and when."""

    slot_id: str
    place_index: int
    start: datetime
    end: datetime
    at: int
    types: tuple[str, ...]
    modalities: tuple[str, ...]
    booking: str
    reasons: tuple[str, ...]


def day_slots(person: Person, day: date, seed: int) -> tuple[AgendaSlot, ...]:
    """Every slot that this practitioner offers on this local day, in order of start."""
    if person.plan:
        return tuple(_seeded_day(person, day))
    draw = random.Random(f"{seed}:{person.national_id}")
    density = _density(person, draw)
    step = STEP * (1, 1, 1, 2)[int(draw.random() * 4)]
    works_evenings = draw.random() < 0.15
    if density == 0:
        return ()
    return tuple(
        _drawn_day(person, day, random.Random(f"{seed}:{person.national_id}:{day}"), density, step, works_evenings)
    )


def days_between(start: datetime, end: datetime, person: Person) -> list[date]:
    """The local days (of any of the person's places) that a window touches."""
    first = min(start.astimezone(place.zone).date() for place in person.places)
    last = max(end.astimezone(place.zone).date() for place in person.places)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def day_of(person: Person, slot_id: str) -> date | None:
    """The local day that a slot id names, or None when it cannot be one of this practitioner's."""
    key, _, rest = slot_id.rpartition(".")
    if key != person.key:
        return None
    try:
        return datetime.strptime(rest[:8], "%Y%m%d").date()  # noqa: DTZ007 - a local day, no instant
    except ValueError:
        return None


def _density(person: Person, draw: random.Random) -> float:
    chance, level = draw.random(), draw.random()
    if person.density is not None:
        return person.density
    if chance < 0.2:
        return 0.0  # full, or on holiday
    return 0.06 + 0.34 * level * level  # many have a few slots, a few have many


def _drawn_day(
    person: Person, day: date, draw: random.Random, density: float, step: timedelta, works_evenings: bool
) -> Iterator[AgendaSlot]:
    weekday = day.weekday()
    if weekday > SATURDAY:
        openings = [MORNING] if draw.random() < 0.08 else []
    elif weekday == SATURDAY:
        openings = [MORNING] if draw.random() < 0.6 else []
    else:
        openings = [MORNING, AFTERNOON, *([EVENING] if works_evenings else [])]
    for rank, (opens, closes) in enumerate(openings):
        place_index = (weekday + rank) % len(person.places)
        at, closing = datetime.combine(day, opens), datetime.combine(day, closes)
        while at + step <= closing:
            if draw.random() < density:
                yield _drawn_slot(person, place_index, at, step, draw)
            at += step


def _drawn_slot(person: Person, place_index: int, at: datetime, step: timedelta, draw: random.Random) -> AgendaSlot:
    kind, how, why = draw.random(), draw.random(), draw.random()
    return _slot(
        person,
        place_index,
        at,
        step,
        types=("PUBLIC",) if kind < 0.7 else ("PUBLIC", "PRO") if kind < 0.85 else ("SNP",),
        modalities=("AMB",) if how < 0.75 else ("AMB", "VR") if how < 0.85 else ("VR",) if how < 0.95 else ("HH",),
        booking="ROUTINE" if why < 0.95 else "WALKIN",
        reasons=(_REASONS[int(why * 1000) % len(_REASONS)],),
    )


def _seeded_day(person: Person, day: date) -> Iterator[AgendaSlot]:
    """The same hours every day, Sundays included: whenever the kit runs, tomorrow is full of what it looks for."""
    if person.plan == "empty":
        return
    for rank, hour in enumerate(_SEEDED_HOURS):
        half_day = 0 if hour < _NOON else 1
        yield _slot(
            person,
            half_day % len(person.places),
            datetime.combine(day, hour),
            STEP,
            types=_SEEDED_TYPES[rank % 3] if person.plan == "complete" else ("PUBLIC",),
            modalities=_SEEDED_MODALITIES[rank % 3] if person.plan == "complete" else ("AMB",),
            booking="WALKIN" if person.plan == "walkin" else "ROUTINE",
            reasons=(_REASONS[rank % 2],),
        )


def _slot(
    person: Person,
    place_index: int,
    wall: datetime,
    lasts: timedelta,
    *,
    types: tuple[str, ...],
    modalities: tuple[str, ...],
    booking: str,
    reasons: tuple[str, ...],
) -> AgendaSlot:
    # Times stand on the zone's own wall clock; the length is added in UTC, where an hour is always an hour.
    zone = person.places[place_index].zone
    start = wall.replace(tzinfo=zone)
    return AgendaSlot(
        slot_id=f"{person.key}.{wall:%Y%m%d-%H%M}",
        place_index=place_index,
        start=start,
        end=(start.astimezone(UTC) + lasts).astimezone(zone),
        at=int(start.timestamp()),
        types=types,
        modalities=modalities,
        booking=booking,
        reasons=reasons,
    )
