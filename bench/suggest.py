"""What is proposed while one types: disciplines and communes in memory, people and structures in the database.

A million people with the names of a country (few names very common, most rare), 1.3 million places and 100,000
structures, in a server of the benchmark's own; `SELECT 1` on the same connection is the floor. The product's target is
10 ms at the 95th percentile (issue « supply side »); the ratio judged here is that of 10 ms to the floor of the run.
"""

import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from config.embedded_postgres import running

ROWS, SMALL_ROWS = 1_300_000, 20_000
STRUCTURES, SMALL_STRUCTURES = 100_000, 2_000
TARGET_MS = 10.0
GIVEN = ("Camille", "Marie", "Jean", "Pierre", "Anne", "Élodie", "Karim", "Sophie", "Nicolas", "Fatima", "Jean-Luc")
COMMON = ("MARTIN", "BERNARD", "DUBOIS", "THOMAS", "ROBERT", "RICHARD", "PETIT", "DURAND", "LEROY", "MOREAU", "SIMON")
SYLLABLES = ("ba", "chau", "du", "fer", "gal", "lan", "mer", "nou", "pel", "ri", "sau", "tou", "val", "vin", "zer")
KINDS = (("pharmacy", "Pharmacie"), ("laboratory", "Laboratoire"), ("ehpad", "Résidence"), ("hospital", "Clinique"))
WORDS = ("des Lilas", "du Centre", "de la Poste", "Saint-Vincent", "de la Gare", "du Marché", "Pasteur", "Lemaire")


def measures(*, small: bool) -> list[dict[str, Any]]:
    """p50 and p95 per kind of question."""
    with tempfile.TemporaryDirectory(prefix="sas-bench-") as folder, running(Path(folder), ephemeral=True) as url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "SAS_DATA_DIR": folder,
            "SAS_ENVIRONMENT": "test",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        answer = subprocess.run(
            [sys.executable, "-m", "bench.suggest", "small" if small else "full"],
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

    from bench.directory import _fill
    from sas.directory.gazetteer import gazetteer
    from sas.directory.names_search import suggest_names
    from sas.directory.vocabulary import suggest_what

    call_command("migrate", verbosity=0)
    _fill(SMALL_ROWS if small else ROWS)
    _name_people()
    _fill_structures(SMALL_STRUCTURES if small else STRUCTURES)
    draw = random.Random(7)
    rounds = 40 if small else 400
    families = [_family(draw) for _ in range(rounds)]
    given = [draw.choice(GIVEN) for _ in range(rounds)]
    pairs = list(zip(families, given, strict=True))
    asked: dict[str, tuple[Callable[[str], Any], list[str]]] = {
        "disciplines": (
            suggest_what,
            [draw.choice(("kiné", "généralis", "phar", "psy", "labo", "sag")) for _ in pairs],
        ),
        "communes": (gazetteer().suggest, [draw.choice(("lil", "saint den", "mars", "59", "montre")) for _ in pairs]),
        "nom, trois lettres": (suggest_names, [family[:3] for family in families]),
        "nom entier": (suggest_names, families),
        "prénom puis début du nom": (suggest_names, [f"{first} {family[:4]}" for family, first in pairs]),
        "structure": (suggest_names, [f"{draw.choice(KINDS)[1]} {draw.choice(WORDS)[:9]}" for _ in pairs]),
        "une lettre fausse": (suggest_names, [f"{family[:3]}x{family[4:]}" for family in families]),
        "rien de tel": (suggest_names, [f"{family[:3]}qzx wkq" for family in families]),
    }
    return list(itertools.chain.from_iterable(_rows(name, *one) for name, one in asked.items()))


def _rows(name: str, function: Callable[[str], Any], texts: list[str]) -> list[dict[str, Any]]:
    from bench.directory import _at, _in_turn, _select_1

    floor, times = _in_turn(_select_1(), [lambda text=text: function(text) for text in texts])  # type: ignore[misc]
    at = {percent: (_at(times, percent), _at(floor, percent)) for percent in (50, 95)}
    return [
        {
            "case": f"{name}, p{percent}",
            "value": value,
            "unit": "ms",
            "floor": bare,
            "floor_name": "SELECT 1",
            "ratio": value / bare,
            "target": round(TARGET_MS / bare, 1) if percent == 95 else None,
            "sense": "<=",
        }
        for percent, (value, bare) in at.items()
    ]


def _family(draw: random.Random) -> str:
    """One name in four is very common; the others are of two to four syllables."""
    if draw.random() < 0.25:
        return draw.choice(COMMON)
    return "".join(draw.choice(SYLLABLES) for _ in range(draw.choice((2, 3, 3, 4)))).upper()


def _name_people() -> None:
    from django.db import connection

    from sas.directory.rules import search_key

    draw = random.Random(3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM directory_practitioner")
        (people,) = cursor.fetchone()
        cursor.execute("CREATE TEMPORARY TABLE named (id bigint, family text, given text, name_key text)")
        with cursor.copy("COPY named FROM STDIN") as copy:
            for number in range(1, people + 1):
                family, first = _family(draw), draw.choice(GIVEN)
                copy.write_row((number, family, first, search_key(f"{family} {first}")))
        cursor.execute("DROP INDEX practitioner_name_trgm")
        cursor.execute(
            "UPDATE directory_practitioner p SET family_name = n.family, given_name = n.given, name_key = n.name_key"
            " FROM named n WHERE n.id = p.id"
        )
        cursor.execute(
            "CREATE INDEX practitioner_name_trgm ON directory_practitioner USING gin (name_key gin_trgm_ops)"
        )
        cursor.execute("VACUUM ANALYZE directory_practitioner")


def _fill_structures(count: int) -> None:
    from django.db import connection

    from sas.directory.gazetteer import gazetteer
    from sas.directory.rules import search_key

    draw = random.Random(5)
    communes = [commune for commune in gazetteer().communes if commune.postal_codes]
    weights = list(itertools.accumulate(commune.population for commune in communes))
    columns = (
        "national_id, kind, activity, name, name_key, insee, city, department, latitude, longitude, precision,"
        " timezone, updated_on"
    )
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY directory_structure ({columns}) FROM STDIN") as copy:
            for number in range(count):
                activity, word = draw.choice(KINDS)
                (commune,) = draw.choices(communes, cum_weights=weights)
                name = f"{word} {draw.choice(WORDS)} {_family(draw)}"
                copy.write_row(
                    (
                        *(f"159{number:07}", "establishment", activity, name, search_key(name), commune.insee),
                        *(commune.name, commune.department, commune.latitude, commune.longitude, "source"),
                        *(commune.timezone, date(2026, 1, 5)),
                    )
                )
        cursor.execute("VACUUM ANALYZE directory_structure")


if __name__ == "__main__":
    json.dump(_measured(small=sys.argv[1] == "small"), sys.stdout)
