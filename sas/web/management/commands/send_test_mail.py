"""Post one e-mail that says nothing, to see it arrive: the address of the mail server is right, and a worker runs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sas.web.mail import MailRefused, post_mail

TEMPLATE = "mail/test.html"


class Command(BaseCommand):
    help = "Demande l’envoi d’un courriel d’essai ; il part par le travailleur des tâches (docs/operations.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True, help="adresse du destinataire")

    def handle(self, *args: Any, **options: Any) -> None:
        by = "commande send_test_mail"
        try:
            mail = post_mail(kind="test", to=options["to"], context={}, about=by, by=by, at=timezone.now())
        except MailRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Courriel {mail.pk} en attente d’envoi : un travailleur l’enverra.")
