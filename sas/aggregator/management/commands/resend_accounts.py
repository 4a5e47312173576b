"""Tell an editor again of every account it should hold (interop.md §1.4)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sas.aggregator.provisioning import send_again
from sas.aggregator.services import EditorRefused, editor_named


class Command(BaseCommand):
    help = (
        "Renvoie à un éditeur tous les comptes de régulateurs qu’il devrait avoir : à faire quand il les a perdus "
        "(sauvegarde restaurée). Relancer ne double rien. Le travailleur les envoie ensuite."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--editor", required=True, metavar="NAME", help="nom (ou clé) de l’éditeur")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            editor = editor_named(options["editor"])
        except EditorRefused as refusal:
            raise CommandError(str(refusal)) from None
        count = send_again(editor=editor, by="commande resend_accounts", at=timezone.now())
        self.stdout.write(f"{count} comptes à renvoyer à {editor.name}.")
