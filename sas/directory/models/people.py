"""People and their places of practice, one per activity."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from sas.directory.fields import CubeField, unit_sphere
from sas.directory.models.places_in_words import ACTIVE, Precision, coordinates_are_degrees
from sas.directory.models.structures import Structure

PERSON_ID = r"^(8[0-9]{11}|0[0-9A-Z]{9})$"


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
        indexes = (
            GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="practitioner_name_trgm"),
            # While a name is typed: the prefix, in order (`names_search.py`).
            models.Index(OpClass("name_key", name="text_pattern_ops"), name="practitioner_name_prefix"),
            models.Index(
                Func(F("name_key"), Value(" "), Value(1), function="split_part", output_field=models.TextField()),
                name="practitioner_first_word",
            ),
        )

    def __str__(self) -> str:
        return " ".join(part for part in (self.civility, self.given_name, self.family_name) if part)


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
    # Opening hours that the effector typed: bands of `weekly_hours.to_json`; None is « unknown ».
    hours_override: Any = models.JSONField("horaires d’ouverture saisis", null=True, blank=True)
    overridden_by = models.TextField("corrigé par", null=True, blank=True)
    overridden_at = models.DateTimeField("corrigé à", null=True, blank=True)
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
            models.CheckConstraint(
                name="location_override_says_who_and_when",
                condition=Q(overridden_by__isnull=True, overridden_at__isnull=True)
                & Q(phone_override__isnull=True, information_override__isnull=True, hours_override__isnull=True)
                | Q(overridden_by__isnull=False, overridden_at__isnull=False),
                violation_error_message="Une correction dit qui et quand.",
            ),
            *coordinates_are_degrees("location"),
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
            # The random order of a department hashes everyone in it: from the index alone, without touching the table.
            models.Index(
                fields=["specialty", "department", "participates"],
                include=["id", "practitioner"],
                name="location_by_department",
                condition=ACTIVE,
            ),
            models.Index(fields=["national_id"], name="location_by_national_id"),
        )

    def __str__(self) -> str:
        return f"{self.name or self.line}, {self.postal_code} {self.city}"
