"""Say which people use an editor (interfaces.md §1)."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sas.aggregator.services import EditorRefused, RefusedId, editor_named, link_people

SHOWN = 20
"""Refused lines listed before « … »: a wrong file must not fill the terminal."""


class Command(BaseCommand):
    help = (
        "Dit que ces professionnels (8 + RPPS, 0 + ADELI) ou ces lieux SOS Médecins (3 + SIRET) utilisent un éditeur. "
        "Relancer ne change rien. Une ligne illisible est signalée et n’empêche pas les autres ; le code de retour "
        "est alors 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--editor", required=True, metavar="NAME", help="nom (ou clé) de l’éditeur")
        parser.add_argument(
            "--ids", action="append", type=Path, default=[], metavar="FILE",
            help="fichier d’identifiants, un par ligne (lignes vides et # ignorées) ; répétable",
        )  # fmt: skip
        parser.add_argument("--id", action="append", default=[], metavar="8…", help="un identifiant ; répétable")

    def handle(self, *args: Any, **options: Any) -> None:
        files: list[Path] = options["ids"]
        if not files and not options["id"]:
            raise CommandError("Donnez des identifiants avec --ids FICHIER ou --id 8….", returncode=2)
        refused = 0
        try:
            editor = editor_named(options["editor"])
            sources = [("--id", iter(options["id"])), *((str(path), _lines(path)) for path in files)]
            for label, ids in sources:
                report = link_people(editor=editor, ids=ids, by="commande link_editor", at=timezone.now())
                if report.read:
                    self.stdout.write(f"{label} : {report.read} lus, {report.made} liés, {report.already} déjà liés")
                self._list(label, report.refused)
                refused += len(report.refused)
        except EditorRefused as refusal:
            raise CommandError(str(refusal)) from None
        if refused:
            raise CommandError(f"{refused} identifiant(s) refusé(s), les autres sont liés.")

    def _list(self, label: str, refused: tuple[RefusedId, ...]) -> None:
        for wrong in refused[:SHOWN]:
            self.stderr.write(f"{label}, ligne {wrong.line} : « {wrong.text} » n’est pas un identifiant national")
        if len(refused) > SHOWN:
            self.stderr.write(f"{label} : … et {len(refused) - SHOWN} autres lignes")


def _lines(path: Path) -> Iterator[str]:
    """The lines of a text file, read as they are wanted; what is not UTF-8 shows up as refused lines."""
    try:
        with path.open(encoding="utf-8", errors="replace") as handle:
            yield from handle
    except OSError as error:
        raise EditorRefused(f"Impossible de lire {path} : {error.strerror}.") from None
