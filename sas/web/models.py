"""The audit trail: one line for each write, whoever made it. Read by the operations pages, never changed."""

from django.db import models


class AuditLine(models.Model):
    """Who did what to what, when. `actor` is a label that outlives the account (« compte 12 », « commande … »).

    No patient data, no slot of a doctor: identifiers and the values that changed, nothing else.
    """

    at = models.DateTimeField("quand", db_index=True)
    actor = models.CharField("qui", max_length=200)
    act = models.CharField("acte", max_length=100)
    target = models.CharField("objet", max_length=200)
    before = models.JSONField("avant", null=True)
    after = models.JSONField("après", null=True)

    class Meta:
        verbose_name = "ligne d’audit"
        verbose_name_plural = "lignes d’audit"
        indexes = (models.Index(fields=["target", "at"], name="audit_target_at"),)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(actor="") & ~models.Q(act=""), name="audit_line_says_who_and_what"
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} : {self.act} {self.target}"
