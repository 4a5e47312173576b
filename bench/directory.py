"""The nearest professionals: `sas.directory.queries.nearest` on a table of national size, against `SELECT 1`.

1.3 million places are spread over the real communes by population (arrondissements apart), several people to an
address, and loaded by COPY into a server of the benchmark's own. Each measure asks from many points around a town, in
turn with the floor on the same connection: what is compared was measured in the same second. A subprocess does the
work, so that Django is set up on that server and nowhere else.
"""

import bisect
import itertools
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from config.embedded_postgres import running

ROWS, SMALL_ROWS = 1_300_000, 20_000
PEOPLE_SHARE = 0.8
SPECIALTIES = (("SM54", "10", 120), ("SM40", "10", 9), ("SM04", "10", 8), ("60", "60", 560), ("70", "70", 95))
P50, P95, BARE = 4.0, 6.0, 1.5
NOBODY_PASSES = 50.0


@dataclass(frozen=True)
class Town:
    """Where questions are asked from, and how far."""

    name: str
    latitude: float
    longitude: float
    radius_km: float


TOWNS = (
    Town("Paris", 48.8566, 2.3522, 10),
    Town("Lyon", 45.7578, 4.8320, 10),
    Town("Creuse", 46.1702, 1.8712, 30),
    Town("Martinique", 14.6161, -61.0588, 15),
)


def measures(*, small: bool) -> list[dict[str, Any]]:
    """Rows of the table: p50 and p95 per town, limit and filter, then the cost of our own layer."""
    with tempfile.TemporaryDirectory(prefix="sas-bench-") as folder, running(Path(folder), ephemeral=True) as url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "SAS_DATA_DIR": folder,
            "SAS_ENVIRONMENT": "test",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        answer = subprocess.run(
            [sys.executable, "-m", "bench.directory", "small" if small else "full"],
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
    rows: list[dict[str, Any]] = json.loads(answer.stdout)
    return rows


def _measured(*, small: bool) -> list[dict[str, Any]]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    _fill(SMALL_ROWS if small else ROWS)
    rounds = 20 if small else 300
    connection.ensure_connection()
    rows = []
    for town, limit, filtered in itertools.product(TOWNS, (25, 200), (False, True)):
        rows += _town(town, limit, filtered, rounds)
    return [*rows, *_nobody_passes(rounds // 3), *_areas(rounds // 3), *_postgis()]


def _town(town: Town, limit: int, filtered: bool, rounds: int) -> list[dict[str, Any]]:
    from sas.directory import queries

    filters = queries.Filters(participates=True) if filtered else queries.NO_FILTER
    points = _points(town, rounds)
    asked = [
        {"specialty": "SM54", "latitude": a, "longitude": o, "radius_km": town.radius_km, "limit": limit}
        for a, o in points
    ]
    bare = _bare_statement(filters, asked)
    floor, bare_times, times = _in_turn(_select_1(), bare, [_call(queries.nearest, one, filters) for one in asked])
    name = f"{town.name}, {limit}{', participants' if filtered else ''}"
    return [
        _row(f"{name}, p50", _at(times, 50), _at(floor, 50), "SELECT 1", P50),
        _row(f"{name}, p95", _at(times, 95), _at(floor, 95), "SELECT 1", P95),
        _row(f"{name}, nearest()", _at(times, 50), _at(bare_times, 50), "psycopg", BARE),
    ]


def _nobody_passes(rounds: int) -> list[dict[str, Any]]:
    """The worst filter: every neighbour is read and refused."""
    from sas.directory import queries

    filters = queries.Filters(conventions=("nobody",))
    asked = [
        {"specialty": "SM54", "latitude": a, "longitude": o, "radius_km": 10, "limit": 25}
        for a, o in _points(TOWNS[0], rounds)
    ]
    floor, times = _in_turn(_select_1(), [_call(queries.nearest, one, filters) for one in asked])
    name = "Paris, 25, filtre que personne ne passe, p50"
    return [_row(name, _at(times, 50), _at(floor, 50), "SELECT 1", NOBODY_PASSES)]


def _areas(rounds: int) -> list[dict[str, Any]]:
    """Reported only: no target was set for the random order of a department."""
    from sas.directory import queries

    def ask(seed: int) -> Callable[[], Any]:
        return lambda: queries.in_area(specialty="SM54", department="59", seed=seed, limit=25)

    floor, times = _in_turn(_select_1(), [ask(seed) for seed in range(rounds)])
    return [_row("département 59, 25 au hasard, p50", _at(times, 50), _at(floor, 50), "SELECT 1", None)]


def _postgis() -> list[dict[str, Any]]:
    """PostGIS KNN beside ours, where the server has it."""
    from django.db import connection

    from sas.directory import queries

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")
        if cursor.fetchone() is None:
            return []
        cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        cursor.execute(
            "CREATE INDEX ON directory_practicelocation USING gist"
            " (specialty, (ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::geography))"
        )
    statement = (
        "SELECT * FROM directory_practicelocation WHERE specialty = 'SM54' AND ended_on IS NULL ORDER BY"
        " ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::geography"
        " <-> ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography LIMIT 25"
    )
    points = _points(TOWNS[0], 100)
    cursor_ = connection.connection.cursor()
    theirs = [partial(_fetched, cursor_, statement, (o, a)) for a, o in points]
    ours = [
        _call(
            queries.nearest,
            {"specialty": "SM54", "latitude": a, "longitude": o, "radius_km": 10, "limit": 25},
            queries.NO_FILTER,
        )
        for a, o in points
    ]
    floor, times = _in_turn(theirs, ours)
    return [_row("Paris, 25, p50", _at(times, 50), _at(floor, 50), "PostGIS", 1.0)]


def _fetched(cursor: Any, statement: str, parameters: tuple[float, ...]) -> Any:
    return cursor.execute(statement, parameters, prepare=True).fetchall()


def _call(query: Callable[..., Any], arguments: dict[str, Any], filters: Any) -> Callable[[], Any]:
    return lambda: query(**arguments, filters=filters)


def _select_1() -> Callable[[], Any]:
    """On the same connection, prepared like ours, with a cursor each time."""
    import psycopg
    from django.db import connection

    def ask() -> Any:
        with psycopg.Cursor(connection.connection) as cursor:
            return cursor.execute("SELECT 1", prepare=True).fetchall()

    return ask


def _bare_statement(filters: Any, asked: list[dict[str, Any]]) -> list[Callable[[], Any]]:
    """The very statements of `nearest`, given ready-made to psycopg: rows stay tuples."""
    import psycopg
    from django.db import connection

    from sas.directory import queries

    sent: list[tuple[str, dict[str, Any]]] = []
    fetch = queries._fetch
    queries._fetch = lambda sql, parameters, *, prepare: sent.append((sql, parameters)) or []  # type: ignore[func-returns-value]
    try:
        for one in asked:
            queries.nearest(**one, filters=filters)
    finally:
        queries._fetch = fetch

    def ask(sql: str, parameters: dict[str, Any]) -> Callable[[], Any]:
        def run() -> Any:
            with psycopg.Cursor(connection.connection) as cursor:
                return cursor.execute(sql, parameters, prepare=True).fetchall()

        return run

    return [ask(*one) for one in sent]


def _in_turn(*subjects: Callable[[], Any] | Sequence[Callable[[], Any]]) -> list[list[float]]:
    """Milliseconds of each subject, one after the other for each point, after a warm-up."""
    rounds = max(len(subject) for subject in subjects if not callable(subject))
    calls = [[subject] * rounds if callable(subject) else subject for subject in subjects]
    for each in calls:
        for call in each[: min(20, rounds)]:
            call()
    times: list[list[float]] = [[] for _ in calls]
    for index in range(rounds):
        for kept, each in zip(times, calls, strict=True):
            started = time.perf_counter()
            each[index]()
            kept.append((time.perf_counter() - started) * 1000)
    return times


def _at(times: list[float], percentile: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * percentile // 100)]


def _row(case: str, value: float, floor: float, floor_name: str, target: float | None) -> dict[str, Any]:
    return {
        "case": case,
        "value": value,
        "unit": "ms",
        "floor": floor,
        "floor_name": floor_name,
        "ratio": value / floor,
        "target": target,
        "sense": "<=",
    }


def _points(town: Town, count: int) -> list[tuple[float, float]]:
    """Around the town's centre, within 3 km or so."""
    random_ = random.Random(town.name)
    return [(town.latitude + random_.gauss(0, 0.015), town.longitude + random_.gauss(0, 0.02)) for _ in range(count)]


def _fill(rows: int) -> None:
    """COPY people and places, then build the indexes, as a restored national directory would have them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'directory_practicelocation'"
            " AND indexdef NOT LIKE 'CREATE UNIQUE%%'"
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        people = int(rows * PEOPLE_SHARE)
        with cursor.copy(
            "COPY directory_practitioner (id, national_id, family_name, given_name, profession, updated_on) FROM STDIN"
        ) as copy:
            for number in range(1, people + 1):
                copy.write_row((number, f"8{number:011}", f"NOM{number}", "Camille", "10", date(2026, 1, 5)))
        with cursor.copy(f"COPY directory_practicelocation ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in _places(rows, people):
                copy.write_row(row)
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE directory_practitioner, directory_practicelocation")


COLUMNS = (
    "practitioner_id",
    "place_key",
    "specialty",
    "savoir_faire",
    "profession",
    "mode",
    "national_id",
    "family_name",
    "given_name",
    "civility",
    "structure_national_id",
    "name",
    "line",
    "postal_code",
    "city",
    "insee",
    "department",
    "latitude",
    "longitude",
    "precision",
    "timezone",
    "phone",
    "convention",
    "participates",
    "updated_on",
)


def _places(rows: int, people: int) -> Iterator[tuple[Any, ...]]:
    """In the order in which an import writes them: by discipline, then by town."""
    random_ = random.Random(1)
    towns = _towns()
    cumulated = list(itertools.accumulate(town[0] for town in towns))
    total = sum(weight for *_, weight in SPECIALTIES)
    person = 0
    for specialty, profession, weight in SPECIALTIES:
        wanted = round(rows * weight / total)
        drawn = sorted(bisect.bisect_right(cumulated, random_.random() * cumulated[-1]) for _ in range(wanted))
        for key, group in itertools.groupby(drawn):
            town = towns[key]
            point, left = (0.0, 0.0), 0
            for number, _ in enumerate(group):
                if left == 0:
                    point, left = _somewhere(random_, town), random_.choice((1, 1, 2, 3, 6))
                left -= 1
                person = person % people + 1
                yield _place(random_, specialty, profession, person, f"{specialty}-{key}-{number}", town, point)


def _place(
    random_: random.Random,
    specialty: str,
    profession: str,
    person: int,
    key: str,
    town: tuple[int, Any, float, float],
    point: tuple[float, float],
) -> tuple[Any, ...]:
    commune = town[1]
    return (
        *(person, key, specialty, specialty, profession, "L", f"8{person:011}", f"NOM{person}", "Camille", "DR"),
        *(f"4{person:014}", "CABINET MEDICAL DES LILAS", f"{person % 180} Rue DE LA REPUBLIQUE"),
        *(commune.postal_codes[0], commune.name, commune.insee, commune.department, *point, "address"),
        *(commune.timezone, f"+333{person % 10**8:08}", random_.choice("112"), random_.random() < 0.2),
        date(2026, 1, 5),
    )


def _somewhere(random_: random.Random, town: tuple[int, Any, float, float]) -> tuple[float, float]:
    """Around the town's centre: the larger the town, the wider (Paris' arrondissements: 1.5 km)."""
    population, _, latitude, longitude = town
    spread_km = 0.4 + math.sqrt(population) / 400
    north = random_.gauss(0, spread_km) / 111.2
    east = random_.gauss(0, spread_km) / (111.2 * max(0.1, math.cos(math.radians(latitude))))
    return round(latitude + north, 6), round(longitude + east, 6)


def _towns() -> list[tuple[int, Any, float, float]]:
    """(population, commune, latitude, longitude): communes, and arrondissements in place of the three cities."""
    from sas.directory.gazetteer import gazetteer

    places = gazetteer()
    districts = [part for part in places.parts if part.is_district]
    cut = {part.commune for part in districts}
    found: list[tuple[int, Any, float, float]] = [
        (c.population, c, c.latitude, c.longitude) for c in places.communes if c.insee not in cut
    ]
    found = [town for town in found if town[1].postal_codes]
    for part in districts:
        commune = places.by_insee(part.commune)
        found.append((part.population, commune, part.latitude, part.longitude))
    return sorted((town for town in found if town[0] > 0), key=lambda town: (town[1].insee, town[2]))


if __name__ == "__main__":
    json.dump(_measured(small=sys.argv[1] == "small"), sys.stdout)
