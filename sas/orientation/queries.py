"""Reads on one orientation. Lists are read by the pages that show them, which say who may see which."""

from django.db.models import QuerySet

from sas.orientation.models import Orientation, OrientationEvent


def events_of(orientation: Orientation) -> QuerySet[OrientationEvent]:
    """What happened to it, the oldest first."""
    return OrientationEvent.objects.filter(orientation=orientation).order_by("pk")
