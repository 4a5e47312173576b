"""`import_structures FILE… [--apply] [--report OUT.json]`: see interfaces.md §1."""

import getpass
import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sas.directory.importing_runs import ImportRefusedError, check_report_path
from sas.directory.management.commands.import_directory import Bar
from sas.directory.structures import (
    HEADER,
    KINDS,
    OPTIONAL,
    RefusedReportError,
    StructuresReport,
    import_structures,
)

HELP = f"""Importe CPTS, MSP, CDS, SOS Médecins et leurs zones ; les établissements de FINESS ; les bundles du ROR.
Chaque fichier est reconnu à son contenu ; plusieurs fichiers, de plusieurs genres, se donnent ensemble.
Sans --apply, compare et rend compte sans rien changer.

CSV (UTF-8, séparé par « ; » ou « , »). Colonnes : {";".join(HEADER)}
  kind         {", ".join(KINDS)}
  national_id  préfixé : 1 + FINESS, 3 + SIRET
  parent       association d’un sos_place
  zone         codes INSEE séparés par des espaces
  en plus, si l’on veut : {", ".join(OPTIONAL)}
FINESS : extraction nationale des établissements (lignes structureet et geolocalisation, ou colonnes nommées).
  Ferme les établissements qu’elle ne nomme plus, dans les départements qu’elle couvre (pas avec --partial).
ROR : bundles FHIR en JSON (Organization, HealthcareService, Location).
Un CSV ou un bundle ne ferme jamais les structures qu’il ne nomme pas. Une source ne remplace jamais ce que dit une
meilleure : ROR, puis fichier, puis FINESS. Ce que les gestionnaires ont écrit est gardé.

Rapport JSON (--report) : command, state (planned | applied | refused), at, seconds, refusal (texte ou null),
  changes (created, updated, unchanged, closed), closed_share,
  rejected_by_reason, rejected_rows[] et warnings[] : file, line (rang de la ressource pour le ROR), reason
Codes de sortie : 0 fait, 1 refusé (rien n’est changé), 2 usage."""


class Command(BaseCommand):
    """Parse, one call, say what happened."""

    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keep the line breaks of the help."""
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """As in interfaces.md §1."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="fichier CSV, FINESS ou ROR")
        parser.add_argument("--apply", action="store_true", help="écrire les différences (sinon : rendre compte)")
        parser.add_argument("--report", type=Path, metavar="OUT.json", help="écrire le rapport JSON dans ce fichier")
        parser.add_argument("--partial", action="store_true", help="extraction FINESS incomplète : ne rien fermer")
        parser.add_argument("--force", action="store_true", help="accepter la fermeture de plus de 5 %% des structures")

    def handle(
        self, *, files: list[Path], apply: bool, report: Path | None, partial: bool, force: bool, **options: Any
    ) -> None:
        """Run the import; a refusal still writes its report."""
        bar = Bar(sum(path.stat().st_size for path in files if path.is_file()))
        try:
            check_report_path(report)
            done = import_structures(
                files,
                apply=apply,
                force=force,
                partial=partial,
                by=f"commande ({getpass.getuser()})",
                clock=timezone.now,
                progress=bar,
            )
        except RefusedReportError as error:
            self._write(report, error.report)
            raise CommandError(str(error)) from error
        except ImportRefusedError as error:
            raise CommandError(str(error)) from error
        finally:
            bar.close()
        self._write(report, done)
        for row in (*done.rejected.listed[:20], *done.warnings.listed[:20]):
            self.stdout.write(f"  {row['file']}, ligne {row['line']} : {row['reason']}")
        rejected = sum(done.rejected.by_reason.values())
        verb = "Appliqué" if done.state == "applied" else "À appliquer (relancer avec --apply)"
        self.stdout.write(
            f"{done.created} nouvelles, {done.updated} modifiées, {done.unchanged} inchangées, {done.closed} fermées,"
            f" {rejected} illisibles. {verb}."
        )

    def _write(self, path: Path | None, report: StructuresReport) -> None:
        if path is not None:
            path.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
