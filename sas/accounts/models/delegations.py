"""Delegations: somebody acts for an effector or a manager on agenda and settings, until a date (platform.md §2.6)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from sas.accounts.models.people import User


class Delegation(models.Model):
    """From `delegator` (for one of their structures, when given) to a person named by e-mail.

    In force when the delegator has confirmed, the delegate has accepted, nobody has revoked or refused, and `ends_on`
    (included) is not past. One that the delegator makes is confirmed at once; one that an account manager prepares
    waits for both. Open: not ended. `invited_at` says when the last link left, `reminded_at` when both were told that
    the end is near.
    """

    class Scope(models.TextChoices):
        """What the delegate may do in the name of the delegator."""

        AGENDA = "agenda", "agenda et indisponibilités"
        SETTINGS = "settings", "réglages de participation et informations"

    class Side(models.TextChoices):
        """Who ended it."""

        DELEGATOR = "delegator", "la personne qui délègue"
        DELEGATE = "delegate", "le délégataire"
        MANAGER = "manager", "un gestionnaire de comptes"
        PLATFORM = "platform", "la plateforme"

    class Ending(models.TextChoices):
        """Why it ended."""

        REFUSED = "refused", "refusée"
        REVOKED = "revoked", "interrompue"
        DATE = "date", "arrivée à son terme"
        DELEGATOR_GONE = "delegator_gone", "la personne qui délègue n’a plus de compte, ou plus ce rôle"
        DELEGATE_GONE = "delegate_gone", "le compte du délégataire est fermé"

    delegator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="delegations_given")
    structure = models.ForeignKey("directory.Structure", on_delete=models.PROTECT, null=True, blank=True)
    delegate_email = models.EmailField("adresse du délégataire")
    delegate_family_name = models.CharField("nom du délégataire", max_length=100)
    delegate_given_name = models.CharField("prénom du délégataire", max_length=100)
    delegate = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="delegations_received"
    )
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices), verbose_name="étendue")
    ends_on = models.DateField("jusqu’au (inclus)")
    token_sha256 = models.CharField(max_length=64, unique=True)
    prepared_by = models.CharField("préparée par", max_length=200)
    prepared_at = models.DateTimeField("préparée le")
    invited_at = models.DateTimeField("lien envoyé le", null=True, blank=True)
    reminded_at = models.DateTimeField("fin rappelée le", null=True, blank=True)
    confirmed_at = models.DateTimeField("confirmée par la personne qui délègue le", null=True, blank=True)
    accepted_at = models.DateTimeField("acceptée par le délégataire le", null=True, blank=True)
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)
    ended_by = models.CharField("terminée par", max_length=20, choices=Side.choices, null=True, blank=True)
    ended_for = models.CharField("motif", max_length=20, choices=Ending.choices, null=True, blank=True)

    class Meta:
        verbose_name = "délégation"
        constraints = (
            models.CheckConstraint(
                condition=Q(scopes__contained_by=["agenda", "settings"]) & ~Q(scopes=[]),
                name="delegation_scopes_are_known",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(delegate__isnull=False),
                name="delegation_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="delegation_ended_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(delegate__isnull=True) | ~Q(delegate=models.F("delegator")),
                name="delegation_to_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_for__isnull=True)
                | Q(ended_at__isnull=False, ended_for__isnull=False),
                name="delegation_ended_says_why",
            ),
            models.UniqueConstraint(
                models.F("delegator"),
                models.F("structure"),
                Lower("delegate_email"),
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="delegation_open_once_per_person_named",
            ),
        )
        indexes = (
            models.Index(fields=["delegate", "ends_on"], name="delegation_of_delegate"),
            models.Index(
                Lower("delegate_email"),
                condition=Q(delegate__isnull=True, ended_at__isnull=True),
                name="delegation_to_accept",
            ),
            models.Index(fields=["ends_on"], condition=Q(ended_at__isnull=True), name="delegation_open_by_end"),
        )

    def __str__(self) -> str:
        return f"délégation {self.pk}"
