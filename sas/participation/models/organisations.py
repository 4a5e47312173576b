"""Territorial organisations: the condition of 2026 that stands beside a visible agenda (platform.md §4, S4)."""

from django.db import models
from django.db.models import F, Q

from sas.directory.models import Practitioner, Structure, Territory
from sas.participation.models.ranges import days, one_at_a_time

LASTS = Q(ended_on__isnull=True) | Q(ended_on__gt=F("started_on"))


class TerritorialOrganisation(models.Model):
    """How doctors of a territory answer together. It counts once the SAS has validated it (`…Validation`)."""

    class Kind(models.TextChoices):
        """Those of the agreement (S4)."""

        CSNP = "csnp", "Centre de soins non programmés"
        FIXED_PLACE = "fixed_place", "Autre lieu fixe"
        SHARED_CALENDAR = "shared_calendar", "Agenda partagé entre médecins"
        SECRETARIAT = "secretariat", "Secrétariat téléphonique"
        OTHER = "other", "Autre"

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="organisations")
    name = models.TextField("nom")
    kind = models.TextField("nature", choices=Kind.choices)
    structure = models.ForeignKey(
        Structure, null=True, blank=True, on_delete=models.PROTECT, related_name="organisations"
    )
    dedicated = models.BooleanField("dédiée au SAS")
    interfaced = models.BooleanField("logiciel interfacé")
    agreement_signed = models.BooleanField("convention signée")
    phone = models.TextField("téléphone", blank=True, db_default="", default="")
    note = models.TextField("précisions", blank=True, db_default="", default="")
    version = models.PositiveIntegerField(db_default=1, default=1)
    closed_on = models.DateField("fermée le", null=True, blank=True)

    class Meta:
        verbose_name = "organisation territoriale"
        verbose_name_plural = "organisations territoriales"
        constraints = (
            models.CheckConstraint(name="organisation_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="organisation_kind_is_known",
                condition=Q(kind__in=["csnp", "fixed_place", "shared_calendar", "secretariat", "other"]),
            ),
            models.UniqueConstraint(
                fields=["territory", "name"], condition=Q(closed_on__isnull=True), name="organisation_named_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class OrganisationValidation(models.Model):
    """The SAS validated this organisation, on these days (who, from, to)."""

    organisation = models.ForeignKey(TerritorialOrganisation, on_delete=models.PROTECT, related_name="validations")
    started_on = models.DateField("depuis le")
    ended_on = models.DateField("jusqu’au (exclu)", null=True, blank=True)
    validated_by = models.TextField("validée par")
    validated_at = models.DateTimeField("validée le")

    class Meta:
        verbose_name = "validation"
        constraints = (
            one_at_a_time("organisation_validated_once_at_a_time", days(), "organisation"),
            models.CheckConstraint(name="validation_lasts_a_day_at_least", condition=LASTS),
        )

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.started_on} → {self.ended_on or '…'}"


class OrganisationMember(models.Model):
    """This doctor answers within this organisation, on these days."""

    organisation = models.ForeignKey(TerritorialOrganisation, on_delete=models.PROTECT, related_name="members")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="organisations")
    started_on = models.DateField("depuis le")
    ended_on = models.DateField("jusqu’au (exclu)", null=True, blank=True)
    added_by = models.TextField("ajouté par")
    added_at = models.DateTimeField("ajouté le")

    class Meta:
        verbose_name = "membre"
        constraints = (
            one_at_a_time("organisation_member_once_at_a_time", days(), "organisation", "practitioner"),
            models.CheckConstraint(name="organisation_member_lasts_a_day_at_least", condition=LASTS),
        )

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.practitioner_id}"
