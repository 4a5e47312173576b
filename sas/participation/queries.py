"""Reads on participation."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from sas.participation.models import Participation


def ways_of(practitioner_ids: Iterable[int], on: date) -> dict[int, str]:
    """Practitioner pk → `individual`, `cpts`, `msp`, `sos` or `cds` on that day; who does not take part is absent."""
    covering = Q(started_on__lte=on) & (Q(ended_on__isnull=True) | Q(ended_on__gt=on))
    periods = Participation.objects.filter(covering, practitioner_id__in=list(practitioner_ids))
    return dict(periods.values_list("practitioner_id", "via"))
