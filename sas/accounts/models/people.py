"""People, the roles they hold and the structures they manage."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from sas.accounts.models.folding import folded
from sas.accounts.permissions import GRANTS, RANK, TERRITORIAL, Permission, Role
from sas.directory.models import Territory


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a permission holds: the whole country, or these territories (primary keys), which may be none."""

    everywhere: bool
    territories: frozenset[int]

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.territories)

    def covers(self, territory: int | None) -> bool:
        """Whether it holds there; `None` (no territory at all) is only within the whole country."""
        return self.everywhere or territory in self.territories


NOWHERE = Reach(everywhere=False, territories=frozenset())


class UserManager(BaseUserManager["User"]):
    """Reads by e-mail whatever its case. Accounts are made by `services.create_account`."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person. `national_id` is prefixed (`8…`, `0…`) and may be absent (regulators without a card).

    `technical_id` is the identifier given to editors until a national one is attached (interop.md §1.4). `email` is
    absent only for an effector whose card gives none. `session_stamp` is part of every session: a change of it ends
    them all at once (platform.md §2.4). `dormant_warnings` counts the warnings since the last sign-in.
    """

    class ClosedFor(models.TextChoices):
        """Why an account is closed."""

        DECISION = "decision", "désactivé par un gestionnaire"
        DORMANT = "dormant", "fermé faute de connexion"
        EXPIRED = "expired", "arrivé à échéance"
        MERGED = "merged", "réuni avec le compte de la carte"

    email = models.EmailField("adresse électronique", null=True, blank=True)
    family_name = models.CharField("nom", max_length=100, blank=True)
    given_name = models.CharField("prénom", max_length=100, blank=True)
    profession = models.CharField("profession", max_length=100, blank=True, db_default="")
    national_id = models.CharField("identifiant national", max_length=40, null=True, blank=True)
    technical_id = models.UUIDField("identifiant technique", default=uuid.uuid4, unique=True, editable=False)
    may_use_password = models.BooleanField("peut entrer sans carte", db_default=False)
    is_active = models.BooleanField("actif", default=True)
    closed_for = models.CharField("fermé pour", max_length=10, choices=ClosedFor.choices, null=True, blank=True)
    closed_at = models.DateTimeField("fermé le", null=True, blank=True)
    expires_on = models.DateField("échéance", null=True, blank=True)
    dormant_warnings = models.PositiveSmallIntegerField("avertissements de dormance", db_default=0)
    dormant_warned_at = models.DateTimeField("averti le", null=True, blank=True)
    session_stamp = models.PositiveIntegerField(db_default=0, default=0)
    created_at = models.DateTimeField("créé le")
    search_text = models.GeneratedField(
        expression=folded("family_name", "given_name", "email", "national_id"),
        output_field=models.TextField(),
        db_persist=True,
    )

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
                condition=Q(is_active=True, national_id__isnull=False),
                name="account_national_id_unique_among_active",
            ),
            models.CheckConstraint(
                condition=Q(national_id__isnull=True) | ~Q(national_id=""),
                name="account_national_id_absent_rather_than_empty",
            ),
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(national_id__isnull=False), name="account_can_be_recognised"
            ),
            models.CheckConstraint(
                condition=Q(email__isnull=True) | ~Q(email=""), name="account_email_absent_rather_than_empty"
            ),
            models.CheckConstraint(
                condition=Q(is_active=True, closed_for__isnull=True, closed_at__isnull=True)
                | Q(is_active=False, closed_for__isnull=False, closed_at__isnull=False),
                name="account_closed_says_when_and_why",
            ),
        )
        indexes = (
            models.Index(Lower("family_name"), Lower("given_name"), name="account_by_name"),
            models.Index(fields=["last_login"], condition=Q(is_active=True), name="account_dormant"),
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="account_search_trgm"),
            models.Index(fields=["search_text", "id"], name="account_in_order"),
            # The unique constraint finds the open accounts of a card; an unknown card looks for a closed one too.
            models.Index(
                fields=["national_id"],
                condition=Q(is_active=False, national_id__isnull=False),
                name="account_closed_by_national_id",
            ),
        )

    def __str__(self) -> str:
        return self.full_name or self.email or f"compte {self.pk}"

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def audit_label(self) -> str:
        """How the audit trail names this account: stable, and not an e-mail address."""
        return f"compte {self.pk}"

    @property
    def audit_role(self) -> str:
        """The roles that the audit trail writes beside this account, as they are at that time."""
        return ", ".join(self.roles)

    @property
    def held(self) -> "tuple[RoleGrant, ...]":
        """Roles with their territories, read once per request (one query, whatever their number)."""
        if "_held" not in self.__dict__:
            self._held = _held_of(self)
        return self._held

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles held now, each once."""
        return tuple(sorted({Role(grant.role) for grant in self.held}))

    @property
    def rank(self) -> int:
        """The highest rank of the roles held (see `permissions.RANK`)."""
        return rank_of(self.roles)

    def may(self, permission: Permission) -> bool:
        """True when one of the roles grants `permission` somewhere. A deactivated account may nothing."""
        return bool(self.reach(permission))

    def reach(self, permission: Permission) -> Reach:
        """Where `permission` holds: territorial ones on the territories of their grants, others everywhere."""
        if not self.is_active:
            return NOWHERE
        grants = [grant for grant in self.held if permission in GRANTS[Role(grant.role)] and grant.is_open]
        if not grants:
            return NOWHERE
        national = any(grant.role == Role.NATIONAL_ADMIN for grant in grants)
        if national or permission not in TERRITORIAL:
            return Reach(everywhere=True, territories=frozenset())
        return Reach(False, frozenset(grant.territory_id for grant in grants if grant.territory_id is not None))

    @property
    def closed_ioa_territories(self) -> tuple[str, ...]:
        """Labels of the territories where this IOA waits for the role to be opened."""
        return tuple(str(grant.territory) for grant in self.held if grant.territory and not grant.is_open)

    def get_session_auth_hash(self) -> str:
        """Ends every session when the password or the stamp changes (Django compares it at each request)."""
        return _session_hash(f"{self.password}:{self.session_stamp}")

    def get_session_auth_fallback_hash(self) -> Iterable[str]:
        """No other key is accepted: a rotated secret key ends sessions."""
        return ()


def _session_hash(value: str) -> str:
    return salted_hmac("sas.accounts.session", value, algorithm="sha256").hexdigest()


def rank_of(roles: Iterable[Role]) -> int:
    """The highest rank among these roles, 0 when none has one."""
    return max((RANK.get(role, 0) for role in roles), default=0)


class RoleGrant(models.Model):
    """A role held by an account, on a territory or (without territory) on no particular one.

    Only `national_admin` reaches the whole country by that: see `User.reach`.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField("rôle", max_length=30, choices=[(role.value, role.label) for role in Role])
    territory = models.ForeignKey("directory.Territory", on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        verbose_name = "rôle attribué"
        constraints = (
            models.UniqueConstraint(
                fields=["user", "role", "territory"], nulls_distinct=False, name="role_granted_once_per_territory"
            ),
            models.CheckConstraint(condition=Q(role__in=list(Role)), name="role_is_known"),
        )

    def __str__(self) -> str:
        return Role(self.role).label

    @property
    def is_open(self) -> bool:
        """An IOA searches where the territory has opened it (platform.md §1); the other roles are always open."""
        return self.role != Role.IOA or (self.territory is not None and self.territory.ioa_open)


def _held_of(user: User) -> tuple[RoleGrant, ...]:
    """The grants of `user` with their territories. Every request asks: the statement is written once per process, since
    Django takes four times as long to write it as PostgreSQL to answer."""
    grant_fields, territory_fields, statement = _held_statement()
    with connection.cursor() as cursor:
        cursor.execute(statement, [user.pk])
        rows = cursor.fetchall()
    found = []
    for row in rows:
        grant = RoleGrant.from_db(connection.alias, grant_fields, row[: len(grant_fields)])
        grant.user = user
        if grant.territory_id is not None:
            grant.territory = Territory.from_db(connection.alias, territory_fields, row[len(grant_fields) :])
        found.append(grant)
    return tuple(found)


@cache
def _held_statement() -> tuple[list[str], list[str], str]:
    """Attributes of a grant, those of a territory, and what reads both of one account (its pk is the parameter)."""
    grant_fields = [field.attname for field in RoleGrant._meta.concrete_fields]
    territory_fields = [field.attname for field in Territory._meta.concrete_fields]
    query = RoleGrant.objects.filter(user=0).select_related("territory").order_by("role", "territory__code").query
    return grant_fields, territory_fields, query.sql_with_params()[0]


class StructureAttachment(models.Model):
    """This account manages that structure (platform.md §1, `structure_manager`)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="attachments")
    structure = models.ForeignKey("directory.Structure", on_delete=models.PROTECT, related_name="managers")
    attached_at = models.DateTimeField("rattaché le")

    class Meta:
        verbose_name = "rattachement à une structure"
        constraints = (models.UniqueConstraint(fields=["user", "structure"], name="structure_attached_once"),)

    def __str__(self) -> str:
        return f"compte {self.user_id} → structure {self.structure_id}"
