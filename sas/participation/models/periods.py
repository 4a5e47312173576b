"""Participation as dated periods: of people, and of structures that do so in their own name (CDS, SOS Médecins).

MSP and CPTS take part through their members: nothing is written for them (platform.md §4).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from sas.directory.models import Practitioner, Structure, Territory
from sas.participation.models.ranges import days, one_at_a_time

LASTS = Q(ended_on__isnull=True) | Q(ended_on__gt=F("started_on"))


class DeclaredStructure(models.Model):
    """A structure that the directory does not know, as a person describes it (platform.md §4, S3).

    An account manager identifies it (`structure`), or says that it is none (`refused_because`). Until then whoever
    takes part through it is pending: shown as such, and the structure cannot be solicited.
    """

    kind = models.TextField("nature", choices=[("cpts", "CPTS"), ("msp", "MSP"), ("sos", "SOS Médecins")])
    name = models.TextField("nom")
    city = models.TextField("commune", blank=True, db_default="", default="")
    contact = models.TextField("contact (téléphone ou adresse électronique)")
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, related_name="declared_structures"
    )
    declared_by = models.TextField("déclarée par")
    declared_at = models.DateTimeField("déclarée le")
    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, null=True, blank=True, related_name="declarations"
    )
    refused_because = models.TextField("refusée parce que", blank=True, db_default="", default="")
    answered_by = models.TextField("traitée par", null=True, blank=True)
    answered_at = models.DateTimeField("traitée le", null=True, blank=True)

    class Meta:
        verbose_name = "structure déclarée"
        verbose_name_plural = "structures déclarées"
        constraints = (
            models.CheckConstraint(name="declared_structure_has_a_name", condition=~Q(name="") & ~Q(contact="")),
            models.CheckConstraint(
                name="declared_structure_kind_is_known", condition=Q(kind__in=["cpts", "msp", "sos"])
            ),
            models.CheckConstraint(
                name="declared_structure_answered_says_who_and_when",
                condition=Q(
                    answered_by__isnull=True, answered_at__isnull=True, structure__isnull=True, refused_because=""
                )
                | Q(answered_by__isnull=False, answered_at__isnull=False, structure__isnull=False, refused_because="")
                | (
                    Q(answered_by__isnull=False, answered_at__isnull=False, structure__isnull=True)
                    & ~Q(refused_because="")
                ),
            ),
        )
        indexes = (
            models.Index(
                fields=["declared_at"], condition=Q(answered_at__isnull=True), name="declared_structure_waiting"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Participation(models.Model):
    """One way of taking part, from `started_on` (included) to `ended_on` (excluded; none: still going on).

    A change of way ends a period and starts another: nothing of the past is edited (platform.md §4). `place_keys`:
    the places it concerns, all of them when empty (« lesquels de mes lieux », through a CPTS). Through a structure that
    nobody identified yet, `declared` stands for it, and the participation is pending.
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
    declared = models.ForeignKey(
        DeclaredStructure, null=True, blank=True, on_delete=models.PROTECT, related_name="participations"
    )
    place_keys = ArrayField(models.TextField(), verbose_name="lieux concernés", db_default=[], default=list, blank=True)
    started_on = models.DateField("depuis le")
    ended_on = models.DateField("jusqu’au (exclu)", null=True, blank=True)
    declared_by = models.TextField("déclaré par")
    declared_at = models.DateTimeField("déclaré le")

    class Meta:
        verbose_name = "participation"
        constraints = (
            one_at_a_time(
                "participation_one_way_at_a_time",
                days(),
                "practitioner",
                message="Cette personne participe déjà pendant cette période.",
            ),
            models.CheckConstraint(name="participation_lasts_a_day_at_least", condition=LASTS),
            models.CheckConstraint(
                name="participation_structure_goes_with_the_way",
                condition=Q(via="individual", structure__isnull=True, declared__isnull=True)
                | Q(via__in=["cpts", "msp", "sos", "cds"], structure__isnull=False)
                | Q(via__in=["cpts", "msp", "sos"], structure__isnull=True, declared__isnull=False),
                violation_error_message="Une structure pour CPTS, MSP, SOS ou CDS, aucune à titre individuel.",
            ),
            models.CheckConstraint(name="participation_says_who_declared_it", condition=~Q(declared_by="")),
        )
        indexes = (models.Index(fields=["structure", "started_on"], name="participation_of_structure"),)

    def __str__(self) -> str:
        return f"{self.practitioner_id} {self.via} {self.started_on} → {self.ended_on or '…'}"


class StructureParticipation(models.Model):
    """A CDS or an SOS Médecins association takes part in its own name, on these days (platform.md §4, S1 Q9).

    `gp_count`: general practitioners of the centre, full-time equivalents rounded by the centre; 2 h each a week until
    31/12/2025. Another number is another period.
    """

    structure = models.ForeignKey(Structure, on_delete=models.PROTECT, related_name="own_participations")
    gp_count = models.PositiveSmallIntegerField("médecins généralistes", null=True, blank=True)
    started_on = models.DateField("depuis le")
    ended_on = models.DateField("jusqu’au (exclu)", null=True, blank=True)
    declared_by = models.TextField("déclaré par")
    declared_at = models.DateTimeField("déclaré le")

    class Meta:
        verbose_name = "participation d’une structure"
        verbose_name_plural = "participations de structures"
        constraints = (
            one_at_a_time(
                "structure_participation_once_at_a_time",
                days(),
                "structure",
                message="Cette structure participe déjà pendant cette période.",
            ),
            models.CheckConstraint(name="structure_participation_lasts_a_day_at_least", condition=LASTS),
            models.CheckConstraint(name="structure_participation_says_who_declared_it", condition=~Q(declared_by="")),
            models.CheckConstraint(
                name="structure_participation_counts_doctors",
                condition=Q(gp_count__isnull=True) | Q(gp_count__range=(1, 500)),
                violation_error_message="Le nombre de médecins généralistes va de 1 à 500.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.structure_id} {self.started_on} → {self.ended_on or '…'}"
