"""Remove what the audit trail has kept long enough. Run with the role that owns the tables (docs/operations.md)."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from sas.web.audit_purge import purge_by_retention


class Command(BaseCommand):
    help = (
        "Purge la piste d’audit selon les durées de conservation (docs/operations.md) ; la purge est elle-même tracée."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for label, count in purge_by_retention(by="commande purge_audit", at=timezone.now()).items():
            self.stdout.write(f"{label} : {count}")
