"""`import_directory FILE… [--apply] [--report OUT.json] [--force]`: see interfaces.md §1."""

import getpass
import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from sas.directory.importing import RefusedReportError, Report, import_directory
from sas.directory.importing_runs import ImportRefusedError, check_report_path

HELP = """Importe une extraction de l’Annuaire Santé (PS_LibreAcces_Personne_activite….txt, seule ou dans son .zip).
Sans --apply, compare et rend compte sans rien changer. Plusieurs fichiers forment ensemble une seule extraction.

Rapport JSON (--report) :
  command, state (planned | applied | refused), at, seconds, refusal (texte ou null)
  files[]             name, member, bytes, encoding, sha256
  rows                read, kept, ignored {motif: nombre}, rejected
  changes             people_new/updated/unchanged, places_new/updated/revived/unchanged/kept/removed,
                      places_active_before, rows_merged (doublons), rows_without_place (personne sans lieu situé)
  removed_share       part des lieux actifs que le fichier ferme (refusée au-delà de 0.05 sans --force)
  rejected_by_reason  {motif: nombre} ; rejected_rows[] : file, line, reason (les 200 premières)

Codes de sortie : 0 fait, 1 refusé ou en échec (rien n’est changé), 2 usage."""


class Bar:
    """A progress bar on standard error: bytes read, then the step of the database. Silent when it is not a terminal."""

    def __init__(self, total: int) -> None:
        self._bar = tqdm(total=total, unit="o", unit_scale=True, disable=None)

    def bytes_read(self, count: int) -> None:
        """Advance."""
        self._bar.update(count)

    def step(self, label: str) -> None:
        """Name the step."""
        self._bar.set_postfix_str(label)

    def close(self) -> None:
        """Leave the last state on screen."""
        self._bar.close()


class Command(BaseCommand):
    """Parse, one call, say what happened."""

    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keep the line breaks of the help."""
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """As in interfaces.md §1."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="extraction .txt ou .zip")
        parser.add_argument("--apply", action="store_true", help="écrire les différences (sinon : rendre compte)")
        parser.add_argument("--report", type=Path, metavar="OUT.json", help="écrire le rapport JSON dans ce fichier")
        parser.add_argument("--force", action="store_true", help="accepter la fermeture de plus de 5 % des lieux")

    def handle(self, *, files: list[Path], apply: bool, report: Path | None, force: bool, **options: Any) -> None:
        """Run the import; a refusal still writes its report."""
        bar = Bar(sum(path.stat().st_size for path in files if path.is_file()))
        try:
            check_report_path(report)
            done = import_directory(
                files, apply=apply, force=force, by=f"commande ({getpass.getuser()})", clock=timezone.now, progress=bar
            )
        except RefusedReportError as error:
            self._write(report, error.report)
            raise CommandError(str(error)) from error
        except ImportRefusedError as error:
            raise CommandError(str(error)) from error
        finally:
            bar.close()
        self._write(report, done)
        self.stdout.write(_summary(done))

    def _write(self, path: Path | None, report: Report) -> None:
        if path is not None:
            path.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _summary(report: Report) -> str:
    counts = report.counts
    rejected = sum(report.rejected.by_reason.values())
    verb = "Appliqué" if report.state == "applied" else "À appliquer (relancer avec --apply)"
    return "\n".join(
        [
            f"{report.rows_read} lignes lues, {report.rows_kept} retenues, {rejected} illisibles.",
            f"Professionnels : {counts['people_new']} nouveaux, {counts['people_updated']} modifiés.",
            f"Lieux : {counts['places_new']} nouveaux, {counts['places_updated']} modifiés,"
            f" {counts['places_revived']} rouverts, {counts['places_removed']} fermés,"
            f" {counts['places_unchanged']} inchangés.",
            *(f"  ligne {row['line']} : {row['reason']}" for row in report.rejected.listed[:10]),
            f"{verb}.",
        ]
    )
