"""`import_structures FILE… [--apply] [--report OUT.json]`: see interfaces.md §1."""

import getpass
import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sas.directory.importing_runs import ImportRefusedError, check_report_path
from sas.directory.structures import HEADER, KINDS, import_structures

HELP = f"""Importe CPTS, MSP, CDS, associations SOS Médecins et leurs lieux fixes, avec leurs zones.
CSV, UTF-8, séparé par « ; » ou « , ».
Sans --apply, compare et rend compte sans rien changer. Un fichier ne ferme jamais les structures qu’il ne nomme pas.

Colonnes : {";".join(HEADER)}
  kind         {", ".join(KINDS)}
  national_id  préfixé : 1 + FINESS, 3 + SIRET
  parent       association d’un sos_place
  zone         codes INSEE séparés par des espaces

Rapport JSON (--report) : command, state (planned | applied), at, changes (created, updated, unchanged),
  rejected_by_reason, rejected_rows[] et warnings[] : file, line, reason
Codes de sortie : 0 fait, 1 refusé (rien n’est changé), 2 usage."""


class Command(BaseCommand):
    """Parse, one call, say what happened."""

    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keep the line breaks of the help."""
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """As in interfaces.md §1."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="fichier CSV")
        parser.add_argument("--apply", action="store_true", help="écrire les différences (sinon : rendre compte)")
        parser.add_argument("--report", type=Path, metavar="OUT.json", help="écrire le rapport JSON dans ce fichier")

    def handle(self, *, files: list[Path], apply: bool, report: Path | None, **options: Any) -> None:
        """Run the import."""
        try:
            check_report_path(report)
            done = import_structures(files, apply=apply, by=f"commande ({getpass.getuser()})", clock=timezone.now)
        except ImportRefusedError as error:
            raise CommandError(str(error)) from error
        if report is not None:
            report.write_text(json.dumps(done.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        for row in (*done.rejected.listed[:20], *done.warnings.listed[:20]):
            self.stdout.write(f"  ligne {row['line']} : {row['reason']}")
        rejected = sum(done.rejected.by_reason.values())
        verb = "Appliqué" if done.state == "applied" else "À appliquer (relancer avec --apply)"
        self.stdout.write(
            f"{done.created} nouvelles, {done.updated} modifiées, {done.unchanged} inchangées,"
            f" {rejected} illisibles. {verb}."
        )
