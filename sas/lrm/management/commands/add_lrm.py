"""Register or update a regulation software (interfaces.md §1)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sas.lrm.services import LrmRefused, register_lrm


class Command(BaseCommand):
    help = (
        "Enregistre le logiciel de régulation (LRM) d’un SAMU, ou met à jour celui de cette origine : il peut appeler "
        "la recherche (appel contextuel) et être informé des orientations par le Hub Santé."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--origin", required=True, help="valeur du paramètre « origin » de ses appels, comparée telle quelle")
        add("--territory", required=True, metavar="CODE", help="territoire du SAMU, par exemple SAS-59")
        add("--hub-client-id", required=True, metavar="ID", help="nom au Hub (fr.health.samu…) ; « » : pas relié")
        add("--software", metavar="NAME", help="nom du logiciel, montré aux exploitants")
        add("--regulator", choices=["yes", "no"], help="« no » : modèle du Hub antérieur à 3.2.0, sans régulateur")
        add("--active", choices=["yes", "no"], help="« no » : n’appelle plus et n’est plus informé")

    def handle(self, *args: Any, **options: Any) -> None:
        said = {"yes": True, "no": False, None: None}
        try:
            lrm = register_lrm(
                origin=options["origin"],
                territory=options["territory"],
                hub_client_id=options["hub_client_id"],
                software=options["software"],
                tells_regulator=said[options["regulator"]],
                is_active=said[options["active"]],
                by="commande add_lrm",
                at=timezone.now(),
            )
        except LrmRefused as refusal:
            raise CommandError(str(refusal)) from None
        told = "informé des orientations" if lrm.hub_client_id and lrm.is_active else "pas informé des orientations"
        self.stdout.write(f"{lrm} (origine « {lrm.origin} », {lrm.territory.code}) : {told}.")
