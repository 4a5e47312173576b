"""Everything that the agenda knows of some people and structures around a window, in one query: series, places taken,
unavailability. Most people have no agenda: the answer is then empty at once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from sas.agenda.models import Series
from sas.agenda.rules import FOREVER, NEVER_ENDS, Pattern, merged
from sas.agenda.sheets import department_of, minutes
from sas.directory.calendar import region_of

Moments = tuple[tuple[float, float], ...]

_READ = """
SELECT NULL::bigint, o.practitioner_id, o.place_key, o.structure_id,
       extract(epoch FROM o.starts_at)::float8, extract(epoch FROM o.ends_at)::float8,
       NULL::text, NULL::text, NULL::text, NULL::date, NULL::time, NULL::time, NULL::int, NULL::int, NULL::text[],
       NULL::int, NULL::int[], NULL::date, NULL::boolean, NULL::date[], NULL::int, NULL::bigint[], NULL::int[],
       NULL::int[], NULL::int[], NULL::int[]
  FROM agenda_unavailability o
 WHERE o.withdrawn_at IS NULL
   AND o.starts_at < %(away_before)s
   AND (o.ends_at IS NULL OR o.ends_at > %(since)s)
   AND (o.practitioner_id = ANY(%(people)s::bigint[] || ARRAY(
            SELECT n.practitioner_id FROM agenda_series n
             WHERE n.structure_id = ANY(%(structures)s) AND n.practitioner_id IS NOT NULL))
        OR o.structure_id = ANY(%(away_structures)s::bigint[] || ARRAY(
            SELECT n.structure_id FROM agenda_series n
             WHERE %(named)s AND n.practitioner_id = ANY(%(people)s) AND n.structure_id IS NOT NULL)))
 UNION ALL
SELECT s.id, s.practitioner_id, s.place_key, s.structure_id, NULL, NULL,
       s.insee, s.timezone, s.kind, s.first_on, s.starts_at, s.ends_at, s.capacity, s.split_minutes, s.modalities,
       s.repeat_weeks, s.weekdays, s.until, s.skip_public_holidays, s.exceptions, s.version, u.starts, u.taken,
       u.marked, u.gone, u.held
  FROM agenda_series s
  LEFT JOIN LATERAL (
       SELECT array_agg(extract(epoch FROM used.starts_at)::bigint) AS starts,
              array_agg(used.taken::int) AS taken, array_agg(used.marked::int) AS marked,
              array_agg(used.gone::int) AS gone,
              array_agg((SELECT count(*) FROM agenda_hold h
                          WHERE h.use_id = used.id AND h.expires_at > %(since)s)::int) AS held
         FROM agenda_use used
        WHERE used.series_id = s.id AND used.starts_at BETWEEN %(since)s AND %(until)s) u ON true
 WHERE (s.practitioner_id = ANY(%(people)s) AND (s.structure_id IS NULL OR %(named)s)
        OR s.structure_id = ANY(%(structures)s))
   AND s.closed_at IS NULL
   AND s.first_on <= %(last)s
   AND (s.until IS NULL OR s.until >= %(first)s)
   AND (s.repeat_weeks IS NOT NULL OR s.first_on >= %(first)s)
"""


class Known(NamedTuple):
    """Of one occurrence: places taken, those said taken, those said « plus libre », those held as the window begins."""

    taken: int = 0
    marked: int = 0
    gone: int = 0
    held: int = 0


UNUSED = Known()


class Row(NamedTuple):
    """A series that may occur in the window. `uses`: instant → what is known of it."""

    id: int
    practitioner_id: int | None
    place_key: str
    structure_id: int | None
    kind: str
    capacity: int
    modalities: tuple[str, ...]
    version: int
    pattern: Pattern
    uses: dict[int, Known]

    @property
    def walk_in(self) -> bool:
        """A plage: without appointment."""
        return self.kind == Series.Kind.BAND.value


class Stored(NamedTuple):
    """What was read. Spans of unavailability are merged by place ("" is everywhere) and by structure."""

    rows: list[Row]
    away: dict[tuple[int, str], Moments]
    structures_away: dict[int, Moments]

    def away_of(self, practitioner_id: int | None, place_key: str, structure_id: int | None) -> Moments:
        """When nothing is offered there: by the person there or everywhere, or by the structure or the doctor it
        names, away everywhere."""
        if not self.away and not self.structures_away:
            return ()
        everywhere = self.away.get((practitioner_id, ""), ()) if practitioner_id is not None else ()
        if structure_id is not None:
            own = self.structures_away.get(structure_id, ())
        else:
            own = self.away.get((practitioner_id, place_key), ()) if practitioner_id is not None and place_key else ()
        return merged((*everywhere, *own)) if everywhere and own else everywhere or own


def read(
    people: Collection[int], structures: Collection[int], since: int, until: int, *, named: bool = False
) -> Stored:
    """What may occur from `since` to `until` (epoch seconds, both included). `named`: also, in structures' agendas,
    the slots that name these people."""
    start, end = datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC)
    asked: dict[str, Any] = {
        "people": list(people),
        "structures": list(structures),
        "away_structures": list(structures),
        "named": named,
        "since": start,
        "until": end,
        "away_before": end + timedelta(days=1),
        "first": start.date() - timedelta(days=1),
        "last": end.date() + timedelta(days=1),
    }
    with connection.cursor() as cursor:
        cursor.execute(_READ, asked)
        found = cursor.fetchall()
    rows: list[Row] = []
    away: dict[tuple[int, str], list[tuple[float, float]]] = defaultdict(list)
    structures_away: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for pk, person, place_key, structure, starts, ends, *columns in found:
        if pk is not None:
            rows.append(_row(pk, person, place_key, structure, columns))
        elif structure is not None:
            structures_away[structure].append((starts, FOREVER if ends is None else ends))
        else:
            away[person, place_key].append((starts, FOREVER if ends is None else ends))
    return Stored(
        rows,
        {key: merged(spans) for key, spans in away.items()},
        {key: merged(spans) for key, spans in structures_away.items()},
    )


def _row(pk: int, person: int | None, place_key: str, structure: int | None, columns: list[Any]) -> Row:
    insee, timezone, kind, first_on, starts_at, ends_at, capacity, split, modalities = columns[:9]
    repeat, weekdays, until, skip, exceptions, version, starts, *counts = columns[9:]
    pattern = Pattern(
        timezone,
        first_on.toordinal(),
        minutes(starts_at),
        minutes(ends_at),
        split or 0,
        repeat or 0,
        tuple(weekdays),
        until.toordinal() if until else NEVER_ENDS,
        frozenset(map(date.toordinal, exceptions)),
        region_of(department_of(insee)) if skip else None,
    )
    uses = dict(zip(starts, map(Known, *counts), strict=True)) if starts else {}
    return Row(pk, person, place_key, structure, kind, capacity, tuple(modalities), version, pattern, uses)
