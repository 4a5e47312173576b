"""« Contacté le »: what a referent notes of a doctor to mobilise (platform.md §1, S2)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from sas.directory.models import Practitioner, Territory

LONGEST_NOTE = 300


class Outreach(models.Model):
    """One contact, of one territory. A mistake is withdrawn, never rewritten."""

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="outreaches")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="outreaches")
    contacted_on = models.DateField("contacté le")
    note = models.TextField("suite donnée", blank=True, db_default="", default="")
    noted_by = models.TextField("noté par")
    noted_at = models.DateTimeField("noté le")
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "prise de contact"
        verbose_name_plural = "prises de contact"
        constraints = (
            models.CheckConstraint(
                name="outreach_note_is_short",
                condition=LessThanOrEqual(Length("note"), LONGEST_NOTE),
                violation_error_message="300 caractères au plus.",
            ),
            models.CheckConstraint(name="outreach_says_who_noted_it", condition=~Q(noted_by="")),
        )
        indexes = (
            models.Index(
                fields=["territory", "practitioner", "contacted_on"],
                condition=Q(withdrawn_at__isnull=True),
                name="outreach_of_a_territory",
            ),
        )

    def __str__(self) -> str:
        return f"{self.practitioner_id} {self.contacted_on}"
