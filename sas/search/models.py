"""Who saw whose slots, as counts: « qui a vu mes créneaux » (platform.md §10). Never a person's name, never a place.

A search leaves one row, without looking at what is there; a job adds the rows up, and they are gone.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sas.directory.models import Practitioner


class Showing(models.Model):
    """One search showed slots of these people, a moment ago. Appended only; lives until the next roll-up.

    `territory_code`: the SAS of whoever searched, several joined by a space, empty for none; `role`: a role's name, or
    `application` for a machine client.
    """

    at = models.DateTimeField("à")
    territory_code = models.TextField("territoire", blank=True)
    role = models.TextField("rôle")
    practitioner_ids = ArrayField(models.BigIntegerField(), verbose_name="professionnels vus")

    class Meta:
        verbose_name = "affichage"
        constraints = (models.CheckConstraint(name="showing_shows_somebody", condition=Q(practitioner_ids__len__gt=0)),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.role}"


class ShownCount(models.Model):
    """How many searches of that SAS and role showed slots of that person on that day, by the clock of their place."""

    day = models.DateField("jour")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="shown_counts")
    territory_code = models.TextField("territoire", blank=True)
    role = models.TextField("rôle")
    searches = models.PositiveIntegerField("recherches")

    class Meta:
        verbose_name = "compteur d’affichages"
        verbose_name_plural = "compteurs d’affichages"
        constraints = (
            models.UniqueConstraint(
                fields=["practitioner", "day", "territory_code", "role"], name="shown_count_once_a_day"
            ),
            models.CheckConstraint(name="shown_count_counts_something", condition=Q(searches__gt=0)),
        )
        indexes = (models.Index(fields=["day"], name="shown_count_by_day"),)

    def __str__(self) -> str:
        return f"{self.practitioner_id} {self.day}: {self.searches}"
