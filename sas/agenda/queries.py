"""Reads of the SAS agenda: what is offered in a window, by whom, and who is away. Frozen rows, a few queries in all."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import Q, QuerySet

from sas.agenda.models import Series, Unavailability
from sas.agenda.rules import Away, expand, instant, is_away
from sas.agenda.sheets import Spot, pattern_of
from sas.agenda.stored import UNUSED, Row, Stored, read


class AgendaSlot(msgspec.Struct, frozen=True, gc=False):
    """One free or partly free occurrence. `start`, `end` in the zone of its place; `at`: `start` in epoch seconds.

    `id`: `a<series>-<start in minutes since 1970, hexadecimal>`, stable. `walk_in`: a plage, without appointment.
    `doctor_id`: in a structure's agenda, the practitioner that the slot names, if any. `held`: places that regulators
    hold when the window begins, none of them taken (« en cours »).
    """

    id: str
    series_id: int
    start: datetime
    end: datetime
    at: int
    capacity: int
    taken: int
    modalities: tuple[str, ...]
    walk_in: bool
    doctor_id: int | None = None
    held: int = 0

    @property
    def is_full(self) -> bool:
        """Nothing left: not to be offered."""
        return self.taken >= self.capacity

    @property
    def is_being_taken(self) -> bool:
        """What is left is all held: « en cours »."""
        return self.taken < self.capacity <= self.taken + self.held


class Supply(NamedTuple):
    """What the SAS agenda says of some people and structures in a window.

    `slots`: (practitioner pk, place key) → occurrences by start, those of an unavailability left out, full ones
    included. `away`: (practitioner pk, place key) → when nothing may be shown there, editors' slots included; the key
    "" is everywhere and is to be added to each place's own. `emptied`: places that would offer something, but for an
    unavailability.
    """

    slots: Mapping[tuple[int, str], tuple[AgendaSlot, ...]]
    of_structures: Mapping[int, tuple[AgendaSlot, ...]]
    away: Mapping[tuple[int, str], Away]
    structures_away: Mapping[int, Away]
    emptied: frozenset[tuple[int, str]] = frozenset()


class Occurrence(msgspec.Struct, frozen=True, gc=False):
    """One occurrence of a series on the agenda of its owner, whatever became of it.

    `start`, `end` in the zone of the place; `on`: its day there. `marked`: among `taken`, places that the doctor said
    taken; `gone`: among those, what a regulator was told on the phone.
    `hidden`: an unavailability covers a part of it. `version`: that of the series. `piece`: of a split range.
    """

    id: str
    series_id: int
    version: int
    on: date
    start: datetime
    end: datetime
    kind: str
    place_key: str
    doctor_id: int | None
    capacity: int
    taken: int
    marked: int
    gone: int
    modalities: tuple[str, ...]
    recurring: bool
    piece: bool
    hidden: bool


NOTHING = Supply({}, {}, {}, {})


def supply(
    *, practitioner_ids: Collection[int], structure_ids: Collection[int] = (), start: datetime, end: datetime
) -> Supply:
    """Everything these people and structures offer from `start` to `end`, both included, by start. One query."""
    since, until = ceil(start.timestamp()), int(end.timestamp())
    stored = read(practitioner_ids, structure_ids, since, until)
    if not stored.rows:
        return Supply({}, {}, stored.away, stored.structures_away)
    slots: dict[tuple[int, str], list[AgendaSlot]] = defaultdict(list)
    of_structures: dict[int, list[AgendaSlot]] = defaultdict(list)
    hidden: set[tuple[int, str]] = set()
    for row in stored.rows:
        offered = _offered(row, stored, since, until)
        if row.structure_id is not None:
            of_structures[row.structure_id] += offered
        elif row.practitioner_id is not None:
            slots[row.practitioner_id, row.place_key] += offered
            if not offered and _hides(row, stored, since, until):
                hidden.add((row.practitioner_id, row.place_key))
    emptied = frozenset(key for key in hidden if not slots[key])
    return Supply(_in_order(slots), _in_order(of_structures), stored.away, stored.structures_away, emptied)


def week_of(
    *, monday: date, practitioner_id: int | None = None, structure_id: int | None = None, days: int = 7
) -> tuple[Occurrence, ...]:
    """Every occurrence of this person's (all places), or of this structure's, on `days` days from `monday`, by start.

    Days are those of each place. One query.
    """
    around = datetime.combine(monday, datetime.min.time(), ZoneInfo("UTC"))
    since, until = around - timedelta(days=1), around + timedelta(days=days + 1)
    people = [practitioner_id] if practitioner_id is not None and structure_id is None else []
    structures = [structure_id] if structure_id is not None else []
    stored = read(people, structures, int(since.timestamp()), int(until.timestamp()))
    found = [one for row in stored.rows for one in _occurrences(row, stored, monday, days)]
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.series_id)))


def series_of(pk: int, *, practitioner_id: int | None = None, structure_id: int | None = None) -> Series | None:
    """That series, when it is theirs, closed or not."""
    rows = Series.objects.filter(_owned(practitioner_id, structure_id), pk=pk)
    return rows.select_related("practitioner", "structure").first()


def standing_beside(spot: Spot, *, since: date) -> list[Series]:
    """What this owner offers at this place, on `since` or after (for a structure: whoever the doctor)."""
    if spot.structure is not None:
        owned = Q(structure=spot.structure)
    else:
        owned = Q(structure=None, practitioner=spot.practitioner, place_key=spot.place_key)
    return list(_standing(owned, since).select_related("practitioner", "structure").order_by("pk"))


def occurrence_of(series: Series, on: date) -> tuple[Occurrence, ...]:
    """What this series gives on that day: one, its pieces, or nothing."""
    people = [series.practitioner_id] if series.practitioner_id and not series.structure_id else []
    structures = [series.structure_id] if series.structure_id else []
    around = datetime.combine(on, datetime.min.time(), ZoneInfo("UTC")).timestamp()
    stored = read(people, structures, int(around) - 86_400, int(around) + 2 * 86_400)
    return tuple(one for row in stored.rows if row.id == series.pk for one in _occurrences(row, stored, on, 1))


def unavailable_during(series: Series, starts_at: datetime) -> bool:
    """Whether an unavailability hides the occurrence that starts then."""
    at = int(starts_at.timestamp())
    people = [series.practitioner_id] if series.practitioner_id and not series.structure_id else []
    stored = read(people, [series.structure_id] if series.structure_id else [], at, at)
    away = stored.away_of(series.practitioner_id, series.place_key, series.structure_id)
    return any(is_away(*span, away) for span in expand(pattern_of(series), at, at))


def unavailabilities_of(
    *, at: datetime, practitioner_id: int | None = None, structure_id: int | None = None
) -> list[Unavailability]:
    """Those that are not withdrawn and not over at `at`, by start; the pause first."""
    whose = _whose(practitioner_id, structure_id)
    going = Q(ends_at=None) | Q(ends_at__gt=at)
    return list(Unavailability.objects.filter(whose, going, withdrawn_at=None).order_by("-is_pause", "starts_at", "pk"))


def is_paused(*, practitioner_id: int | None = None, structure_id: int | None = None) -> bool:
    """Whether a pause is going on."""
    whose = _whose(practitioner_id, structure_id)
    return Unavailability.objects.filter(whose, is_pause=True, ends_at=None, withdrawn_at=None).exists()


def slot_named(name: str) -> tuple[int, int] | None:
    """The series and the instant (epoch seconds) behind the `id` of an occurrence; None for what is not one."""
    series, _, minutes = name.removeprefix("a").partition("-")
    if not (name.startswith("a") and series.isascii() and series.isdigit() and len(name) <= 40):
        return None
    try:
        found = int(series), 60 * int(minutes, 16)
    except ValueError:
        return None
    return found if 0 < found[0] < 2**63 and 0 < found[1] < 2**33 else None


def _hides(row: Row, stored: Stored, since: int, until: int) -> bool:
    """Whether an unavailability is why this series offers nothing."""
    if not stored.away_of(row.practitioner_id, row.place_key, row.structure_id):
        return False
    return bool(expand(row.pattern, since, until))


def _offered(row: Row, stored: Stored, since: int, until: int) -> list[AgendaSlot]:
    away = stored.away_of(row.practitioner_id, row.place_key, row.structure_id)
    zone, uses = ZoneInfo(row.pattern.timezone), row.uses
    doctor = row.practitioner_id if row.structure_id is not None else None
    return [
        AgendaSlot(
            _name(row.id, at),
            row.id,
            datetime.fromtimestamp(at, zone),
            datetime.fromtimestamp(closes, zone),
            at,
            row.capacity,
            uses[at].taken if at in uses else 0,
            row.modalities,
            row.walk_in,
            doctor,
            uses[at].held if at in uses else 0,
        )
        for at, closes in expand(row.pattern, since, until, away)
    ]


def _occurrences(row: Row, stored: Stored, first: date, days: int) -> list[Occurrence]:
    zone = ZoneInfo(row.pattern.timezone)
    since, until = bounds(row.pattern.timezone, first, days)
    away: Away = stored.away_of(row.practitioner_id, row.place_key, row.structure_id)
    found = []
    for at, closes in expand(row.pattern, since, until - 1):
        start = datetime.fromtimestamp(at, zone)
        known = row.uses.get(at, UNUSED)
        found.append(
            Occurrence(
                id=_name(row.id, at),
                series_id=row.id,
                version=row.version,
                on=start.date(),
                start=start,
                end=datetime.fromtimestamp(closes, zone),
                kind=row.kind,
                place_key=row.place_key,
                doctor_id=row.practitioner_id if row.structure_id is not None else None,
                capacity=row.capacity,
                taken=known.taken,
                marked=known.marked,
                gone=known.gone,
                modalities=row.modalities,
                recurring=bool(row.pattern.repeat_weeks),
                piece=bool(row.pattern.split_minutes),
                hidden=is_away(at, closes, away),
            )
        )
    return found


def bounds(timezone: str, first: date, days: int) -> tuple[int, int]:
    """The instants between which these days are, there: from the first midnight to the last, excluded."""
    day = first.toordinal()
    return _midnight(timezone, day), _midnight(timezone, day + days)


def _midnight(timezone: str, ordinal: int) -> int:
    found = instant(timezone, ordinal, 0, closes=True)
    return (
        found
        if found is not None
        else int(datetime.fromordinal(ordinal).replace(tzinfo=ZoneInfo(timezone)).timestamp())
    )


def _in_order(slots: dict[Any, list[AgendaSlot]]) -> dict[Any, tuple[AgendaSlot, ...]]:
    return {key: tuple(sorted(found, key=lambda slot: (slot.at, slot.id))) for key, found in slots.items() if found}


def _name(series_id: int, at: int) -> str:
    return f"a{series_id}-{at // 60:x}"


def _owned(practitioner_id: int | None, structure_id: int | None) -> Q:
    if structure_id is not None:
        return Q(structure_id=structure_id)
    return Q(practitioner_id=practitioner_id, structure=None)


def _whose(practitioner_id: int | None, structure_id: int | None) -> Q:
    return Q(practitioner_id=None, structure_id=structure_id) if structure_id else Q(practitioner_id=practitioner_id)


def _standing(owned: Q, on: date) -> QuerySet[Series]:
    left = Q(repeat_weeks=None, first_on__gte=on) | Q(repeat_weeks__isnull=False, until=None)
    return Series.objects.filter(owned, left | Q(repeat_weeks__isnull=False, until__gte=on), closed_at=None)
