"""Register or update a territory's local tool for unscheduled care (platform.md §7, PDM)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sas.aggregator.local_tools import LocalToolRefused, register_local_tool
from sas.aggregator.models import Editor
from sas.directory.models import Territory


class Command(BaseCommand):
    help = (
        "Enregistre l’outil local de soins non programmés d’un territoire, ou met à jour celui de cet éditeur. "
        "Ses rendez-vous reviennent par POST /fhir/Appointment, avec le jeton de l’éditeur."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--territory", required=True, metavar="CODE", help="code du territoire, par exemple SAS-59")
        add("--name", required=True, help="nom montré aux régulateurs")
        add(
            "--link",
            required=True,
            metavar="URL",
            help="adresse où il s’ouvre ; {lat}, {lon}, {insee} et {specialty} y sont remplacés",
        )
        add("--editor", required=True, metavar="NOM", help="éditeur dont il porte le jeton (commande add_editor)")
        add("--active", choices=["yes", "no"], default="yes", help="« no » : plus proposé, sans rien perdre")

    def handle(self, *args: Any, **options: Any) -> None:
        territory = Territory.objects.filter(code=options["territory"]).first()
        if territory is None:
            raise CommandError(f"Aucun territoire « {options['territory']} ».")
        editor = Editor.objects.filter(name=options["editor"]).first()
        if editor is None:
            raise CommandError(f"Aucun éditeur « {options['editor']} » : enregistrez-le d’abord (add_editor).")
        try:
            tool = register_local_tool(
                territory=territory,
                name=options["name"],
                link=options["link"],
                editor=editor,
                is_active=options["active"] == "yes",
                by="commande add_local_tool",
                at=timezone.now(),
            )
        except LocalToolRefused as refusal:
            raise CommandError(str(refusal)) from None
        said = "proposé aux régulateurs" if tool.is_active else "plus proposé"
        self.stdout.write(f"{tool.name}, outil local de {territory.label} : {said}.")
