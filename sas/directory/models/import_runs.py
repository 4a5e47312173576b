"""The trace that imports leave."""

from typing import Any

from django.db import models
from django.db.models import Q


class ImportRun(models.Model):
    """One import that was asked to write: who, which files, what came of it."""

    class State(models.TextChoices):
        """`interrupted`: the process died; its transaction was rolled back, nothing of it is in the tables."""

        RUNNING = "running", "en cours"
        APPLIED = "applied", "appliqué"
        REFUSED = "refused", "refusé"
        FAILED = "failed", "en échec"
        INTERRUPTED = "interrupted", "interrompu"

    kind = models.TextField("import")
    by = models.TextField("par")
    started_at = models.DateTimeField("commencé à")
    finished_at = models.DateTimeField("terminé à", null=True)
    state = models.TextField("état", choices=State.choices, db_default="running")
    files = models.JSONField("fichiers (nom, taille, sha256)", default=list)
    counts: Any = models.JSONField("comptes", default=dict)

    class Meta:
        verbose_name = "import"
        constraints = (
            models.CheckConstraint(
                name="importrun_finished_unless_running",
                condition=Q(state="running", finished_at__isnull=True)
                | (~Q(state="running") & Q(finished_at__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d %H:%M} ({self.state})"
