"""What every import shares: one at a time, a trace of each that was asked to write, and its report."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from sas.directory.models import ImportRun

LISTED_ROWS = 200
"""How many unreadable rows a report names; all are counted by reason."""


class ImportRefusedError(Exception):
    """The import cannot be done; the message, in French, says why and what to do. Nothing was changed."""


class AlreadyRunningError(ImportRefusedError):
    """Another import of the same kind holds the lock."""


@dataclass(slots=True)
class RejectedRows:
    """Rows that cost themselves: the first ones by line, all by reason."""

    listed: list[dict[str, Any]] = field(default_factory=list)
    by_reason: Counter[str] = field(default_factory=Counter)

    def add(self, file: str, line: int, reason: str) -> None:
        """Count a row, and name it while there is room."""
        self.by_reason[reason] += 1
        if len(self.listed) < LISTED_ROWS:
            self.listed.append({"file": file, "line": line, "reason": reason})


def check_report_path(path: Path | None) -> None:
    """Raise `ImportRefusedError` where no report can be written: found out after the import, it would seem to fail."""
    if path is not None and (path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK)):
        raise ImportRefusedError(f"Le rapport ne peut pas être écrit dans {path} : rien n’a été changé.")


@contextmanager
def single_import(kind: str) -> Iterator[None]:
    """Hold the advisory lock of this kind of import; PostgreSQL releases it when the process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"sas.directory.{kind}"])
        if not cursor.fetchone()[0]:
            raise AlreadyRunningError("Un import de ce type est déjà en cours : attendre sa fin, puis recommencer.")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"sas.directory.{kind}"])


@contextmanager
def recorded_run(
    kind: str, *, by: str, at: datetime, clock: Callable[[], datetime], files: Callable[[], list[dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    """Keep a row of this import, outside its transaction so that a failure leaves a trace.

    Yields the counts to fill; a refusal or an error closes the row as such. Older rows still « running » belong to
    processes that died: the lock says nobody else is at work.
    """
    ImportRun.objects.filter(kind=kind, state=ImportRun.State.RUNNING).update(
        state=ImportRun.State.INTERRUPTED, finished_at=at
    )
    run = ImportRun.objects.create(kind=kind, by=by, started_at=at)
    counts: dict[str, Any] = {}
    state = ImportRun.State.FAILED
    try:
        yield counts
        state = ImportRun.State.APPLIED
    except ImportRefusedError:
        state = ImportRun.State.REFUSED
        raise
    finally:
        if connection.connection is not None and not connection.connection.closed:
            ImportRun.objects.filter(pk=run.pk).update(state=state, finished_at=clock(), counts=counts, files=files())
