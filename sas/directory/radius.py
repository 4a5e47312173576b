"""How far to search, by department: reviewed data (`radius.csv`), never zero (spec/platform.md §3.6).

A territory may choose others for its communes (territory_radius.py); this is what holds where nobody did. Dense
departments start small, rural and overseas ones larger; widening multiplies by `step_factor`.
"""

import csv
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from sas.directory.gazetteer import gazetteer

DATA = Path(__file__).parent / "radius.csv"
Kind = Literal["address", "city", "county"]


class Radius(NamedTuple):
    """Kilometres. `default_km` > 0, `maximum_km` ≥ `default_km`, `step_factor` > 1."""

    default_km: float
    maximum_km: float
    step_factor: float

    def steps(self) -> tuple[float, ...]:
        """The circles to try one after the other, the default first and the maximum last."""
        found = [self.default_km]
        while found[-1] * self.step_factor < self.maximum_km:
            found.append(round(found[-1] * self.step_factor, 1))
        return (*found, self.maximum_km) if found[-1] < self.maximum_km else tuple(found)


class _Row(NamedTuple):
    address_km: float
    city_km: float
    maximum_km: float
    step_factor: float


#: For a department that appears after this data was written: the most common row.
_ELSEWHERE = _Row(10, 10, 60, 1.5)


def radius_for(department: str, kind: Kind) -> Radius:
    """Around an address, a city (Paris' circle covers Paris), or a whole department (its circle covers it)."""
    row = _rows().get(department, _ELSEWHERE)
    if kind == "county":
        found = gazetteer().department(department)
        covering = float(found.radius_km) if found else row.maximum_km
        return Radius(covering, max(covering, row.maximum_km), row.step_factor)
    default = row.city_km if kind == "city" else row.address_km
    return Radius(default, row.maximum_km, row.step_factor)


@cache
def _rows() -> dict[str, _Row]:
    with DATA.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: _Row(*(float(row[name]) for name in _Row._fields)) for row in csv.DictReader(lines)}
