"""Accounts of people and of machine clients. Columns and invariants only: writes go through services.py."""

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from sas.accounts.permissions import CLIENT_SCOPES, GRANTS, Permission, Role


class UserManager(BaseUserManager["User"]):
    """Reads by e-mail whatever its case. Accounts are made by `services.create_account`."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person. `national_id` is prefixed (`8…`, `0…`) and may be absent (regulators without a card).

    `technical_id` is the identifier given to editors until a national one is attached (interop.md §1.4).
    """

    email = models.EmailField("adresse électronique")
    family_name = models.CharField("nom", max_length=100, blank=True)
    given_name = models.CharField("prénom", max_length=100, blank=True)
    national_id = models.CharField("identifiant national", max_length=40, null=True, blank=True)
    technical_id = models.UUIDField("identifiant technique", default=uuid.uuid4, unique=True, editable=False)
    is_active = models.BooleanField("actif", default=True)
    created_at = models.DateTimeField("créé le")

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = "compte"
        constraints = (
            models.UniqueConstraint(Lower("email"), name="account_email_unique_whatever_the_case"),
            models.UniqueConstraint(
                fields=["national_id"],
                condition=models.Q(is_active=True, national_id__isnull=False),
                name="account_national_id_unique_among_active",
            ),
            models.CheckConstraint(
                condition=models.Q(national_id__isnull=True) | ~models.Q(national_id=""),
                name="account_national_id_absent_rather_than_empty",
            ),
        )

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def audit_label(self) -> str:
        """How the audit trail names this account: stable, and not an e-mail address."""
        return f"compte {self.pk}"

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles held now, read once per request."""
        if "_roles" not in self.__dict__:
            names = self.grants.values_list("role", flat=True).order_by("role").distinct()
            self._roles = tuple(Role(name) for name in names)
        return self._roles

    def may(self, permission: Permission) -> bool:
        """True when one of the roles grants `permission`. A deactivated account may nothing."""
        return self.is_active and any(permission in GRANTS[role] for role in self.roles)


class RoleGrant(models.Model):
    """A role held by an account, on a territory or (without territory) on the whole country."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField("rôle", max_length=30, choices=[(role.value, role.label) for role in Role])
    territory = models.ForeignKey("directory.Territory", on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        verbose_name = "rôle attribué"
        constraints = (
            models.UniqueConstraint(
                fields=["user", "role", "territory"], nulls_distinct=False, name="role_granted_once_per_territory"
            ),
            models.CheckConstraint(condition=models.Q(role__in=list(Role)), name="role_is_known"),
        )

    def __str__(self) -> str:
        return Role(self.role).label


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
