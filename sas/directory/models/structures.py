"""Organisations and establishments, with the zones they answer for."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.db.models import Case, F, Q, When

from sas.directory.fields import CubeField, unit_sphere
from sas.directory.models.places_in_words import ACTIVE, Precision, coordinates_are_degrees

STRUCTURE_ID = r"^(1[0-9][0-9AB][0-9]{7}|3[0-9]{14}|4[0-9]{14}|0[0-9A-Z]{9,19})$"


class Structure(models.Model):
    """An organisation or establishment: CPTS, MSP, CDS, SOS Médecins association or one of its fixed places…

    `activity` is what an establishment is searched by (`data/structure_kinds.csv`: pharmacy, laboratory…); `sought` is
    that, or else the kind: what every search compares. `sources` says where each field comes from and since when:
    `{"phone": {"source": "finess", "on": "2026-11-22"}}`. What people typed (`*_override`) survives every import.
    """

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
    category = models.TextField("catégorie (code FINESS)", db_default="", blank=True)
    category_label = models.TextField("catégorie", db_default="", blank=True)
    activity = models.TextField("activité", db_default="", blank=True)
    services = ArrayField(models.TextField(), verbose_name="services", db_default=[], blank=True)
    sought = models.GeneratedField(
        expression=Case(When(activity="", then=F("kind")), default=F("activity")),
        output_field=models.TextField(),
        db_persist=True,
    )
    siret = models.TextField("SIRET", db_default="", blank=True)
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
        # cube() refuses an array of NULLs, and is computed before the constraints are checked.
        expression=Case(
            When(latitude__isnull=False, longitude__isnull=False, then=unit_sphere("latitude", "longitude"))
        ),
        output_field=CubeField(null=True),
        db_persist=True,
    )
    precision = models.TextField("précision", choices=Precision.choices, null=True, blank=True)
    timezone = models.TextField("fuseau horaire", db_default="Europe/Paris")
    phone = models.TextField("téléphone", db_default="", blank=True)
    regulation_phone = models.TextField("téléphone réservé à la régulation", db_default="", blank=True)
    regulation_hours = models.TextField("horaires du téléphone de régulation", db_default="", blank=True)
    snp_phone = models.TextField("téléphone de l’unité SNP", db_default="", blank=True)
    snp_hours = models.TextField("horaires de l’unité SNP", db_default="", blank=True)
    # Bands of `weekly_hours.to_json`; None is « unknown », which a card does not show.
    opening_hours: Any = models.JSONField("horaires d’ouverture", null=True, blank=True)
    zone = ArrayField(models.TextField(), verbose_name="communes de la zone", db_default=[], blank=True)
    phone_override = models.TextField("téléphone corrigé", null=True, blank=True)
    information_override = models.TextField("information complémentaire", null=True, blank=True)
    hours_override: Any = models.JSONField("horaires d’ouverture saisis", null=True, blank=True)
    source = models.TextField("source", db_default="fichier")
    sources: Any = models.JSONField("provenance de chaque champ", default=dict, db_default={}, blank=True)
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
            *coordinates_are_degrees("structure"),
        )
        indexes = (
            GistIndex(fields=["sought", "position"], name="structure_sought_nearest", condition=ACTIVE),
            models.Index(fields=["sought", "department"], include=["id"], name="structure_by_dept", condition=ACTIVE),
            models.Index(fields=["siret"], name="structure_by_siret", condition=~Q(siret="")),
            GinIndex(fields=["zone"], name="structure_zone", condition=ACTIVE),
            GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="structure_name_trgm"),
            models.Index(OpClass("name_key", name="text_pattern_ops"), name="structure_name_prefix"),
        )

    def __str__(self) -> str:
        return self.name
