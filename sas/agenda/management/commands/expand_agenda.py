"""`expand_agenda --file PATTERN.json --from ISO --to ISO`: the slots that a pattern of the SAS agenda gives."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sas.agenda.described import PatternRefused, slots

LARGEST_FILE = 1_000_000


def moment(text: str) -> datetime:
    """An ISO 8601 date and time; without offset, that of the place."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"« {text} » n’est pas une date ISO 8601, par exemple 2026-03-23T00:00") from None


class Command(BaseCommand):
    """Parse, one call, print."""

    help = (
        "Affiche en JSON les créneaux que donne un motif de l’agenda SAS entre deux instants, tous deux inclus. "
        "Ne lit ni n’écrit rien dans la base. Le motif est décrit dans docs/algorithms/agenda.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """All three are needed."""
        parser.add_argument("--file", type=Path, required=True, help="motif, en JSON")
        parser.add_argument("--from", dest="since", type=moment, required=True, help="premier début, ISO 8601")
        parser.add_argument("--to", dest="until", type=moment, required=True, help="dernier début, ISO 8601")

    def handle(self, *, file: Path, since: datetime, until: datetime, **options: Any) -> None:
        """Exit 0 with the slots, 1 when the pattern is refused, 2 when the command is misused."""
        try:
            with file.open("rb") as opened:
                content = opened.read(LARGEST_FILE + 1)
        except OSError as error:
            raise CommandError(f"{file} : fichier illisible ({error.strerror}).", returncode=2) from None
        if len(content) > LARGEST_FILE:
            raise CommandError(f"{file} : 1 Mo au plus.")
        try:
            found = slots(json.loads(content), since, until)
        except (ValueError, RecursionError):
            raise CommandError(f"{file} : ce n’est pas du JSON.") from None
        except PatternRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
