"""Booking editors and who uses which. Columns and invariants only: writes go through services.py."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sas.aggregator.engine.editors import LONGEST_TIMEOUT

PERSON_ID = r"^(8[0-9]{11}|0[0-9A-Z]{9})$"
"""`8` + RPPS or `0` + ADELI (interop.md §3.1)."""

SIRET_ID = r"^3[0-9]{14}$"
"""An SOS Médecins place is known to editors by its SIRET (interop.md §1.3)."""

MOST_CONCURRENT_CALLS = 64


class Editor(models.Model):
    """A booking software that answers INT_R01 at `base_url`. `key` names it everywhere, and never changes.

    `stage` is where the editor stands since `stage_since` (platform.md §7): only `Stage.SLOTS` and `Stage.BOOKING`
    are asked by searches. Only the SHA-256 of its API token is kept.
    """

    class Flow(models.TextChoices):
        """Which slots it gives: practitioners (INT_R01), CPTS members, SOS Médecins places."""

        PS = "ps", "professionnels"
        CPTS = "cpts", "CPTS"
        SOS = "sos", "SOS Médecins"

    class Stage(models.TextChoices):
        """From the first contact to bookings from end to end."""

        PLANNED = "planned", "envisagé"
        AGREED = "agreed", "convention signée"
        TESTING = "testing", "en test"
        SLOTS = "slots", "créneaux seulement"
        BOOKING = "booking", "réservation de bout en bout"

    ASKABLE: ClassVar = (Stage.SLOTS, Stage.BOOKING)
    """An editor in test is not asked: a regulator must never send a patient to a test agenda."""

    key = models.SlugField("clé", max_length=60, unique=True)
    name = models.TextField("nom", unique=True)
    base_url = models.TextField("adresse FHIR")
    flows = ArrayField(models.TextField(choices=Flow.choices), verbose_name="flux")
    client_dn = models.TextField("nom distinctif du certificat client", blank=True, db_default="")
    system = models.TextField("système de ses identifiants", blank=True, db_default="")
    timeout = models.FloatField("délai maximal (s)", db_default=LONGEST_TIMEOUT)
    max_concurrency = models.PositiveSmallIntegerField("appels simultanés au plus", db_default=8)
    stage = models.TextField("étape", choices=Stage.choices)
    stage_since = models.DateField("à cette étape depuis")
    token_sha256 = models.CharField("empreinte du jeton", max_length=64, unique=True)
    is_active = models.BooleanField("actif", db_default=True)
    created_at = models.DateTimeField("créé le")

    class Meta:
        verbose_name = "éditeur"
        constraints = (
            models.CheckConstraint(name="editor_has_a_key", condition=~Q(key="")),
            models.CheckConstraint(name="editor_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="editor_address_is_http", condition=Q(base_url__regex=r"^https?://[^/\s]")),
            models.CheckConstraint(
                name="editor_flows_are_known",
                condition=Q(flows__contained_by=["cpts", "ps", "sos"]) & ~Q(flows=[]),
                violation_error_message="Au moins un flux parmi ps, cpts, sos.",
            ),
            models.CheckConstraint(
                name="editor_timeout_within_the_guide",
                condition=Q(timeout__gt=0) & Q(timeout__lte=LONGEST_TIMEOUT),
                violation_error_message="Un délai de plus de 0 s et de 7 s au plus.",
            ),
            models.CheckConstraint(
                name="editor_concurrency_is_bounded",
                condition=Q(max_concurrency__range=(1, MOST_CONCURRENT_CALLS)),
            ),
            models.CheckConstraint(
                name="editor_stage_is_known",
                condition=Q(stage__in=["planned", "agreed", "testing", "slots", "booking"]),
            ),
        )

    def __str__(self) -> str:
        return self.name


class EditorLink(models.Model):
    """This professional (or SOS place) uses that editor, as far as `source` knows. Not a foreign key to the directory:
    an editor may announce people before the directory's next import does."""

    class Source(models.TextChoices):
        """How the link was learnt (platform.md §6)."""

        DECLARED = "declared", "déclaré par l’effecteur"
        SEEN = "seen", "vu dans une réponse"
        SWEEP = "sweep", "balayage de nuit"
        COMMAND = "command", "commande"

    editor = models.ForeignKey(Editor, on_delete=models.PROTECT, related_name="links", db_index=False)
    national_id = models.TextField("identifiant national préfixé")
    source = models.TextField("source", choices=Source.choices)
    created_at = models.DateTimeField("créé le")

    class Meta:
        verbose_name = "lien vers un éditeur"
        verbose_name_plural = "liens vers les éditeurs"
        constraints = (
            models.UniqueConstraint(fields=["editor", "national_id"], name="link_once_per_editor_and_person"),
            models.CheckConstraint(
                name="link_national_id_is_prefixed",
                condition=Q(national_id__regex=PERSON_ID) | Q(national_id__regex=SIRET_ID),
                violation_error_message="L’identifiant est 8 + RPPS, 0 + ADELI ou 3 + SIRET.",
            ),
            models.CheckConstraint(
                name="link_source_is_known", condition=Q(source__in=["declared", "seen", "sweep", "command"])
            ),
        )
        indexes = (models.Index(fields=["national_id"], name="link_by_national_id"),)

    def __str__(self) -> str:
        return f"{self.national_id} → {self.editor_id}"
