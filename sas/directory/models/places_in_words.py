"""What a place says of itself in the database, shared by practices and structures: position, precision, activity."""

from django.db import models
from django.db.models import Q

ACTIVE = Q(ended_on__isnull=True)
"""A place still in the extraction. Ended places stay for history, outside every search index."""


def coordinates_are_degrees(prefix: str) -> list[models.CheckConstraint]:
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
