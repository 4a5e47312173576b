"""Bulk imports of accounts, between their preview and their application."""

from django.db import models
from django.db.models import Q

from sas.accounts.models.people import User


class AccountImport(models.Model):
    """A file as it was sent, and the digest of what its preview promised: applied whole as shown, or not at all.

    The content is erased when it is applied, and the row a day after it was made if it never was.
    """

    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="imports")
    made_at = models.DateTimeField("préparé le")
    file_name = models.CharField("fichier", max_length=200)
    content = models.TextField("contenu", blank=True)
    plan_digest = models.CharField(max_length=64)
    applied_at = models.DateTimeField("appliqué le", null=True, blank=True)
    created_count = models.PositiveIntegerField("comptes créés", db_default=0, default=0)
    updated_count = models.PositiveIntegerField("comptes modifiés", db_default=0, default=0)
    skipped_count = models.PositiveIntegerField("lignes écartées", db_default=0, default=0)

    class Meta:
        verbose_name = "import de comptes"
        constraints = (
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | Q(content=""), name="account_import_erased_once_applied"
            ),
        )

    def __str__(self) -> str:
        return f"import {self.pk}"
