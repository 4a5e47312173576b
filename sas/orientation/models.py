"""Where a patient was sent: by whom, how, to whom, where and when, and what became of it. Nothing about the patient.

Columns and invariants only: `rules.py` says what may follow what, `services.py` writes.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from sas.accounts.models import User
from sas.agenda.models import MODALITIES, Use
from sas.aggregator.models import Editor
from sas.directory.models import Practitioner, Structure, Territory

LONGEST_IDENTIFIER = 255


class Orientation(models.Model):
    """One patient sent to one professional or structure (platform.md §7).

    `uuid` names it outside (pages, LRM: `appointmentId`). `key` is drawn by the page that asks for it: the same request
    twice makes one orientation. `regulator` is empty when an editor told of a booking by somebody unknown: then
    `operator_system` and `operator_value` are what it said. `territory` is the SAS for which the regulator acted,
    `lrm_origin` the software that called them, if one did.

    `practitioner` with `place_key`, or `structure`, or both (a structure names its doctor later). Names, address, phone
    and `timezone` are as they were that day. `editor` and `slot_id` for a slot of an editor; `use` for one of the SAS
    agenda, whose place it occupies while it is not cancelled. `outside_search`: told by the editor, from no search of
    ours. `showed_slot`: whether the doctor still showed a slot in the window when solicited « en sus » (indicator 9
    counts those who did not); unknown is neither. `expected_at`: until then, an editor's message may still come;
    later, a pending one is « à confirmer ». `reported_at`: since when the LRM knows of it.
    """

    class Path(models.TextChoices):
        """How it came about."""

        EDITOR = "editor", "créneau d’éditeur"
        AGENDA = "agenda", "créneau de l’agenda SAS"
        OVERBOOKING = "overbooking", "en sus"
        LOCAL_TOOL = "local_tool", "outil local"
        ADVICE = "advice", "conseil d’établissement"

    class Category(models.TextChoices):
        """`orientationCategory` of the wire (interop.md §2.11, §4.4)."""

        PS = "PS", "professionnel"
        CPTS = "CPTS", "CPTS"
        MSP = "MSP", "maison de santé"
        CDS = "CDS", "centre de santé"
        SOS = "SOS", "SOS Médecins"
        PDM = "PDM", "outil local"

    class State(models.TextChoices):
        """`status` of the wire (interop.md §3.2)."""

        PENDING = "pending", "en attente"
        BOOKED = "booked", "confirmée"
        FULFILLED = "fulfilled", "honorée"
        NOSHOW = "noshow", "non honorée"
        CANCELLED = "cancelled", "annulée"

    uuid = models.UUIDField("identifiant", default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField("clé de la demande", null=True, blank=True)
    regulator = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="orientations", verbose_name="régulateur"
    )
    operator_system = models.TextField("système de l’opérateur", blank=True, db_default="", default="")
    operator_value = models.TextField("opérateur selon l’éditeur", blank=True, db_default="", default="")
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="orientations"
    )
    lrm_origin = models.TextField("logiciel appelant", blank=True, db_default="", default="")
    path = models.TextField("voie", choices=Path.choices)
    category = models.TextField("catégorie", choices=Category.choices, blank=True, db_default="", default="")
    state = models.TextField("état", choices=State.choices)
    reason = models.TextField("motif", blank=True, db_default="", default="")
    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="orientations"
    )
    place_key = models.TextField("clé du lieu", blank=True, db_default="", default="")
    structure = models.ForeignKey(
        Structure, null=True, blank=True, on_delete=models.PROTECT, related_name="orientations"
    )
    practitioner_name = models.TextField("professionnel", blank=True, db_default="", default="")
    structure_name = models.TextField("structure", blank=True, db_default="", default="")
    address = models.TextField("adresse", blank=True, db_default="", default="")
    phone = models.TextField("téléphone", blank=True, db_default="", default="")
    specialty = models.TextField("discipline", blank=True, db_default="", default="")
    timezone = models.TextField("fuseau horaire du lieu", db_default="Europe/Paris", default="Europe/Paris")
    starts_at = models.DateTimeField("début", null=True, blank=True)
    ends_at = models.DateTimeField("fin", null=True, blank=True)
    modality = models.TextField("modalité", blank=True, db_default="", default="")
    editor = models.ForeignKey(Editor, null=True, blank=True, on_delete=models.PROTECT, related_name="orientations")
    slot_id = models.TextField("créneau", blank=True, db_default="", default="")
    use = models.ForeignKey(Use, null=True, blank=True, on_delete=models.PROTECT, related_name="orientations")
    outside_search = models.BooleanField("prise hors recherche", default=False, db_default=False)
    showed_slot = models.BooleanField("montrait encore un créneau", null=True, blank=True)
    created_by = models.TextField("faite par")
    created_at = models.DateTimeField("faite le")
    state_since = models.DateTimeField("dans cet état depuis")
    expected_at = models.DateTimeField("message de l’éditeur attendu jusqu’à", null=True, blank=True)
    reported_at = models.DateTimeField("dite au LRM depuis", null=True, blank=True)
    version = models.PositiveIntegerField(db_default=1, default=1)

    class Meta:
        verbose_name = "orientation"
        constraints = (
            models.UniqueConstraint(fields=["regulator", "key"], name="orientation_once_per_request"),
            models.CheckConstraint(
                name="orientation_path_is_known",
                condition=Q(path__in=["editor", "agenda", "overbooking", "local_tool", "advice"]),
            ),
            models.CheckConstraint(
                name="orientation_state_is_known",
                condition=Q(state__in=["pending", "booked", "fulfilled", "noshow", "cancelled"]),
            ),
            models.CheckConstraint(
                name="orientation_has_a_category_unless_advice",
                condition=Q(path="advice", category="")
                | ~Q(path="advice") & Q(category__in=["PS", "CPTS", "MSP", "CDS", "SOS", "PDM"]),
            ),
            models.CheckConstraint(
                name="orientation_has_a_time_unless_advice", condition=Q(path="advice") | Q(starts_at__isnull=False)
            ),
            models.CheckConstraint(
                name="orientation_ends_after_it_starts",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                violation_error_message="La fin vient après le début.",
            ),
            models.CheckConstraint(name="orientation_modality_is_known", condition=Q(modality__in=["", *MODALITIES])),
            models.CheckConstraint(
                name="orientation_of_the_agenda_occupies_a_place",
                condition=~Q(path="agenda") | Q(use__isnull=False),
            ),
            models.CheckConstraint(
                name="orientation_of_an_editor_names_it", condition=~Q(path="editor") | Q(editor__isnull=False)
            ),
            models.CheckConstraint(
                name="orientation_says_who_decided",
                condition=Q(regulator__isnull=False) | ~Q(operator_value="") | Q(outside_search=True),
            ),
        )
        indexes = (
            models.Index(fields=["regulator", "-created_at"], name="orientation_of_a_regulator"),
            models.Index(fields=["territory", "-created_at"], name="orientation_of_a_territory"),
            models.Index(fields=["practitioner", "-starts_at"], name="orientation_of_a_doctor"),
            models.Index(
                fields=["structure", "-starts_at"],
                condition=Q(structure__isnull=False),
                name="orientation_of_a_structure",
            ),
            models.Index(fields=["use"], condition=Q(use__isnull=False), name="orientation_of_a_use"),
            # What an editor's message may complete.
            models.Index(
                fields=["editor", "practitioner", "starts_at"],
                condition=Q(state="pending", path="editor"),
                name="orientation_pending_at_editor",
            ),
        )

    def __str__(self) -> str:
        return f"orientation {self.uuid} ({self.get_state_display()})"


class OrientationEvent(models.Model):
    """What happened to an orientation, in order: never changed, never deleted (a trigger says so).

    `act` names it (`rules.py`); `before` and `after` are states; `detail` what else changed, by column.
    """

    orientation = models.ForeignKey(Orientation, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField("le")
    by = models.TextField("par")
    act = models.TextField("acte")
    before = models.TextField("état avant", blank=True, db_default="", default="")
    after = models.TextField("état après", blank=True, db_default="", default="")
    reason = models.TextField("motif", blank=True, db_default="", default="")
    detail = models.JSONField("détail", default=dict, blank=True)

    class Meta:
        verbose_name = "événement d’une orientation"
        verbose_name_plural = "événements d’orientations"
        indexes = (models.Index(fields=["orientation", "id"], name="event_of_an_orientation"),)

    def __str__(self) -> str:
        return f"{self.act} {self.before} → {self.after}"


class EditorAppointment(models.Model):
    """An Appointment resource as its editor sent it last (INT_R03, interop.md §1.5). `id` is ours, in `Location`.

    `(editor, system, value)` is its identifier, the key of updates. `body` is the resource as we give it back, `digest`
    the SHA-256 of what was received (a retry is the same digest), `first_digest` that of what made it (a POST that
    comes again after a PUT), `version` grows with every accepted change (ETag).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    editor = models.ForeignKey(Editor, on_delete=models.PROTECT, related_name="appointments")
    system = models.TextField("système")
    value = models.TextField("identifiant chez l’éditeur")
    orientation = models.ForeignKey(Orientation, on_delete=models.PROTECT, related_name="appointments")
    body = models.JSONField("ressource")
    digest = models.TextField("empreinte")
    first_digest = models.TextField("empreinte de la création", blank=True, db_default="", default="")
    version = models.PositiveIntegerField(db_default=1, default=1)
    received_at = models.DateTimeField("reçue le")
    updated_at = models.DateTimeField("mise à jour le")

    class Meta:
        verbose_name = "rendez-vous d’éditeur"
        verbose_name_plural = "rendez-vous d’éditeurs"
        constraints = (
            models.UniqueConstraint(fields=["editor", "system", "value"], name="appointment_once_per_identifier"),
            models.UniqueConstraint(fields=["orientation"], name="appointment_one_per_orientation"),
            models.CheckConstraint(name="appointment_has_an_identifier", condition=~Q(system="") & ~Q(value="")),
        )
        indexes = (models.Index(fields=["editor", "value"], name="appointment_by_value"),)

    def __str__(self) -> str:
        return f"{self.system}|{self.value} v{self.version}"
