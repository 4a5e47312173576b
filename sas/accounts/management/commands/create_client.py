"""Make a machine client and print its token once (interfaces.md §4)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sas.accounts.permissions import CLIENT_SCOPES
from sas.accounts.services import AccountRefused, create_client


class Command(BaseCommand):
    help = "Crée un client machine de /api et /fhir, ou renouvelle son jeton. Le jeton n’est affiché qu’une fois."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="nom du client")
        parser.add_argument(
            "--scope", action="append", required=True, choices=sorted(CLIENT_SCOPES), help="portée, répétable"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            token = create_client(
                name=options["name"], scopes=options["scope"], by="commande create_client", at=timezone.now()
            )
        except AccountRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(token)
