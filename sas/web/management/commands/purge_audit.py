"""Remove what the audit trail has kept long enough. Run with the role that owns the tables (docs/operations.md)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from sas.web.audit_purge import due_for_purge, purge_by_retention


class Command(BaseCommand):
    help = (
        "Purge la piste d’audit selon les durées de conservation (docs/operations.md). Sans --apply : compte seulement."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="purge, et laisse une ligne d’audit qui le dit")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        counts = purge_by_retention(by="commande purge_audit", at=now) if options["apply"] else due_for_purge(at=now)
        for label, count in counts.items():
            self.stdout.write(f"{label} : {count}")
