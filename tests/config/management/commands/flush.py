"""`flush` as tests that commit call it after themselves: a thousand times, in a database where few tables hold a row.

Django truncates every table and makes its content types and permissions again: 0.3 s each time. This one deletes the
rows there are, and leaves what migrations made. Foreign keys are checked at the end, so the order does not matter.
"""

from functools import cache
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

MADE_BY_MIGRATIONS = frozenset({"django_migrations", "django_content_type", "auth_permission"})
OF_JOBS = ("procrastinate_jobs", "procrastinate_events", "procrastinate_workers", "procrastinate_periodic_defers")
"""Their models are not managed, and their foreign keys are checked at once."""

LARGE = 4 * 1024 * 1024
"""Bytes: beyond, a table is truncated, and those that refer to it."""

GUARDED = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 8 > 0"
"""A trigger may refuse the deletion of a row; all of them let a test database be truncated."""


class Command(BaseCommand):
    """Only on a database that a test run made."""

    help = "Empties the tables of a test database."
    stealth_options = ("reset_sequences", "allow_cascade", "inhibit_post_migrate")

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--database", default="default")
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive")

    def handle(self, *, database: str, **_: Any) -> None:
        connection = connections[database]
        if not str(connection.settings_dict["NAME"]).startswith("test_"):
            raise CommandError("Only a test database is emptied so.")
        question, guarded = _tables(database)
        with transaction.atomic(using=database), connection.cursor() as cursor:
            cursor.execute(question)
            for table, size in cursor.fetchall():
                quick = size < LARGE and table not in guarded
                statement = "DELETE FROM {}" if quick else "TRUNCATE {} CASCADE"
                cursor.execute(statement.format(connection.ops.quote_name(table)))


@cache
def _tables(database: str) -> tuple[str, frozenset[str]]:
    """The question « which hold rows, and how large are they? », and the tables with a trigger on deletion."""
    connection = connections[database]
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        cursor.execute(GUARDED)
        guarded = frozenset(name for (name,) in cursor.fetchall()) | set(OF_JOBS)
    names = sorted({*tables, *OF_JOBS} - MADE_BY_MIGRATIONS)
    each = "SELECT '{0}', pg_relation_size('{0}'::regclass) WHERE EXISTS (SELECT FROM {0})"
    return " UNION ALL ".join(each.format(name) for name in names), guarded
