"""Who takes part in the SAS, how, and since when. Columns and invariants only: writes go through services.py."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from sas.directory.models import Practitioner, Structure


class Participation(models.Model):
    """One way of taking part, from `started_on` (included) to `ended_on` (excluded; none: still going on).

    A change of way ends a period and starts another: nothing of the past is edited (platform.md §4).
    """

    class Via(models.TextChoices):
        """Whom a regulator calls: the person, or the structure that answers for its members."""

        INDIVIDUAL = "individual", "à titre individuel"
        CPTS = "cpts", "via une CPTS"
        MSP = "msp", "via une MSP"
        SOS = "sos", "via SOS Médecins"
        CDS = "cds", "via un centre de santé"

    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="participations", verbose_name="professionnel"
    )
    via = models.TextField("voie", choices=Via.choices)
    structure = models.ForeignKey(
        Structure,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="participations",
        verbose_name="structure",
    )
    started_on = models.DateField("depuis le")
    ended_on = models.DateField("jusqu’au (exclu)", null=True, blank=True)
    declared_by = models.TextField("déclaré par")
    declared_at = models.DateTimeField("déclaré le")

    class Meta:
        verbose_name = "participation"
        constraints = (
            ExclusionConstraint(
                name="participation_one_way_at_a_time",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    (
                        Func(
                            F("started_on"),
                            F("ended_on"),
                            RangeBoundary(),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message="Cette personne participe déjà pendant cette période.",
            ),
            models.CheckConstraint(
                name="participation_lasts_a_day_at_least",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gt=F("started_on")),
            ),
            models.CheckConstraint(
                name="participation_structure_goes_with_the_way",
                condition=Q(via="individual", structure__isnull=True)
                | Q(via__in=["cpts", "msp", "sos", "cds"], structure__isnull=False),
                violation_error_message="Une structure pour CPTS, MSP, SOS ou CDS, aucune à titre individuel.",
            ),
            models.CheckConstraint(name="participation_says_who_declared_it", condition=~Q(declared_by="")),
        )

    def __str__(self) -> str:
        return f"{self.practitioner_id} {self.via} {self.started_on} → {self.ended_on or '…'}"
