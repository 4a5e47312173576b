"""A believable territory, made through the services (interfaces.md §1)."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from demo.loading import DemoRefused, load
from demo.scenario import SCALES


class Command(BaseCommand):
    help = (
        "Charge la démonstration : un annuaire fictif importé comme le vrai, quatre éditeurs bacs à sable et leurs "
        "médecins, des participations, un compte par rôle. Relancer ne change rien. Les noms sont inventés et les "
        "numéros de téléphone réservés à la fiction."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--territory", action="append", default=[], metavar="CODE",
            help="département à charger, par exemple SAS-59 ou 59 ; répétable (SAS-59)",
        )  # fmt: skip
        parser.add_argument(
            "--scale", choices=sorted(SCALES), default="department",
            help="small : quelques communes ; department : 3 400 généralistes ; national : 1,3 million de lignes",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            load(
                scale=SCALES[options["scale"]],
                territories=options["territory"],
                data_dir=settings.SAS_DATA_DIR,
                say=lambda step: self.stderr.write(f"  {step}…"),
                at=timezone.now(),
            )
        except DemoRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("Démonstration chargée.")
