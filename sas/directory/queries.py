"""Reads of the directory: the nearest professionals, those of an area, those of a name or of an id.

Raw SQL on Django's connection, because the ORM costs more than the database here (performance.md, « hot SQL path »);
parameters only, never text pasted into a statement. Every function returns frozen rows, no model instance.
Order, pages and their proof: docs/algorithms/nearest.md. Distances: `rules.py`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import psycopg
from django.db import connection
from psycopg.rows import args_row

from sas.directory.rules import chord_of, metres_of, search_key, unit_point
from sas.directory.weekly_hours import Band, from_json

BOX_SLACK = 1e-9
"""Added to the box around a search, never to the radius: a point on the rim must not be lost to rounding (6 mm)."""


class Key(NamedTuple):
    """Where a page ended. The next one starts right after; nothing is repeated or skipped, even if places are added.

    `rank` is the chord for `nearest`, the seeded hash for `in_area`; both survive JSON unchanged.
    """

    participates: bool
    rank: float
    location_id: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search in the index's own pass. Empty: everybody."""

    participates: bool | None = None
    professions: tuple[str, ...] = ()
    conventions: tuple[str, ...] = ()


NO_FILTER = Filters()
_MOST_WORDS = 8
"""Of a name: the others are not looked at."""


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """One activity at one place, as a card needs it. `rank` feeds `key` and `distance_m`, nothing else."""

    location_id: int
    practitioner_id: int
    structure_id: int | None
    latitude: float
    longitude: float
    participates: bool
    updated_on: date
    rank: float | None
    national_id: str
    family_name: str
    given_name: str
    civility: str
    profession: str
    specialty: str
    savoir_faire: str
    mode: str
    place_key: str
    name: str
    line: str
    postal_code: str
    city: str
    insee: str
    department: str
    precision: str
    timezone: str
    phone: str
    information: str | None
    convention: str | None
    structure_national_id: str
    hours: str | None = None
    """Opening hours as stored (JSON); read them through `opening_hours`."""

    @property
    def opening_hours(self) -> list[Band] | None:
        """Opening hours of the place, as bands of a week; None when nobody said."""
        return from_json(msgspec.json.decode(self.hours)) if self.hours else None

    @property
    def key(self) -> Key:
        """Where the next page starts, when this is the last row of a page."""
        return Key(self.participates, self.rank or 0, self.location_id)

    @property
    def distance_m(self) -> float | None:
        """Great-circle metres from the searched point (rows of `nearest` and `by_name` with a point)."""
        return metres_of(self.rank) if isinstance(self.rank, float) else None


def _candidate(*row: Any) -> Candidate:
    """A row of any query below: eight columns, then the texts as one array (migrations/0007…sql)."""
    return Candidate(*row[:8], *row[8])


_COLUMNS = """
    l.id, l.practitioner_id, l.structure_id, l.latitude, l.longitude, l.participates, l.updated_on, {rank},
    ARRAY[l.national_id, l.family_name, l.given_name, l.civility, l.profession, l.specialty, l.savoir_faire,
        l.mode, l.place_key, l.name, l.line, l.postal_code, l.city, l.insee, l.department, l.precision,
        l.timezone, COALESCE(l.phone_override, l.phone), l.information_override, l.convention,
        l.structure_national_id, l.hours_override::text]"""

_DISTANCE = "(l.position <-> %(point)s::cube)"
_HASH = "hashint8extended(l.practitioner_id, %(seed)s::bigint)"
_IN_CIRCLE = f"l.position <@ cube_enlarge(%(point)s::cube, %(box)s::float8, 3) AND {_DISTANCE} <= %(chord)s::float8"
_NEAREST = """SELECT * FROM directory_nearest(
    %(specialty)s, %(point)s::cube, %(chord)s::float8, %(inner)s::float8,
    %(participants)s, %(others)s, %(after_rank)s::float8, %(after_id)s::bigint, %(after_participates)s::boolean,
    %(professions)s::text[], %(conventions)s::text[], %(limit)s::integer)"""
"""migrations/0007_nearest_with_hours.sql; its columns are those of `_candidate`."""


def nearest(
    *,
    specialty: str,
    latitude: float,
    longitude: float,
    radius_km: float,
    limit: int,
    after: Key | None = None,
    inner_km: float = 0.0,
    filters: Filters = NO_FILTER,
) -> list[Candidate]:
    """Active places of a discipline within `radius_km`: participants first, then exact great-circle distance, then id.

    `inner_km` leaves out what a smaller circle already gave (widening). `after` is the `key` of the last row seen.
    """
    if limit < 1:
        return []
    parameters = _nearest_parameters(specialty, circle(latitude, longitude, radius_km), limit, after, filters)
    if inner_km > 0:
        parameters["inner"] = chord_of(inner_km)
    return _fetch(_NEAREST, parameters, prepare=True)


def in_area(
    *,
    specialty: str,
    seed: int,
    limit: int,
    department: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    radius_km: float = 0.0,
    inner_km: float = 0.0,
    after: Key | None = None,
    filters: Filters = NO_FILTER,
) -> list[Candidate]:
    """Active places of a discipline in a department, or in a circle: participants first, then a random order.

    The order depends on `seed` alone: the same seed continues the same order on every page and every server, so
    that nobody is favoured and nobody is shown twice. One person's places are neighbours. `inner_km` leaves out what a
    smaller circle already gave.
    """
    parameters: dict[str, Any] = {"specialty": specialty, "seed": seed}
    if department is not None:
        where = "l.specialty = %(specialty)s AND l.department = %(department)s"
        parameters["department"] = department
    elif latitude is not None and longitude is not None:
        where = f"l.specialty = %(specialty)s AND {_IN_CIRCLE}"
        if inner_km > 0:
            where += f" AND {_DISTANCE} > %(inner)s::float8"
        parameters |= circle(latitude, longitude, radius_km) | {"inner": chord_of(inner_km)}
    else:
        msg = "an area is a department or a circle"
        raise ValueError(msg)
    return _area_page(where, parameters, limit=limit, after=after, filters=filters)


def count_upto(
    *,
    specialty: str,
    ceiling: int = 200,
    department: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    radius_km: float = 0.0,
    filters: Filters = NO_FILTER,
) -> int:
    """How many `nearest` or `in_area` would give, counted no further than `ceiling` + 1 (« 200+ »)."""
    if department is None:
        area = circle(latitude or 0.0, longitude or 0.0, radius_km)
        counted = _nearest_parameters(specialty, area, ceiling + 1, None, filters)
        return _number(f"SELECT count(*) FROM ({_NEAREST}) AS first", counted)  # noqa: S608 — a constant
    halves = "" if filters.participates is None else " AND l.participates = %(participates)s"
    sql = (
        "SELECT count(*) FROM (SELECT 1 FROM directory_practicelocation l"  # noqa: S608 — fixed fragments only
        " WHERE l.ended_on IS NULL AND l.specialty = %(specialty)s AND l.department = %(department)s"
        f"{halves}{_filter_sql(filters)} LIMIT %(limit)s) AS first"
    )
    parameters = {"specialty": specialty, "department": department, "participates": filters.participates}
    return _number(sql, parameters | _filter_values(filters) | {"limit": ceiling + 1})


def by_national_ids(national_ids: Sequence[str]) -> list[Candidate]:
    """Every active place of the people with these prefixed national ids."""
    return _listed("l.national_id = ANY(%(values)s::text[])", list(national_ids))


def places_of(practitioner_ids: Sequence[int]) -> list[Candidate]:
    """Every active place of these people: what an editor's slots are matched to."""
    return _listed("l.practitioner_id = ANY(%(values)s::bigint[])", list(practitioner_ids))


def by_location_ids(location_ids: Sequence[int]) -> list[Candidate]:
    """These places, still active, in no particular order."""
    return _listed("l.id = ANY(%(values)s::bigint[])", list(location_ids))


def by_name(
    text: str,
    *,
    limit: int = 25,
    latitude: float | None = None,
    longitude: float | None = None,
    radius_km: float | None = None,
) -> list[Candidate]:
    """Active places of people whose name contains every word of `text`; failing that, whose name resembles it.

    With a point: the nearest first (inside `radius_km` when given); else by likeness then name. Accents and case do
    not count. Fewer than two letters find nobody.
    """
    key = search_key(text)
    if len(key) < 2:
        return []
    parameters: dict[str, Any] = {"key": key, "limit": limit}
    every_word, words = containing("p.name_key", key)
    parameters |= words
    around = ""
    rank = "NULL::float8"
    if latitude is not None and longitude is not None:
        parameters |= circle(latitude, longitude, radius_km if radius_km is not None else float("inf"))
        around = f" AND {_IN_CIRCLE}"
        rank = _DISTANCE
    order = f"{rank}, word_similarity(%(key)s, p.name_key) DESC, p.name_key, l.id"
    for condition in (every_word, "%(key)s <%% p.name_key"):
        sql = (
            f"SELECT {_COLUMNS.format(rank=rank)} FROM directory_practitioner p"  # noqa: S608 — fixed fragments only
            " JOIN directory_practicelocation l ON l.practitioner_id = p.id"
            f" WHERE {condition} AND l.ended_on IS NULL{around} ORDER BY {order} LIMIT %(limit)s"
        )
        found = _fetch(sql, parameters, prepare=False)
        if found:
            return found
    return []


def _nearest_parameters(
    specialty: str, area: dict[str, Any], limit: int, after: Key | None, filters: Filters
) -> dict[str, Any]:
    return area | {
        "specialty": specialty,
        "inner": -1.0,
        "participants": filters.participates is not False and (after is None or after.participates),
        "others": filters.participates is not True,
        "after_rank": None if after is None else after.rank,
        "after_id": None if after is None else after.location_id,
        "after_participates": None if after is None else after.participates,
        "professions": list(filters.professions) or None,
        "conventions": list(filters.conventions) or None,
        "limit": limit,
    }


def containing(column: str, key: str) -> tuple[str, dict[str, str]]:
    """The condition that every word of `key` is in the column, and its parameters.

    One LIKE per word: no index of trigrams answers `LIKE ALL`, which would read the whole table.
    """
    words = {f"word{number}": f"%{word}%" for number, word in enumerate(key.split()[:_MOST_WORDS])}
    return " AND ".join(f"{column} LIKE %({name})s" for name in words), words


def circle(latitude: float, longitude: float, radius_km: float) -> dict[str, Any]:
    """Parameters of a search around a point: `point` (cube), `chord` (exact radius), `box` (for the index)."""
    x, y, z = unit_point(latitude, longitude)
    chord = chord_of(radius_km)
    return {"point": f"({x!r},{y!r},{z!r})", "chord": chord, "box": chord + BOX_SLACK}


def _area_page(
    where: str, parameters: dict[str, Any], *, limit: int, after: Key | None, filters: Filters
) -> list[Candidate]:
    """One page of (participants first, seeded hash, id)."""
    halves = [half for half in (True, False) if filters.participates in (None, half)]
    if after is not None:
        halves = [half for half in halves if half <= after.participates]
        parameters |= {"after_rank": after.rank, "after_id": after.location_id}
    if not halves or limit < 1:
        return []
    resumed = None if after is None else after.participates
    sql = _area_sql(where + _filter_sql(filters), tuple(halves), resumed)
    return _fetch(sql, parameters | _filter_values(filters) | {"limit": limit}, prepare=True)


@lru_cache(maxsize=256)
def _area_sql(where: str, halves: tuple[bool, ...], resumed: bool | None) -> str:
    """Participants, then the others, which are read only if the first left room; ids first, from the index alone.

    PostgreSQL appends the branches of UNION ALL in the order written and stops at the outer LIMIT; an outer ORDER BY
    would say so formally, and read both halves each time (2× the page).
    """
    branches = []
    for half in halves:
        resume = f" AND ({_HASH}, l.id) > (%(after_rank)s::bigint, %(after_id)s::bigint)" if half is resumed else ""
        branches.append(
            f"(SELECT l.id, {_HASH} AS rank FROM directory_practicelocation l"  # noqa: S608 — fixed fragments only
            f" WHERE l.ended_on IS NULL AND {'' if half else 'NOT '}l.participates AND {where}{resume}"
            f" ORDER BY {_HASH}, l.id LIMIT %(limit)s)"
        )
    first = branches[0] if len(branches) == 1 else " UNION ALL ".join(branches) + " LIMIT %(limit)s"
    return (
        f"SELECT {_COLUMNS.format(rank='first.rank')} FROM ({first}) AS first"  # noqa: S608 — fixed fragments only
        " JOIN directory_practicelocation l ON l.id = first.id ORDER BY l.participates DESC, first.rank, l.id"
    )


def _filter_sql(filters: Filters) -> str:
    professions = " AND l.profession = ANY(%(professions)s::text[])" if filters.professions else ""
    conventions = " AND l.convention = ANY(%(conventions)s::text[])" if filters.conventions else ""
    return professions + conventions


def _filter_values(filters: Filters) -> dict[str, Any]:
    return {"professions": list(filters.professions), "conventions": list(filters.conventions)}


def _listed(condition: str, values: list[Any]) -> list[Candidate]:
    if not values:
        return []
    sql = (
        f"SELECT {_COLUMNS.format(rank='NULL::float8')} FROM directory_practicelocation l"  # noqa: S608 — fixed fragments only
        f" WHERE {condition} AND l.ended_on IS NULL ORDER BY l.id"
    )
    return _fetch(sql, {"values": values}, prepare=True)


def _fetch(sql: str, parameters: dict[str, Any], *, prepare: bool) -> list[Candidate]:
    with bare_cursor(args_row(_candidate)) as cursor:
        return list(cursor.execute(sql, parameters, prepare=prepare).fetchall())


def _number(sql: str, parameters: dict[str, Any]) -> int:
    with bare_cursor(None) as cursor:
        return int(cursor.execute(sql, parameters, prepare=True).fetchone()[0])


@contextmanager
def bare_cursor(row_factory: Any) -> Iterator[Any]:
    """A bare psycopg cursor on Django's connection, with its transaction and its settings; Django's own errors.

    Django's own cursor interpolates on the client and never prepares: planning again would cost as much as the page.
    """
    with connection.wrap_database_errors:
        connection.ensure_connection()
        bare: psycopg.Connection[Any] = connection.connection
        cursor = psycopg.Cursor(bare) if row_factory is None else psycopg.Cursor(bare, row_factory=row_factory)
        with cursor:
            yield cursor
