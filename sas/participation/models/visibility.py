"""What a person, a CDS or an SOS association lets regulators see of its slots: dated, with who and when."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from sas.directory.models import Practitioner, Structure
from sas.participation.models.ranges import moments, one_at_a_time


class Visibility(models.Model):
    """From `starts_at` (included) to `ends_at` (excluded; none: now). Nobody said anything: no row, everything shows.

    `opted_out`: « Je refuse d’afficher mes créneaux grand public et/ou professionnels »: nothing of editors' slots is
    asked or shown. `limits`: partial sharing of editors' slots (shape: `sas.participation.sharing.rules`); empty:
    everything. `uses_editors` and `declares_two_hours` are the two ways of being visible (platform.md §4); both are
    declarations on honour. It may concern somebody who does not take part.
    """

    practitioner = models.ForeignKey(
        Practitioner, null=True, blank=True, on_delete=models.PROTECT, related_name="visibilities"
    )
    structure = models.ForeignKey(
        Structure, null=True, blank=True, on_delete=models.PROTECT, related_name="visibilities"
    )
    uses_editors = models.BooleanField("utilise une solution interfacée", default=False, db_default=False)
    declares_two_hours = models.BooleanField("déclare deux heures par semaine", default=False, db_default=False)
    opted_out = models.BooleanField("refuse d’afficher ses créneaux éditeurs", default=False, db_default=False)
    limits: Any = models.JSONField("partage partiel", default=dict, db_default={}, blank=True)
    starts_at = models.DateTimeField("depuis")
    ends_at = models.DateTimeField("jusqu’à", null=True, blank=True)
    declared_by = models.TextField("déclaré par")

    class Meta:
        verbose_name = "visibilité"
        constraints = (
            one_at_a_time(
                "visibility_one_at_a_time_of_a_person", moments(), "practitioner", condition=Q(structure__isnull=True)
            ),
            one_at_a_time(
                "visibility_one_at_a_time_of_a_structure",
                moments(),
                "structure",
                condition=Q(practitioner__isnull=True),
            ),
            models.CheckConstraint(
                name="visibility_of_a_person_or_of_a_structure",
                condition=Q(practitioner__isnull=False, structure__isnull=True)
                | Q(practitioner__isnull=True, structure__isnull=False),
            ),
            models.CheckConstraint(
                name="visibility_ends_after_it_starts",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(name="visibility_says_who_declared_it", condition=~Q(declared_by="")),
        )
        indexes = (
            # The search reads the present of two hundred people at once, and nothing of their past.
            models.Index(
                fields=["practitioner"],
                include=["opted_out"],
                condition=Q(ends_at__isnull=True),
                name="visibility_now_of_a_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.practitioner_id or self.structure_id} {self.starts_at:%Y-%m-%d %H:%M}"


class HiddenSlot(models.Model):
    """One slot of an editor that its doctor keeps for themselves, by the name that search gives to slots.

    Purged once `starts_at` is past: it is of no use then, and consulting hours are not hoarded (platform.md §10).
    """

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="hidden_slots")
    slot_id = models.TextField("créneau")
    starts_at = models.DateTimeField("début")
    hidden_by = models.TextField("masqué par")
    hidden_at = models.DateTimeField("masqué le")

    class Meta:
        verbose_name = "créneau masqué"
        verbose_name_plural = "créneaux masqués"
        constraints = (
            models.UniqueConstraint(fields=["practitioner", "slot_id"], name="slot_hidden_once"),
            models.CheckConstraint(name="hidden_slot_has_a_name", condition=Q(slot_id__regex=r"^[0-9a-f-]{10,40}$")),
        )
        indexes = (models.Index(fields=["starts_at"], name="hidden_slot_by_start"),)

    def __str__(self) -> str:
        return self.slot_id
