"""Register or update a booking editor (interfaces.md §1)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sas.aggregator.models import Editor
from sas.aggregator.services import EditorRefused, register_editor


class Command(BaseCommand):
    help = (
        "Enregistre un éditeur d’agenda, ou met à jour celui qui porte ce nom : ce qui n’est pas donné ne change pas. "
        "Le jeton d’API n’est affiché qu’une fois, à la création ou avec --renew-token."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--name", required=True, help="nom montré aux régulateurs ; identifie l’éditeur")
        add("--base-url", required=True, help="adresse de base de son service FHIR, par exemple https://…/fhir")
        add("--flow", action="append", choices=Editor.Flow.values, help="flux servi, répétable (ps à la création)")
        add("--client-dn", metavar="DN", help="nom distinctif de son certificat client, pour ses appels vers /fhir")
        add("--system", metavar="URI", help="système de ses identifiants de rendez-vous")
        add("--timeout", type=float, metavar="S", help="délai maximal d’un appel, en secondes : 7 au plus (7)")
        add(
            "--stage",
            choices=Editor.Stage.values,
            help="étape ; seules « slots » et « booking » sont interrogées par les recherches (booking à la création)",
        )
        add("--max-concurrency", type=int, metavar="N", help="appels simultanés au plus, de 1 à 64 (8 à la création)")
        add("--active", choices=["yes", "no"], help="« no » : plus interrogé du tout, sans perdre ses liens")
        add("--renew-token", action="store_true", help="remplace le jeton d’API ; l’ancien cesse aussitôt de valoir")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            editor, token = register_editor(
                name=options["name"],
                base_url=options["base_url"],
                flows=options["flow"],
                client_dn=options["client_dn"],
                system=options["system"],
                timeout=options["timeout"],
                stage=options["stage"],
                max_concurrency=options["max_concurrency"],
                is_active={"yes": True, "no": False, None: None}[options["active"]],
                renew_token=options["renew_token"],
                by="commande add_editor",
                at=timezone.now(),
            )
        except EditorRefused as refusal:
            raise CommandError(str(refusal)) from None
        asked = editor.is_active and editor.stage in Editor.ASKABLE
        said = "interrogé par les recherches" if asked else "pas interrogé par les recherches"
        self.stdout.write(f"{editor.name} (clé {editor.key}), étape « {editor.get_stage_display()} » : {said}.")
        if token:
            self.stdout.write(f"Jeton d’API (affiché une seule fois) : {token}")
