"""Import of the Annuaire Santé: plan → report → apply (`import_directory`).

The file streams through COPY into a temporary table, PostgreSQL compares it with the directory, and one transaction
writes the rows that differ. Without `apply` the transaction is rolled back. What effectors typed (`*_override`) and
what participation says are never written here, so they survive.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from django.db import connection, transaction
from django.utils import timezone

from sas.directory import importing_sql as sql
from sas.directory import vocabulary
from sas.directory.annuaire_sante import Rejected, Source, UnreadableFileError, read
from sas.directory.gazetteer import gazetteer
from sas.directory.importing_rows import Ignored, RowReader, Unreadable
from sas.directory.importing_runs import ImportRefusedError, RejectedRows, recorded_run, single_import

KIND = "import_directory"
LARGEST_REMOVAL = 0.05
"""Share of the active places that a file may close without `force` (platform.md §3.1)."""


class Progress(Protocol):
    """What shows the work; a progress bar on a terminal, nothing in a pipe."""

    def bytes_read(self, count: int) -> None:
        """So many more bytes of the files."""

    def step(self, label: str) -> None:
        """The database starts this step."""


@dataclass(slots=True)
class Report:
    """What a file would change, or changed. `state`: planned, applied or refused."""

    at: datetime
    state: str = "planned"
    rows_read: int = 0
    rows_kept: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    rejected: RejectedRows = field(default_factory=RejectedRows)
    sources: list[Source] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    refusal: str = ""
    seconds: float = 0.0

    @property
    def files(self) -> list[dict[str, Any]]:
        """Name, size, encoding and digest of each file."""
        return [
            {"name": s.path.name, "member": s.member, "bytes": s.size, "encoding": s.encoding, "sha256": s.sha256}
            for s in self.sources
        ]

    @property
    def removed_share(self) -> float:
        """Closed places over the active ones before."""
        before = self.counts.get("places_active_before", 0)
        return self.counts.get("places_removed", 0) / before if before else 0.0

    def as_json(self) -> dict[str, Any]:
        """The shape of `--report`, documented in the command's help."""
        return {
            "command": KIND,
            "state": self.state,
            "at": self.at.isoformat(),
            "seconds": round(self.seconds, 1),
            "files": self.files,
            "rows": {
                "read": self.rows_read,
                "kept": self.rows_kept,
                "ignored": self.ignored,
                "rejected": sum(self.rejected.by_reason.values()),
            },
            "changes": self.counts,
            "removed_share": round(self.removed_share, 4),
            "refusal": self.refusal or None,
            "rejected_by_reason": dict(self.rejected.by_reason.most_common()),
            "rejected_rows": self.rejected.listed,
        }


def import_directory(
    paths: Sequence[Path],
    *,
    apply: bool,
    force: bool,
    by: str,
    clock: Callable[[], datetime],
    progress: Progress,
) -> Report:
    """Compare the files, taken together as one whole extraction, with the directory; write the difference if `apply`.

    Raises `ImportRefusedError` (report's `refusal` says the same) when the file cannot be read, when another import
    is running, or when too many places would close. Nothing is ever half-applied: one transaction.
    """
    report = Report(at=clock(), sources=[Source(path) for path in paths])
    with single_import(KIND):
        if not apply:
            with transaction.atomic():
                _plan(report, progress)
                transaction.set_rollback(True)
            _check_removals(report, force=force)
        else:
            with recorded_run(KIND, by=by, at=report.at, clock=clock, files=lambda: report.files) as counts:
                with transaction.atomic():
                    _plan(report, progress)
                    counts.update(report.counts)
                    _check_removals(report, force=force)
                    _apply(report, progress)
                report.state = "applied"
    report.seconds = (clock() - report.at).total_seconds()
    return report


def _check_removals(report: Report, *, force: bool) -> None:
    if report.counts["places_new"] + report.counts["places_kept"] == 0:
        report.refusal = "Aucun lieu d’exercice dans ce fichier : rien n’a été changé."
    elif report.removed_share > LARGEST_REMOVAL and not force:
        report.refusal = (
            f"Ce fichier fermerait {report.counts['places_removed']} lieux sur"
            f" {report.counts['places_active_before']} ({report.removed_share:.0%}, seuil {LARGEST_REMOVAL:.0%}) :"
            " rien n’a été changé. Vérifier qu’il est complet ; s’il l’est, recommencer avec --force."
        )
    if report.refusal:
        report.state = "refused"
        raise RefusedReportError(report)


class RefusedReportError(ImportRefusedError):
    """The plan was made and refused; `report` holds it."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.refusal)
        self.report = report


def _plan(report: Report, progress: Progress) -> None:
    with connection.cursor() as cursor:
        # Long by nature; and if we are killed, the server must notice at once rather than at its next answer.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL client_connection_check_interval = '2s'")
        cursor.execute("SET LOCAL work_mem = '48MB'")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(sql.DROP)
        cursor.execute(sql.STAGE)
        try:
            _copy(cursor, report, progress)
        except UnreadableFileError as error:
            report.state, report.refusal = "refused", str(error)
            raise RefusedReportError(report) from error
        for label, statement, table in (
            ("personnes", sql.MERGE_PEOPLE, "incoming_person"),
            ("lieux", sql.MERGE_PLACES, "incoming_place"),
            ("comparaison des personnes", sql.COMPARE_PEOPLE, "person_change"),
            ("comparaison des lieux", sql.COMPARE_PLACES, "place_change"),
            ("lieux disparus", sql.COMPARE_GONE, "place_gone"),
        ):
            progress.step(label)
            cursor.execute(statement)
            cursor.execute(sql.ANALYZE.format(table))
        cursor.execute(sql.COUNT)
        report.counts = _counts(*cursor.fetchone())


def _copy(cursor: Any, report: Report, progress: Progress) -> None:
    """Stream the files into the staging table, counting what is left out and why."""
    places = gazetteer()
    reader = RowReader(
        vocabulary.discipline_of,
        lambda insee, postal_code, city: places.commune_for(insee=insee, postal_code=postal_code, city=city),
    )
    progress.step("lecture")
    with cursor.copy(sql.COPY) as copy:
        for source in report.sources:
            for item in read(source, progress.bytes_read):
                report.rows_read += 1
                if isinstance(item, Rejected):
                    report.rejected.add(source.path.name, item.line, item.reason)
                    continue
                row = reader.read(*item)
                if isinstance(row, Ignored):
                    report.ignored[row.reason] = report.ignored.get(row.reason, 0) + 1
                elif isinstance(row, Unreadable):
                    report.rejected.add(source.path.name, item[0], row.reason)
                else:
                    report.rows_kept += 1
                    copy.write_row(row)
    cursor.execute("ANALYZE incoming")


def _counts(
    people: int,
    places: int,
    placed_rows: int,
    unplaced_rows: int,
    people_new: int,
    people_changed: int,
    places_new: int,
    places_changed: int,
    places_revived: int,
    places_removed: int,
    places_active_before: int,
) -> dict[str, int]:
    return {
        "people_new": people_new,
        "people_updated": people_changed,
        "people_unchanged": people - people_new - people_changed,
        "places_new": places_new,
        "places_updated": places_changed,
        "places_revived": places_revived,
        "places_unchanged": places - places_new - places_changed - places_revived,
        "places_kept": places - places_new,
        "places_removed": places_removed,
        "places_active_before": places_active_before,
        "rows_merged": placed_rows - places,
        "rows_without_place": unplaced_rows,
    }


def _apply(report: Report, progress: Progress) -> None:
    today = timezone.localdate(report.at)  # imports run at night, when it is still the day before in UTC
    with connection.cursor() as cursor:
        for label, statement in sql.APPLY:
            progress.step(label)
            cursor.execute(statement, {"on": today})
    changed = sum(report.counts[name] for name in ("places_new", "places_updated", "places_removed"))
    if changed:
        progress.step("statistiques")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE directory_practitioner, directory_practicelocation")
