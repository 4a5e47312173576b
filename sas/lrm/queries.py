"""Reads on regulation software. One query each."""

from sas.lrm.models import Lrm


def lrm_of_origin(origin: str) -> Lrm | None:
    """The active software of that origin: strict equality, case included (hub-and-lrm.md part II)."""
    return Lrm.objects.filter(origin=origin, is_active=True).select_related("territory").first() if origin else None


def lrm_of_territory(territory_id: int | None) -> Lrm | None:
    """The active software that the Hub reaches there, the oldest when there are several."""
    known = Lrm.objects.filter(territory=territory_id, is_active=True).exclude(hub_client_id="")
    return known.order_by("pk").first() if territory_id else None
