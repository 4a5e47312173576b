"""Reads of structures: the nearest of a kind, those of a department, of a name, of a commune's CPTS.

Raw SQL like `queries.py`, for the same reasons; frozen rows with everything that a card prints. A kind is an *activity*
of `data/structure_kinds.csv` (`pharmacy`, `cds`, `sos_place`…), or one of `Structure.Kind`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
from psycopg.rows import args_row

from sas.directory.gazetteer import gazetteer
from sas.directory.queries import bare_cursor, circle, containing
from sas.directory.rules import metres_of, search_key
from sas.directory.structure_rules import Phone, number_to_call
from sas.directory.weekly_hours import Band, from_json


class StructureKey(NamedTuple):
    """Where a page ended: chord (or seeded hash) and id of its last row."""

    rank: float
    structure_id: int


class StructureRow(msgspec.Struct, frozen=True, gc=False):
    """A structure as a card needs it. Degrees WGS 84, None when nobody knows where it is. `rank` feeds `key` only."""

    id: int
    latitude: float | None
    longitude: float | None
    participates: bool
    updated_on: date
    parent_id: int | None
    rank: float | None
    zone: list[str]
    services: list[str]
    national_id: str
    kind: str
    activity: str
    """What it is searched by: an activity, or the kind when it has none."""
    category_label: str
    name: str
    line: str
    postal_code: str
    city: str
    insee: str
    department: str
    precision: str | None
    timezone: str
    phone: Phone
    """The one number to call, which kind of number it is, and its hours."""
    hours: str | None
    information: str | None
    source: str
    parent_name: str | None

    @property
    def opening_hours(self) -> list[Band] | None:
        """What a source says, else what the manager typed, as bands of a week; None when nobody said."""
        return from_json(msgspec.json.decode(self.hours)) if self.hours else None

    @property
    def key(self) -> StructureKey:
        """Where the next page starts, when this is the last row of a page."""
        return StructureKey(self.rank or 0, self.id)

    @property
    def distance_m(self) -> float | None:
        """Great-circle metres from the searched point (rows of `structures_near` and by name with a point)."""
        return metres_of(self.rank) if isinstance(self.rank, float) else None


def _row(*row: Any) -> StructureRow:
    """Nine columns, then the texts as one array: see `_COLUMNS`."""
    texts = row[9]
    corrected, snp, snp_hours, regulation, regulation_hours, public, public_source = texts[12:19]
    phone = number_to_call(
        corrected=corrected,
        snp=snp,
        snp_hours=snp_hours,
        regulation=regulation,
        regulation_hours=regulation_hours,
        public=public,
        public_source=public_source,
    )
    values: Any = (*row[:9], *texts[:12], phone, *texts[19:])
    return StructureRow(*values)


_COLUMNS = """
    s.id, s.latitude, s.longitude, s.participates, s.updated_on, s.parent_id, {rank}, s.zone, s.services,
    ARRAY[s.national_id, s.kind, s.sought, s.category_label, s.name, s.line, s.postal_code, s.city, s.insee,
        s.department, s.precision, s.timezone,
        s.phone_override, s.snp_phone, s.snp_hours, s.regulation_phone, s.regulation_hours, s.phone,
        COALESCE(s.sources -> 'phone' ->> 'source', s.source),
        COALESCE(s.opening_hours, s.hours_override)::text, s.information_override, s.source, parent.name]"""
_PARENT = "LEFT JOIN directory_structure parent ON parent.id = s.parent_id"
_FROM = f"directory_structure s {_PARENT}"
_DISTANCE = "(s.position <-> %(point)s::cube)"
_HASH = "hashint8extended(s.id, %(seed)s::bigint)"
_SOUGHT = "(s.sought = ANY(%(sought)s::text[]) OR s.sought = 'hospital' AND s.services && %(sought)s::text[])"
"""A service of a hospital (emergencies) is found as if it were a structure of its own."""
_NEAREST = f"""
SELECT {_COLUMNS.format(rank="near.rank")} FROM (
    SELECT structure_id, rank FROM directory_structures_nearest(
        %(sought)s::text[], %(point)s::cube, %(chord)s::float8, %(after_rank)s::float8, %(after_id)s::bigint,
        %(limit)s::integer)
    ORDER BY rank, structure_id LIMIT %(limit)s
) near JOIN directory_structure s ON s.id = near.structure_id {_PARENT} ORDER BY near.rank, s.id"""  # noqa: S608 — constants
"""migrations/0008_structures_nearest.sql."""
_LONGEST_NAME = 100
_AROUND_KM = 50.0
"""Where a common name is looked for first: « pharmacie de la poste » has hundreds of homonyms."""
_MOST_HOMONYMS = 500


def structures_near(
    activities: Sequence[str],
    *,
    latitude: float,
    longitude: float,
    radius_km: float,
    limit: int,
    after: StructureKey | None = None,
) -> list[StructureRow]:
    """Active structures of these activities within `radius_km`, the nearest first (exact great circle), then id.

    A structure without a position is in no circle. `after` is the `key` of the last row seen.
    """
    if limit < 1 or not activities:
        return []
    parameters = circle(latitude, longitude, radius_km) | {"sought": list(activities), "limit": limit}
    parameters |= {"after_rank": after and after.rank, "after_id": after and after.structure_id}
    return _fetch(_NEAREST, parameters)


_IN_CIRCLE = f"s.position <@ cube_enlarge(%(point)s::cube, %(box)s::float8, 3) AND {_DISTANCE} <= %(chord)s::float8"


def structures_in_department(
    activities: Sequence[str], department: str, *, seed: int, limit: int, after: StructureKey | None = None
) -> list[StructureRow]:
    """Active structures of these activities in a department, in an order that depends on `seed` alone."""
    if limit < 1 or not activities:
        return []
    parameters: dict[str, Any] = {"sought": list(activities), "department": department, "seed": seed, "limit": limit}
    resume = ""
    if after is not None:
        resume = f" AND ({_HASH}, s.id) > (%(after_rank)s::bigint, %(after_id)s::bigint)"
        parameters |= {"after_rank": after.rank, "after_id": after.structure_id}
    return _fetch(
        f"SELECT {_COLUMNS.format(rank=_HASH)} FROM {_FROM}"  # noqa: S608 — fixed fragments only
        f" WHERE s.ended_on IS NULL AND s.department = %(department)s AND {_where_sought(activities)}{resume}"
        f" ORDER BY {_HASH}, s.id LIMIT %(limit)s",
        parameters,
    )


def structures_by_name(
    text: str,
    *,
    limit: int = 25,
    latitude: float | None = None,
    longitude: float | None = None,
    radius_km: float | None = None,
    department: str | None = None,
    activities: Sequence[str] = (),
) -> list[StructureRow]:
    """Active structures whose name contains every word of `text`; failing that, whose name resembles it.

    With a point: the nearest first (inside `radius_km` when given), those without a position last; else by likeness.
    Accents, case and a letter wrong do not count. Fewer than two letters find none.
    """
    key = search_key(text[:_LONGEST_NAME])
    if len(key) < 2:
        return []
    parameters: dict[str, Any] = {"key": key, "limit": limit}
    parameters |= {"department": department, "sought": list(activities), "homonyms": _MOST_HOMONYMS}
    where = " AND s.department = %(department)s" if department is not None else ""
    where += f" AND {_where_sought(activities)}" if activities else ""
    if latitude is None or longitude is None:
        return _named(parameters, where, "NULL::float8")
    if radius_km is not None:
        return _named(parameters | circle(latitude, longitude, radius_km), f"{where} AND {_IN_CIRCLE}", _DISTANCE)
    around = parameters | circle(latitude, longitude, _AROUND_KM)
    near = _named(around, f"{where} AND {_IN_CIRCLE}", _DISTANCE)
    if len(near) == limit:
        return near
    farther = _named(around, where, _DISTANCE)
    return farther if len(farther) >= len(near) else near


def _named(parameters: dict[str, Any], where: str, rank: str) -> list[StructureRow]:
    """Every word first, else what resembles. Only so many homonyms are compared: a name that common needs a place."""
    order = f"{rank} NULLS LAST, word_similarity(%(key)s, s.name_key) DESC, s.name_key, s.id"
    every_word, words = containing("s.name_key", parameters["key"])
    for condition in (every_word, "%(key)s <%% s.name_key"):
        found = _fetch(
            f"SELECT {_COLUMNS.format(rank=rank)} FROM (SELECT s.id FROM directory_structure s"  # noqa: S608 — fixed
            f" WHERE {condition} AND s.ended_on IS NULL{where} LIMIT %(homonyms)s) first"
            f" JOIN directory_structure s ON s.id = first.id {_PARENT} ORDER BY {order} LIMIT %(limit)s",
            parameters | words,
            prepare=False,
        )
        if found:
            return found
    return []


def cpts_for(insee: str) -> list[StructureRow]:
    """Active CPTS whose zone contains this commune, by name. Arrondissements count as their city; "" is in no zone."""
    if not insee:
        return []
    commune = gazetteer().by_insee(insee)
    codes = [insee] if commune is None else [insee, commune.insee]
    return _fetch(
        f"SELECT {_COLUMNS.format(rank='NULL::float8')} FROM {_FROM}"  # noqa: S608 — fixed fragments only
        " WHERE s.ended_on IS NULL AND s.kind = 'cpts' AND s.zone && %(codes)s::text[] ORDER BY s.name_key, s.id",
        {"codes": codes},
    )


def sos_places_near(
    *, latitude: float, longitude: float, radius_km: float, limit: int, after: StructureKey | None = None
) -> list[StructureRow]:
    """Fixed places of SOS Médecins within `radius_km`, the nearest first; `parent_name` is the association."""
    return structures_near(
        ["sos_place"], latitude=latitude, longitude=longitude, radius_km=radius_km, limit=limit, after=after
    )


def structures_by_ids(structure_ids: Sequence[int]) -> list[StructureRow]:
    """These structures, still active, by id."""
    return _listed("s.id = ANY(%(values)s::bigint[])", list(structure_ids))


def structures_by_national_ids(national_ids: Sequence[str]) -> list[StructureRow]:
    """Structures with these prefixed national ids, still active, by id."""
    return _listed("s.national_id = ANY(%(values)s::text[])", list(national_ids))


def _listed(condition: str, values: list[Any]) -> list[StructureRow]:
    if not values:
        return []
    return _fetch(
        f"SELECT {_COLUMNS.format(rank='NULL::float8')} FROM {_FROM}"  # noqa: S608 — fixed fragments only
        f" WHERE {condition} AND s.ended_on IS NULL ORDER BY s.id",
        {"values": values},
    )


def _where_sought(activities: Sequence[str]) -> str:
    """The index answers one activity in order of distance: the usual case is written so that it can."""
    if "emergency" in activities:
        return _SOUGHT
    return "s.sought = ANY(%(sought)s::text[])" if len(activities) > 1 else "s.sought = (%(sought)s::text[])[1]"


def _fetch(sql: str, parameters: dict[str, Any], *, prepare: bool = True) -> list[StructureRow]:
    with bare_cursor(args_row(_row)) as cursor:
        return list(cursor.execute(sql, parameters, prepare=prepare).fetchall())
