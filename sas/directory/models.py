"""Who practises where: columns, invariants, indexes.

Nothing here but the shape of the data. Reads are in `queries.py` (raw SQL on the hot path), writes in `services.py`,
`importing.py` and `structures.py`. Communes are not a table: the gazetteer holds them in memory.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from sas.directory.fields import CubeField, unit_sphere

ACTIVE = Q(ended_on__isnull=True)
"""A place still in the extraction. Ended places stay for history, outside every search index."""

PERSON_ID = r"^(8[0-9]{11}|0[0-9A-Z]{9})$"
STRUCTURE_ID = r"^(1[0-9][0-9AB][0-9]{7}|3[0-9]{14}|4[0-9]{14}|0[0-9A-Z]{9,19})$"


def _coordinates(prefix: str) -> list[models.CheckConstraint]:
    """Latitude and longitude are degrees; one never goes without the other."""
    return [
        models.CheckConstraint(
            name=f"{prefix}_latitude_in_degrees",
            condition=Q(latitude__range=(-90, 90)),
            violation_error_message="Latitude hors de −90…90.",
        ),
        models.CheckConstraint(
            name=f"{prefix}_longitude_in_degrees",
            condition=Q(longitude__range=(-180, 180)),
            violation_error_message="Longitude hors de −180…180.",
        ),
        models.CheckConstraint(
            name=f"{prefix}_both_coordinates_or_none",
            condition=Q(latitude__isnull=True, longitude__isnull=True)
            | Q(latitude__isnull=False, longitude__isnull=False),
            violation_error_message="Latitude et longitude vont ensemble.",
        ),
    ]


class Precision(models.TextChoices):
    """How a position was found: shown to the regulator, and what a better source may replace."""

    SOURCE = "source", "donnée par la source"
    ADDRESS = "address", "adresse"
    COMMUNE = "commune", "centre de la commune"


class Practitioner(models.Model):
    """A person known by a national id. Stays when every place is gone: accounts and history refer to it."""

    national_id = models.TextField("identifiant national", unique=True)
    family_name = models.TextField("nom")
    given_name = models.TextField("prénom", db_default="")
    civility = models.TextField("civilité", db_default="")
    profession = models.TextField("profession (TRE_G15)")
    name_key = models.TextField("nom sans accents", db_default="")
    updated_on = models.DateField("mis à jour le")

    class Meta:
        verbose_name = "professionnel"
        constraints = (
            models.CheckConstraint(
                name="practitioner_national_id_is_prefixed",
                condition=Q(national_id__regex=PERSON_ID),
                violation_error_message="L’identifiant est 8 + RPPS ou 0 + ADELI.",
            ),
            models.CheckConstraint(name="practitioner_has_a_name", condition=~Q(family_name="")),
            models.CheckConstraint(name="practitioner_has_a_profession", condition=~Q(profession="")),
        )
        indexes = (GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="practitioner_name_trgm"),)

    def __str__(self) -> str:
        return " ".join(part for part in (self.civility, self.given_name, self.family_name) if part)


class Structure(models.Model):
    """An organisation or establishment: CPTS, MSP, CDS, SOS Médecins association or one of its fixed places…"""

    class Kind(models.TextChoices):
        """Kinds that `import_structures` reads, then what FINESS will bring."""

        CPTS = "cpts", "CPTS"
        MSP = "msp", "Maison de santé pluriprofessionnelle"
        CDS = "cds", "Centre de santé"
        SOS = "sos", "Association SOS Médecins"
        SOS_PLACE = "sos_place", "Lieu fixe SOS Médecins"
        ESTABLISHMENT = "establishment", "Établissement"
        OTHER = "other", "Autre structure"

    national_id = models.TextField("identifiant national", unique=True)
    kind = models.TextField("nature", choices=Kind.choices)
    name = models.TextField("nom")
    name_key = models.TextField("nom sans accents", db_default="")
    parent = models.ForeignKey(
        "self", verbose_name="association", null=True, blank=True, on_delete=models.PROTECT, related_name="places"
    )
    line = models.TextField("adresse", db_default="", blank=True)
    postal_code = models.TextField("code postal", db_default="", blank=True)
    city = models.TextField("commune", db_default="", blank=True)
    insee = models.TextField("code commune", db_default="", blank=True)
    department = models.TextField("département", db_default="", blank=True)
    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    position = models.GeneratedField(
        expression=unit_sphere("latitude", "longitude"), output_field=CubeField(null=True), db_persist=True
    )
    precision = models.TextField("précision", choices=Precision.choices, null=True, blank=True)
    timezone = models.TextField("fuseau horaire", db_default="Europe/Paris")
    phone = models.TextField("téléphone", db_default="", blank=True)
    regulation_phone = models.TextField("téléphone réservé à la régulation", db_default="", blank=True)
    regulation_hours = models.TextField("horaires du téléphone de régulation", db_default="", blank=True)
    zone = ArrayField(models.TextField(), verbose_name="communes de la zone", db_default=[], blank=True)
    phone_override = models.TextField("téléphone corrigé", null=True, blank=True)
    information_override = models.TextField("information complémentaire", null=True, blank=True)
    source = models.TextField("source", db_default="fichier")
    participates = models.BooleanField("participe au SAS", db_default=False)
    ended_on = models.DateField("absent de la source depuis", null=True, blank=True)
    updated_on = models.DateField("mis à jour le")

    class Meta:
        verbose_name = "structure"
        constraints = (
            models.CheckConstraint(
                name="structure_national_id_is_prefixed",
                condition=Q(national_id__regex=STRUCTURE_ID),
                violation_error_message="L’identifiant est 1 + FINESS, 3 + SIRET ou 4 + RPPS-rang.",
            ),
            models.CheckConstraint(name="structure_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="structure_only_an_sos_place_has_a_parent", condition=Q(parent__isnull=True) | Q(kind="sos_place")
            ),
            models.CheckConstraint(
                name="structure_position_has_a_precision",
                condition=Q(latitude__isnull=True, precision__isnull=True)
                | Q(latitude__isnull=False, precision__isnull=False),
            ),
            models.CheckConstraint(name="structure_has_a_timezone", condition=~Q(timezone="")),
            *_coordinates("structure"),
        )
        indexes = (
            GistIndex(fields=["kind", "position"], name="structure_nearest", condition=ACTIVE),
            GinIndex(fields=["zone"], name="structure_zone", condition=ACTIVE),
            GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="structure_name_trgm"),
        )

    def __str__(self) -> str:
        return self.name


class PracticeLocation(models.Model):
    """One activity: a person, at a place, in one search discipline.

    National id and names repeat the practitioner's: the hot query reads one table, without 200 look-ups for 200
    neighbours. The import writes both in the same transaction.
    """

    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="locations")
    structure = models.ForeignKey(
        Structure, null=True, blank=True, on_delete=models.SET_NULL, related_name="locations", verbose_name="structure"
    )
    place_key = models.TextField("clé du lieu")
    specialty = models.TextField("discipline")
    savoir_faire = models.TextField("savoir-faire (TRE_R38)", db_default="", blank=True)
    profession = models.TextField("profession (TRE_G15)")
    mode = models.TextField("mode d’exercice", db_default="", blank=True)
    national_id = models.TextField("identifiant national")
    family_name = models.TextField("nom")
    given_name = models.TextField("prénom", db_default="")
    civility = models.TextField("civilité", db_default="")
    structure_national_id = models.TextField("identifiant du site", db_default="", blank=True)
    name = models.TextField("raison sociale", db_default="", blank=True)
    line = models.TextField("adresse", db_default="", blank=True)
    postal_code = models.TextField("code postal", db_default="", blank=True)
    city = models.TextField("commune", db_default="", blank=True)
    insee = models.TextField("code commune")
    department = models.TextField("département")
    latitude = models.FloatField("latitude")
    longitude = models.FloatField("longitude")
    position = models.GeneratedField(
        expression=unit_sphere("latitude", "longitude"), output_field=CubeField(), db_persist=True
    )
    precision = models.TextField("précision", choices=Precision.choices)
    timezone = models.TextField("fuseau horaire")
    phone = models.TextField("téléphone", db_default="", blank=True)
    convention = models.TextField("secteur conventionnel", null=True, blank=True)
    phone_override = models.TextField("téléphone pour les régulateurs", null=True, blank=True)
    information_override = models.TextField("information complémentaire", null=True, blank=True)
    source = models.TextField("source", db_default="annuaire")
    participates = models.BooleanField("participe au SAS", db_default=False)
    ended_on = models.DateField("absent de la source depuis", null=True, blank=True)
    updated_on = models.DateField("mis à jour le")

    class Meta:
        verbose_name = "lieu d’exercice"
        verbose_name_plural = "lieux d’exercice"
        constraints = (
            models.UniqueConstraint(
                fields=["practitioner", "place_key", "specialty"], name="location_once_per_person_place_and_specialty"
            ),
            models.CheckConstraint(name="location_has_a_place_key", condition=~Q(place_key="")),
            models.CheckConstraint(name="location_has_a_specialty", condition=~Q(specialty="")),
            models.CheckConstraint(name="location_has_a_department", condition=~Q(department="")),
            models.CheckConstraint(name="location_has_a_commune", condition=~Q(insee="")),
            models.CheckConstraint(name="location_has_a_timezone", condition=~Q(timezone="")),
            models.CheckConstraint(
                name="location_information_is_short",
                condition=LessThanOrEqual(Length("information_override"), 1000),
                violation_error_message="1 000 caractères au plus.",
            ),
            *_coordinates("location"),
        )
        indexes = (
            # Participants come first in every answer: each half has its own index, so that neither reads the other.
            GistIndex(
                fields=["specialty", "position"],
                name="location_nearest_participants",
                condition=ACTIVE & Q(participates=True),
            ),
            GistIndex(
                fields=["specialty", "position"],
                name="location_nearest_others",
                condition=ACTIVE & Q(participates=False),
            ),
            models.Index(F("specialty"), F("department"), name="location_by_department", condition=ACTIVE),
            models.Index(fields=["national_id"], name="location_by_national_id"),
        )

    def __str__(self) -> str:
        return f"{self.name or self.line}, {self.postal_code} {self.city}"


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


class ImportRun(models.Model):
    """One import that was asked to write: who, which files, what came of it."""

    class State(models.TextChoices):
        """`interrupted`: the process died; its transaction was rolled back, nothing of it is in the tables."""

        RUNNING = "running", "en cours"
        APPLIED = "applied", "appliqué"
        REFUSED = "refused", "refusé"
        FAILED = "failed", "en échec"
        INTERRUPTED = "interrupted", "interrompu"

    kind = models.TextField("import")
    by = models.TextField("par")
    started_at = models.DateTimeField("commencé à")
    finished_at = models.DateTimeField("terminé à", null=True)
    state = models.TextField("état", choices=State.choices, db_default="running")
    files = models.JSONField("fichiers (nom, taille, sha256)", default=list)
    counts: Any = models.JSONField("comptes", default=dict)

    class Meta:
        verbose_name = "import"
        constraints = (
            models.CheckConstraint(
                name="importrun_finished_unless_running",
                condition=Q(state="running", finished_at__isnull=True)
                | (~Q(state="running") & Q(finished_at__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d %H:%M} ({self.state})"
