"""How far to search from a place: what its territory chose, else the reviewed data of its department.

Territories change a few times a year and searches are many: the few that chose something are kept in memory for a
minute, so that a search costs no query for it.
"""

import threading
import time
from typing import NamedTuple

from django.db.models import Q

from sas.directory.models import Coverage
from sas.directory.radius import Kind, Radius, radius_for

REFRESH_SECONDS = 60.0


class _Chosen(NamedTuple):
    default_km: float | None
    maximum_km: float | None


class _Memory:
    """By department or commune, what a territory chose; `read_at` is monotonic."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.read_at: float | None = None
        self.chosen: dict[str, _Chosen] = {}


_MEMORY = _Memory()


def radius_at(insee: str | None, department: str, kind: Kind) -> Radius:
    """Around a place of that commune; a department search covers its department, whatever a territory chose."""
    usual = radius_for(department, kind)
    if kind == "county":
        return usual
    chosen = _chosen()
    own = chosen.get(insee or "") or chosen.get(department)
    if own is None:
        return usual
    default = own.default_km or min(usual.default_km, own.maximum_km or usual.default_km)
    return Radius(default, max(default, own.maximum_km or usual.maximum_km), usual.step_factor)


def forget() -> None:
    """Read the territories again at the next search."""
    _MEMORY.read_at = None


def _chosen() -> dict[str, _Chosen]:
    with _MEMORY.lock:
        if _MEMORY.read_at is None or time.monotonic() - _MEMORY.read_at > REFRESH_SECONDS:
            some = Q(territory__default_radius_km__isnull=False) | Q(territory__maximum_radius_km__isnull=False)
            columns = ("area", "territory__default_radius_km", "territory__maximum_radius_km")
            rows = Coverage.objects.filter(some).values_list(*columns)
            _MEMORY.chosen = {area: _Chosen(default, maximum) for area, default, maximum in rows}
            _MEMORY.read_at = time.monotonic()
        return _MEMORY.chosen
