"""Import of structures: a SAS's own CSV, the national FINESS extraction, bundles of the ROR (interfaces.md §1).

Each file is recognised by its content. Plan → report → apply in one transaction, one lot in memory at a time; what
people typed (`*_override`) and participation are never written. Only a FINESS extraction closes what it no longer
names, in the departments that it covers; a CSV or a bundle says nothing of the structures it does not name.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from sas.directory import finess, ror, structures_csv
from sas.directory.finess_staging import close_absent, staged
from sas.directory.importing import LARGEST_REMOVAL, Progress
from sas.directory.importing_runs import ImportRefusedError, recorded_run, single_import
from sas.directory.models import Structure
from sas.directory.structure_rules import FILE, FINESS, ROR
from sas.directory.structures_csv import HEADER, KINDS, OPTIONAL
from sas.directory.structures_writing import Said, StructuresReport, write

__all__ = ["HEADER", "KINDS", "OPTIONAL", "RefusedReportError", "StructuresReport", "import_structures"]

KIND = "import_structures"


class RefusedReportError(ImportRefusedError):
    """The plan was made and refused; `report` holds it."""

    def __init__(self, report: StructuresReport) -> None:
        super().__init__(report.refusal)
        self.report = report


class Silent:
    """No progress to show."""

    def bytes_read(self, count: int) -> None:
        """Nothing."""

    def step(self, label: str) -> None:
        """Nothing."""


def import_structures(
    paths: Sequence[Path],
    *,
    apply: bool,
    by: str,
    clock: Callable[[], datetime],
    force: bool = False,
    partial: bool = False,
    progress: Progress | None = None,
) -> StructuresReport:
    """Compare the files with the known structures; write the difference if `apply`.

    A bad row costs that row. Raises `ImportRefusedError` when a file is not one, or when an extraction of FINESS would
    close more than 5 % of what it covers without `force`; nothing is changed then. `partial`: it closes nothing.
    """
    report = StructuresReport(at=clock())
    shown = progress or Silent()
    with single_import(KIND):
        if not apply:
            with transaction.atomic():
                _import(paths, report, force=force, partial=partial, progress=shown)
                transaction.set_rollback(True)
        else:
            files = [{"name": path.name, "bytes": path.stat().st_size} for path in paths if path.is_file()]
            with recorded_run(KIND, by=by, at=report.at, clock=clock, files=lambda: files) as counts:
                with transaction.atomic():
                    _import(paths, report, force=force, partial=partial, progress=shown)
                counts.update(report.as_json()["changes"])
            report.state = "applied"
    report.seconds = (clock() - report.at).total_seconds()
    return report


def _import(paths: Sequence[Path], report: StructuresReport, *, force: bool, partial: bool, progress: Progress) -> None:
    """Every file: the register first, then what is believed more."""
    on = timezone.localdate(report.at)  # imports run at night, when it is still the day before in UTC
    of_kind: dict[str, list[Path]] = {FINESS: [], FILE: [], ROR: []}
    for path in paths:
        of_kind[_kind_of(path)].append(path)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL jit = off")
    if of_kind[FINESS]:
        _import_finess(of_kind[FINESS], report, on=on, force=force, partial=partial, progress=progress)
    if of_kind[FILE]:
        progress.step("fichier de structures")
        _import_csv(of_kind[FILE], report, on=on)
    if of_kind[ROR]:
        progress.step("ROR")
        write(ror.read(of_kind[ROR], report, progress.bytes_read), report, source=ROR, on=on)
    if report.created + report.updated + report.closed > 1000:
        progress.step("statistiques")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE directory_structure")


def _kind_of(path: Path) -> str:
    try:
        if path.is_dir():
            raise ImportRefusedError(f"{path} est un dossier : donner un fichier CSV ou JSON.")
        if finess.is_finess(path):
            return FINESS
        return ROR if ror.is_json(path) else FILE
    except OSError as error:
        raise ImportRefusedError(f"{path} ne peut pas être lu : {error.strerror or error}.") from error


def _import_finess(
    paths: Sequence[Path], report: StructuresReport, *, on: date, force: bool, partial: bool, progress: Progress
) -> None:
    write(staged(paths, report, progress), report, source=FINESS, on=on)
    if report.created + report.updated + report.unchanged == 0:
        _refuse(report, "Aucun établissement lisible dans cette extraction de FINESS : rien n’a été changé.")
    if partial:
        return
    progress.step("établissements disparus")
    report.closed, active = close_absent(on)
    report.active_before = active - report.created
    if report.closed_share > LARGEST_REMOVAL and not force:
        _refuse(
            report,
            f"Ce fichier fermerait {report.closed} établissements sur {report.active_before}"
            f" ({report.closed_share:.0%}, seuil {LARGEST_REMOVAL:.0%}) : rien n’a été changé. S’il ne dit qu’une"
            " partie des établissements de ses départements, recommencer avec --partial ; s’il est complet, avec"
            " --force.",
        )


def _refuse(report: StructuresReport, why: str) -> None:
    report.state, report.refusal = "refused", why
    raise RefusedReportError(report)


def _import_csv(paths: Sequence[Path], report: StructuresReport, *, on: date) -> None:
    """Associations first, so that their places can name them."""
    rows = {row.national_id: row for path in paths for row in structures_csv.read(path, report)}
    known = set(Structure.objects.filter(kind=Structure.Kind.SOS).values_list("national_id", flat=True))
    known |= {row.national_id for row in rows.values() if row.values["kind"] == "sos"}
    for row in [row for row in rows.values() if row.parent and row.parent not in known]:
        report.rejected.add(row.file, row.line, f"association inconnue : {row.parent}")
        del rows[row.national_id]
    for having_parent in (False, True):
        write(_with_parent(rows, having_parent), report, source=FILE, on=on)


def _with_parent(rows: dict[str, Said], having_parent: bool) -> Iterator[Said]:
    return (row for row in rows.values() if bool(row.parent) is having_parent)
