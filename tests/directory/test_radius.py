"""How far to search, everywhere in France."""

from typing import get_args

import pytest

from sas.directory.gazetteer import gazetteer
from sas.directory.radius import DATA, Kind, radius_for

DEPARTMENTS = sorted(gazetteer().departments)


def test_every_department_has_a_reviewed_row() -> None:
    rows = [line.split(",")[0] for line in DATA.read_text(encoding="utf-8").splitlines()[1:]]
    assert sorted(rows) == DEPARTMENTS


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("department", [*DEPARTMENTS, "unknown"])
def test_no_radius_is_zero_and_widening_reaches_the_maximum(department: str, kind: Kind) -> None:
    radius = radius_for(department, kind)
    assert 0 < radius.default_km <= radius.maximum_km
    assert radius.step_factor > 1
    steps = radius.steps()
    assert steps[0] == radius.default_km
    assert steps[-1] == radius.maximum_km
    assert list(steps) == sorted(set(steps))
    assert len(steps) < 12


@pytest.mark.parametrize("department", ["973", "976", "59"])
def test_a_department_search_covers_the_department(department: str) -> None:
    found = gazetteer().department(department)
    assert found is not None
    assert radius_for(department, "county").default_km >= found.radius_km


def test_dense_places_start_smaller_than_rural_ones() -> None:
    order = [radius_for(department, "address").default_km for department in ("75", "93", "59", "48", "973")]
    assert order == sorted(order)
    assert radius_for("75", "city").default_km >= 8, "the circle of Paris covers Paris"
