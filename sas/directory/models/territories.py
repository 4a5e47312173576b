"""Territories: one SAS each."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Territory(models.Model):
    """One SAS: usually a department, sometimes several. It limits administration, never what a regulator may search."""

    class State(models.TextChoices):
        """Where the SAS stands."""

        PLANNED = "planned", "en préparation"
        OPEN = "open", "ouvert"
        SUSPENDED = "suspended", "suspendu"

    code = models.TextField("code", unique=True)
    label = models.TextField("nom")
    departments = ArrayField(models.TextField(), verbose_name="départements")
    timezone = models.TextField("fuseau horaire", db_default="Europe/Paris")
    default_radius_km = models.FloatField("rayon par défaut (km)", null=True, blank=True)
    maximum_radius_km = models.FloatField("rayon maximal (km)", null=True, blank=True)
    support_email = models.EmailField("adresse générique du SAS", blank=True, db_default="")
    state = models.TextField("état", choices=State.choices, db_default="planned")
    opened_on = models.DateField("ouvert le", null=True, blank=True)

    class Meta:
        verbose_name = "territoire"
        constraints = (
            models.CheckConstraint(name="territory_has_a_code", condition=~Q(code="")),
            models.CheckConstraint(name="territory_covers_a_department", condition=~Q(departments=[])),
            models.CheckConstraint(name="territory_has_a_timezone", condition=~Q(timezone="")),
            models.CheckConstraint(
                name="territory_radii_are_positive_and_ordered",
                condition=(Q(default_radius_km__isnull=True) | Q(default_radius_km__gt=0))
                & (Q(maximum_radius_km__isnull=True) | Q(maximum_radius_km__gt=0))
                & (
                    Q(default_radius_km__isnull=True)
                    | Q(maximum_radius_km__isnull=True)
                    | Q(maximum_radius_km__gte=F("default_radius_km"))
                ),
                violation_error_message="Rayons positifs, le maximal au moins égal au rayon par défaut.",
            ),
            models.CheckConstraint(
                name="territory_opened_has_a_date", condition=Q(state="planned") | Q(opened_on__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.label} ({self.code})"
