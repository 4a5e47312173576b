"""Territories: one SAS each, what it covers, where it stands since when, and its filières."""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

TERRITORY_CODE = r"^SAS-[0-9A-Z]{1,8}(-[0-9A-Z]{1,8}){0,3}$"
LONGEST_INSTRUCTION = 1000


class Territory(models.Model):
    """One SAS: usually a department, sometimes several. It limits administration, never what a regulator may search.

    `timezone` is that of its dates and of its calendar; places keep their own (Polynesia has three). `version` grows
    with every change: who saves over a sheet that somebody else changed meanwhile is told so. PDSA bounds are those of
    R. 6315-1 of the code de la santé publique, in the local time of each place.
    """

    class State(models.TextChoices):
        """Where the SAS stands."""

        PLANNED = "planned", "en préparation"
        OPEN = "open", "ouvert"
        SUSPENDED = "suspended", "suspendu"

    class Calling(models.TextChoices):
        """« Appeler avant de réserver » an editor's slot (platform.md §7.1; S1 Q21, S4)."""

        NEVER = "never", "jamais"
        PUBLIC = "public", "pour les créneaux grand public seulement"
        ALWAYS = "always", "toujours"

    code = models.TextField("code", unique=True)
    label = models.TextField("nom")
    timezone = models.TextField("fuseau horaire", db_default="Europe/Paris", default="Europe/Paris")
    default_radius_km = models.FloatField("rayon par défaut (km)", null=True, blank=True)
    maximum_radius_km = models.FloatField("rayon maximal (km)", null=True, blank=True)
    pdsa_evening = models.TimeField("PDSA à partir de", db_default=time(20), default=time(20))
    pdsa_morning = models.TimeField("PDSA jusqu’à", db_default=time(8), default=time(8))
    pdsa_saturday = models.TimeField("PDSA le samedi à partir de", null=True, blank=True, default=time(12))
    pdsa_bridge_days = models.BooleanField("PDSA les jours de pont", db_default=False, default=False)
    ioa_open = models.BooleanField("recherche ouverte aux IOA", db_default=False, default=False)
    support_email = models.EmailField("adresse générique du SAS", blank=True, db_default="")
    support_phone = models.TextField("téléphone du SAS", blank=True, db_default="", default="")
    ars_name = models.TextField("contact à l’ARS", blank=True, db_default="", default="")
    ars_email = models.EmailField("adresse du contact à l’ARS", blank=True, db_default="", default="")
    ars_phone = models.TextField("téléphone du contact à l’ARS", blank=True, db_default="", default="")
    cpam_name = models.TextField("contact à la CPAM", blank=True, db_default="", default="")
    cpam_email = models.EmailField("adresse du contact à la CPAM", blank=True, db_default="", default="")
    cpam_phone = models.TextField("téléphone du contact à la CPAM", blank=True, db_default="", default="")
    call_before_booking = models.TextField(
        "appeler avant de réserver", choices=Calling.choices, db_default="never", default="never"
    )
    out_of_hours = models.TextField("consigne pendant la PDSA", blank=True, db_default="", default="")
    version = models.PositiveIntegerField(db_default=1, default=1)

    class Meta:
        verbose_name = "territoire"
        constraints = (
            models.CheckConstraint(
                name="territory_code_is_sas_something",
                condition=Q(code__regex=TERRITORY_CODE),
                violation_error_message="Le code est « SAS- » suivi d’un numéro de département, par exemple SAS-59.",
            ),
            models.CheckConstraint(name="territory_has_a_label", condition=~Q(label="")),
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
                name="territory_pdsa_evening_after_morning", condition=Q(pdsa_evening__gt=F("pdsa_morning"))
            ),
            models.CheckConstraint(
                name="territory_calling_is_known", condition=Q(call_before_booking__in=["never", "public", "always"])
            ),
            models.CheckConstraint(
                name="territory_instruction_is_short",
                condition=LessThanOrEqual(Length("out_of_hours"), LONGEST_INSTRUCTION),
                violation_error_message="1 000 caractères au plus.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.label} ({self.code})"


class Coverage(models.Model):
    """A department, or a commune (INSEE code, five characters), that answers to a territory: to one at most.

    A commune of its own wins over its department: a town may answer to the neighbouring SAS.
    """

    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="coverage")
    area = models.TextField("département ou commune (INSEE)", unique=True)

    class Meta:
        verbose_name = "zone couverte"
        verbose_name_plural = "zones couvertes"
        constraints = (
            models.CheckConstraint(
                name="coverage_is_a_department_or_a_commune",
                condition=Q(area__regex=r"^([0-9]{2,3}|2[AB]|[0-9][0-9AB][0-9]{3})$"),
            ),
        )

    def __str__(self) -> str:
        return self.area

    @property
    def is_commune(self) -> bool:
        return len(self.area) == 5


class TerritoryState(models.Model):
    """From `starts_on` (in the territory's time zone) until the next one starts, the SAS stands so.

    Before the first: planned. A row is only added after the others and never changed (a trigger says so): what was
    paid or refused on a past day stays explainable. The latest may be withdrawn while it has not begun.
    """

    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="states")
    state = models.TextField("état", choices=Territory.State.choices)
    starts_on = models.DateField("à partir du")
    decided_by = models.TextField("décidé par")
    decided_at = models.DateTimeField("décidé le")

    class Meta:
        verbose_name = "état daté"
        verbose_name_plural = "états datés"
        constraints = (
            models.UniqueConstraint(fields=["territory", "starts_on"], name="territory_one_state_a_day"),
            models.CheckConstraint(
                name="territory_state_is_known", condition=Q(state__in=["planned", "open", "suspended"])
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_state_display()} à partir du {self.starts_on:%d/%m/%Y}"


class Filiere(models.Model):
    """A filière complémentaire of a territory (decree of 14/06/2024; platform.md §4): somebody else than a general
    practitioner who can see, or advise, the patient.

    In force over [`starts_on`, `ends_on`). `hours` are weekly bands (`sas.directory.weekly_hours`), in the territory's
    time. A change ends the row and starts another: what was offered on a past day stays readable.
    """

    class Nature(models.TextChoices):
        """What the filière does."""

        EFFECTION = "effection", "effection (reçoit ou se déplace)"
        REGULATION = "regulation", "régulation (conseille ou oriente)"
        BOTH = "both", "effection et régulation"

    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="filieres")
    name = models.TextField("nom")
    nature = models.TextField("nature", choices=Nature.choices)
    professions = ArrayField(
        models.TextField(), verbose_name="professions et spécialités", db_default=[], default=list, blank=True
    )
    structures = models.TextField("structures ou population", blank=True, db_default="", default="")
    hours = models.JSONField("horaires", default=list, blank=True)
    phone = models.TextField("téléphone", blank=True, db_default="", default="")
    instruction = models.TextField("consigne", blank=True, db_default="", default="")
    starts_on = models.DateField("à partir du")
    ends_on = models.DateField("jusqu’au (exclu)", null=True, blank=True)
    version = models.PositiveIntegerField(db_default=1, default=1)

    class Meta:
        verbose_name = "filière"
        constraints = (
            models.CheckConstraint(name="filiere_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="filiere_nature_is_known", condition=Q(nature__in=["effection", "regulation", "both"])
            ),
            models.CheckConstraint(
                name="filiere_lasts", condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on"))
            ),
            models.CheckConstraint(
                name="filiere_instruction_is_short",
                condition=LessThanOrEqual(Length("instruction"), LONGEST_INSTRUCTION),
                violation_error_message="1 000 caractères au plus.",
            ),
        )
        indexes = (models.Index(fields=["territory", "starts_on"], name="filiere_of_territory"),)

    def __str__(self) -> str:
        return self.name
