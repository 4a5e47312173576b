"""The relay process between the messages that wait and the Hub Santé (docs/adr/0016)."""

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sas.lrm.relay import Pace, Relay


class Command(BaseCommand):
    help = (
        "Transmet aux LRM les messages qui attendent, par le Hub Santé, et lit leurs accusés de réception. Ne rend pas "
        "la main : SIGTERM ou Ctrl-C l’arrêtent, ce qui est en cours fini. On peut en lancer plusieurs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--lot", type=int, default=Pace.lot, metavar="N", help="messages tenus à la fois (128)")
        add("--retry", type=float, default=Pace.most_backoff, metavar="S", help="secondes entre deux essais (60)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SAS_HUB.enabled:
            raise CommandError("La plateforme n’est pas reliée au Hub Santé : HUB_ENABLED=yes, voir docs/settings.md.")
        if not 1 <= options["lot"] <= 1000 or not 0 < options["retry"] <= 3600:
            raise CommandError("--lot va de 1 à 1000, --retry de 0 à 3600 secondes.", returncode=2)
        asyncio.run(_relay(Pace(lot=options["lot"], most_backoff=options["retry"])))


async def _relay(pace: Pace) -> None:
    relay = Relay(settings.SAS_HUB, clock=timezone.now, zone=ZoneInfo(settings.TIME_ZONE), pace=pace)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, relay.stop)
    await relay.run()
