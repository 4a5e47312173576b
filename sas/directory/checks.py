"""System check: the four PostgreSQL extensions of the directory, and what to type when one is missing."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

EXTENSIONS = ("cube", "btree_gist", "pg_trgm", "unaccent")
MINIMUM_MAJOR = 15


@register(Tags.database)
def required_extensions(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Errors for a server too old, or without the files of an extension (migrations create what is available)."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "postgresql":
            found.append(Error("La base doit être PostgreSQL.", hint="Corriger DATABASE_URL.", id="directory.E001"))
            continue
        found.extend(_errors_of(alias))
    return found


def _errors_of(alias: str) -> list[CheckMessage]:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
            major = cursor.fetchone()[0]
            cursor.execute("SELECT name FROM pg_available_extensions WHERE name = ANY(%s)", [list(EXTENSIONS)])
            available = {name for (name,) in cursor.fetchall()}
    except DatabaseError as error:
        return [Error(f"PostgreSQL ne répond pas : {error}", hint="Vérifier DATABASE_URL.", id="directory.E004")]
    errors: list[CheckMessage] = []
    if major < MINIMUM_MAJOR:
        errors.append(
            Error(
                f"PostgreSQL {major} est trop ancien.",
                hint=f"Installer PostgreSQL {MINIMUM_MAJOR} ou plus récent.",
                id="directory.E002",
            )
        )
    missing = [name for name in EXTENSIONS if name not in available]
    if missing:
        errors.append(
            Error(
                f"Extensions PostgreSQL absentes : {', '.join(missing)}.",
                hint="Sur Debian : apt install postgresql-contrib, puis ./run manage migrate.",
                id="directory.E003",
            )
        )
    return errors
