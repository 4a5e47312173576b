"""`geocode_places [--department 59] [--limit N]`: places leave the centre of their commune for their address."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from sas.directory.ban import Ban, BanUnavailable
from sas.directory.positions import Progress, geocode, unlocated


class Command(BaseCommand):
    """Parse, one call, say what happened."""

    help = (
        "Demande à l’API adresse (SAS_GEOCODER_URL) la position des lieux d’exercice placés au centre de leur commune. "
        "Peut être interrompue et relancée : ce qui est trouvé est gardé, et survit aux imports."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Both narrow the work; without them, the whole country."""
        parser.add_argument("--department", help="code du département, par exemple 59")
        parser.add_argument("--limit", type=int, help="nombre d’adresses au plus")

    def handle(self, *, department: str | None, limit: int | None, **options: Any) -> None:
        """Run until done, or until the service stops answering."""
        if not settings.SAS_GEOCODER_URL:
            raise CommandError("SAS_GEOCODER_URL est vide : indiquez l’adresse de l’API adresse (docs/settings.md).")
        ban, done = Ban(settings.SAS_GEOCODER_URL), Progress()
        addresses = unlocated(department=department, limit=limit)
        try:
            work = geocode(addresses, ban=ban, by=f"commande ({getpass.getuser()})", at=timezone.now())
            for progress in tqdm(work, unit=" adresses", disable=None):
                done = progress
        except BanUnavailable:
            raise CommandError(
                f"{_said(done)} L’API adresse ne répond plus : relancez la commande plus tard."
            ) from None
        finally:
            ban.close()
        self.stdout.write(_said(done))


def _said(done: Progress) -> str:
    return f"{done.located} adresses situées sur {done.asked} demandées, {done.unknown} inconnues de l’API."
