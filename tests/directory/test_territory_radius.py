"""A territory's own radii hold where it answers, and nowhere else."""

from collections.abc import Iterator

import pytest

from sas.directory.radius import radius_for
from sas.directory.territory_radius import forget, radius_at
from tests.factories import directory

pytestmark = pytest.mark.django_db
LILLE, ARRAS = ("59350", "59"), ("62041", "62")


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    forget()
    yield
    forget()


def test_where_no_territory_chose_the_reviewed_data_hold() -> None:
    directory.territory()
    assert radius_at(*LILLE, "city") == radius_for("59", "city")


def test_what_a_territory_chose_holds_in_its_communes_only() -> None:
    directory.territory(default_radius_km=7.5, maximum_radius_km=22)
    assert radius_at(*LILLE, "address")[:2] == (7.5, 22)
    assert radius_at(*ARRAS, "address") == radius_for("62", "address")


def test_a_commune_lent_to_another_territory_takes_that_one_s() -> None:
    directory.territory(default_radius_km=7.5)
    directory.territory(code="SAS-62", label="SAS 62", departments=["62"], communes=["59350"], default_radius_km=30)
    assert radius_at(*LILLE, "address").default_km == 30
    assert radius_at("59512", "59", "address").default_km == 7.5


def test_a_maximum_below_the_usual_default_wins_and_a_default_above_the_usual_maximum_raises_it() -> None:
    territory = directory.territory(maximum_radius_km=1)
    assert radius_at(*LILLE, "address")[:2] == (1, 1)
    territory.default_radius_km, territory.maximum_radius_km = 500, None
    territory.save()
    forget()
    assert radius_at(*LILLE, "address")[:2] == (500, 500)


def test_a_department_is_covered_whatever_its_territory_chose() -> None:
    directory.territory(default_radius_km=1, maximum_radius_km=1)
    assert radius_at(None, "59", "county") == radius_for("59", "county")


def test_many_searches_read_the_territories_once(django_assert_num_queries: object) -> None:
    directory.territory(default_radius_km=7.5)
    with django_assert_num_queries(1):  # type: ignore[operator]
        for _ in range(3):
            radius_at(*LILLE, "address")
