"""Reads on regulation software. One query each."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from sas.lrm.models import CallCount, Lrm


def lrm_of_origin(origin: str) -> Lrm | None:
    """The active software of that origin: strict equality, case included (hub-and-lrm.md part II)."""
    if not origin or "\0" in origin:  # an address may hold a NUL, a text of PostgreSQL may not
        return None
    return Lrm.objects.filter(origin=origin, is_active=True).select_related("territory").first()


def lrm_of_territory(territory_id: int | None) -> Lrm | None:
    """The active software that the Hub reaches there, the oldest when there are several."""
    known = Lrm.objects.filter(territory=territory_id, is_active=True).exclude(hub_client_id="")
    return known.order_by("pk").first() if territory_id else None


@dataclass(frozen=True, slots=True)
class Calls:
    """Contextual calls of one kind since a day (`sas.lrm.counting`). An empty `origin`: no registered software."""

    origin: str
    outcome: str
    address: str
    practitioner: str
    specialty: str
    calls: int


def calls_since(since: date) -> list[Calls]:
    """Contextual calls from that day on, by software and by what they sent, the most frequent first."""
    kinds = ("origin", "outcome", "address", "practitioner", "specialty")
    counted = CallCount.objects.filter(on__gte=since).values_list(*kinds).annotate(total=Sum("calls"))
    return [Calls(*row) for row in counted.order_by("-total", *kinds)]
