"""Programs that call the platform."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sas.accounts.permissions import CLIENT_SCOPES, Permission


class MachineClient(models.Model):
    """A program that calls `/api` or `/fhir` with a bearer token. Only the token's SHA-256 is kept."""

    name = models.CharField("nom", max_length=100, unique=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20))
    is_active = models.BooleanField("actif", default=True)
    created_at = models.DateTimeField("créé le")

    class Meta:
        verbose_name = "client machine"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=sorted(CLIENT_SCOPES)), name="client_scopes_are_known"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def may(self, permission: Permission) -> bool:
        """True when one of its scopes opens `permission`."""
        return self.is_active and any(permission in CLIENT_SCOPES[scope] for scope in self.scopes)
