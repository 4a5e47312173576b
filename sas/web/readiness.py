"""Can this process serve? Asked of the database itself, never of a queued job: a backlog would answer for it."""

from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from sas.web.job_queries import is_worker_alive


@dataclass(frozen=True)
class Readiness:
    """`database` and `migrations` are needed to serve; `worker` is only told."""

    database: bool = False
    migrations: bool = False
    worker: bool = False

    @property
    def ready(self) -> bool:
        """Whether pages can be served."""
        return self.database and self.migrations


def readiness() -> Readiness:
    """As it is now. A table that is not there yet, or a database that goes away, is « no », not an error."""
    try:
        executor = MigrationExecutor(connection)
        migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return Readiness()
    try:
        return Readiness(database=True, migrations=migrated, worker=migrated and is_worker_alive(now=timezone.now()))
    except DatabaseError:
        return Readiness(database=True, migrations=migrated)
