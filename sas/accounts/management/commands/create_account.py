"""Make an account, or give an existing one more roles (interfaces.md §1)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sas.accounts.permissions import Role
from sas.accounts.services import AccountRefused, create_account


class Command(BaseCommand):
    help = "Crée un compte, ou ajoute des rôles à un compte existant (même adresse). Relancer ne change rien de plus."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="adresse électronique, qui sert aussi d’identifiant")
        roles = [role.value for role in Role]
        helped = "un ou plusieurs rôles, répétable"
        parser.add_argument("--role", nargs="+", action="extend", required=True, choices=roles, help=helped)
        helped = "codes de territoires, par exemple SAS-59, répétable"
        parser.add_argument("--territory", nargs="+", action="extend", help=helped)
        parser.add_argument("--national-id", help="identifiant national préfixé : 8 + RPPS, 0 + ADELI")
        helped = "nom, exigé avec le prénom si l’adresse est déjà celle d’un compte qui a un nom"
        parser.add_argument("--family-name", default="", help=helped)
        parser.add_argument("--given-name", default="", help="prénom")
        parser.add_argument("--password", help="mot de passe ; sans lui, le compte n’en a pas")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user, made = create_account(
                email=options["email"],
                roles=[Role(role) for role in options["role"]],
                territories=options["territory"] or [],
                national_id=options["national_id"],
                family_name=options["family_name"],
                given_name=options["given_name"],
                password=options["password"],
                by="commande create_account",
                at=timezone.now(),
            )
        except AccountRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{'Compte créé' if made else 'Compte mis à jour'} : {user.email}")
