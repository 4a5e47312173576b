"""Invariants that the database itself keeps, and the check of its extensions."""

from datetime import time

import pytest
from django.core.checks import run_checks
from django.db import IntegrityError, connection, transaction

from sas.directory import checks
from sas.directory.models import PracticeLocation
from sas.directory.rules import unit_point
from tests.factories import directory as make

pytestmark = pytest.mark.django_db


def refused(build: object, **given: object) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        build(**given)  # type: ignore[operator]
    return str(error.value)


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"national_id": "10001045367"}, "practitioner_national_id_is_prefixed"),
        ({"national_id": "8100010453"}, "practitioner_national_id_is_prefixed"),
        ({"family_name": ""}, "practitioner_has_a_name"),
        ({"profession": ""}, "practitioner_has_a_profession"),
    ],
)
def test_a_person_has_a_prefixed_id_a_name_and_a_profession(given: dict, constraint: str) -> None:
    assert constraint in refused(make.practitioner, **given)


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"latitude": 90.5}, "location_latitude_in_degrees"),
        ({"longitude": -181.0}, "location_longitude_in_degrees"),
        ({"department": ""}, "location_has_a_department"),
        ({"insee": ""}, "location_has_a_commune"),
        ({"timezone": ""}, "location_has_a_timezone"),
        ({"specialty": ""}, "location_has_a_specialty"),
        ({"place_key": ""}, "location_has_a_place_key"),
        ({"information_override": "x" * 1001}, "location_information_is_short"),
        ({"phone_override": "+33320000000"}, "location_override_says_who_and_when"),
    ],
)
def test_a_place_is_somewhere_in_words(given: dict, constraint: str) -> None:
    assert constraint in refused(make.place, **given)


def test_a_person_has_one_place_per_key_and_discipline() -> None:
    person = make.practitioner()
    make.place(person, place_key="R1")
    make.place(person, place_key="R1", specialty="SM04")

    assert "location_once_per_person" in refused(lambda: make.place(person, place_key="R1"))


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"national_id": "590000001"}, "structure_national_id_is_prefixed"),
        ({"latitude": 50.0}, "both_coordinates_or_none"),
        ({"latitude": 50.0, "longitude": 3.0}, "structure_position_has_a_precision"),
        ({"name": ""}, "structure_has_a_name"),
    ],
)
def test_a_structure_has_a_prefixed_id_and_a_whole_position(given: dict, constraint: str) -> None:
    assert constraint in refused(make.structure, **given)


def test_only_a_fixed_place_of_sos_has_a_parent() -> None:
    parent = make.structure(kind="sos")

    assert make.structure(kind="sos_place", parent=parent).parent == parent
    assert "structure_only_an_sos_place" in refused(make.structure, kind="msp", parent=parent)


@pytest.mark.parametrize(
    "given",
    [
        {"code": "59"},
        {"label": ""},
        {"default_radius_km": 0},
        {"default_radius_km": 30, "maximum_radius_km": 20},
        {"pdsa_evening": time(7)},
        {"call_before_booking": "maybe"},
        {"out_of_hours": "x" * 1001},
        {"state": "closed"},
    ],
)
def test_a_territory_is_named_with_sensible_radii_and_hours(given: dict) -> None:
    assert "territory_" in refused(make.territory, **given)


def test_the_position_follows_the_coordinates() -> None:
    location = make.place(latitude=-21.1, longitude=55.5)
    location.refresh_from_db()
    assert location.position == pytest.approx(unit_point(-21.1, 55.5))

    PracticeLocation.objects.filter(pk=location.pk).update(latitude=48.85, longitude=2.35)

    location.refresh_from_db()
    assert location.position == pytest.approx(unit_point(48.85, 2.35))


def test_people_and_places_are_named() -> None:
    location = make.place(make.practitioner(family_name="LEFÈVRE", given_name="Élodie"))

    assert str(location.practitioner) == "DR Élodie LEFÈVRE"
    assert str(location) == "CABINET DES LILAS, 59000 Lille"


def test_the_search_index_is_used_with_its_order() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM directory_practicelocation WHERE ended_on IS NULL AND participates"
            " AND specialty = 'SM54' AND position <@ cube_enlarge('(1,0,0)'::cube, 0.01, 3)"
            " ORDER BY position <-> '(1,0,0)'::cube LIMIT 5"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "location_nearest_participants" in plan
    assert "Order By:" in plan


def test_the_check_passes_here_and_says_what_to_type_when_an_extension_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not [m for m in run_checks(databases=["default"]) if m.id and m.id.startswith("directory.")]
    monkeypatch.setattr(checks, "EXTENSIONS", ("cube", "extension_qui_n_existe_pas"))
    monkeypatch.setattr(checks, "MINIMUM_MAJOR", 99)

    old, missing = checks.required_extensions(databases=["default"])

    assert "trop ancien" in old.msg
    assert "extension_qui_n_existe_pas" in missing.msg
    assert "apt install postgresql-contrib" in str(missing.hint)
