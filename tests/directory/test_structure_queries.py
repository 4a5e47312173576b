"""Structures found by kind, place, department, name and commune of their zone, with the number to call."""

import itertools
import json
from typing import Any

import pytest

from sas.directory import structure_queries as queries
from sas.directory.structure_kinds import kinds_by_category, structure_kinds
from sas.directory.structure_queries import StructureKey, StructureRow
from sas.directory.structure_rules import Phone
from tests.factories import directory as make

pytestmark = pytest.mark.django_db

LILLE: dict[str, Any] = {"latitude": 50.6309, "longitude": 3.0709}


def pharmacy(latitude: float = 50.63, longitude: float = 3.07, **given: object) -> int:
    values = {"kind": "establishment", "activity": "pharmacy", "name": "Pharmacie", "precision": "source"}
    return make.structure(latitude=latitude, longitude=longitude, **(values | given)).pk


def pages(limit: int) -> list[StructureRow]:
    found: list[StructureRow] = []
    after: StructureKey | None = None
    while page := queries.structures_near(["pharmacy"], **LILLE, radius_km=30, limit=limit, after=after):
        found += page
        after = StructureKey(*json.loads(json.dumps(page[-1].key)))
    return found


def test_the_nearest_come_first_and_pages_neither_repeat_nor_skip() -> None:
    ids = [pharmacy(50.63 + n / 100) for n in range(7)]
    twins = [pharmacy(50.7), pharmacy(50.7)]
    pharmacy(45.0)
    pharmacy(activity="laboratory")
    pharmacy(ended_on="2026-01-05")

    assert [row.id for row in pages(100)] == [*ids, *twins]
    assert [row.id for row in pages(2)] == [*ids, *twins]
    assert [row.distance_m for row in pages(100)] == sorted(row.distance_m or 0 for row in pages(3))


def test_a_kind_without_activity_is_its_own() -> None:
    centre = make.structure(kind="cds", latitude=50.63, longitude=3.07, precision="source")

    assert [row.id for row in queries.structures_near(["cds"], **LILLE, radius_km=5, limit=5)] == [centre.pk]
    (row,) = queries.structures_by_ids([centre.pk])
    assert (row.activity, row.phone, row.opening_hours) == ("cds", Phone(), None)


def test_the_emergency_department_of_a_hospital_is_found_as_one() -> None:
    hospital = pharmacy(activity="hospital", services=["emergency"])
    pharmacy(activity="hospital")
    own = pharmacy(50.64, activity="emergency")

    found = queries.structures_near(["emergency"], **LILLE, radius_km=5, limit=5)

    assert [row.id for row in found] == [hospital, own]


def test_a_place_of_sos_names_its_association() -> None:
    parent = make.structure(kind="sos", name="SOS Médecins Lille")
    make.structure(kind="sos_place", parent=parent, latitude=50.63, longitude=3.07, precision="source")

    (row,) = queries.sos_places_near(**LILLE, radius_km=5, limit=5)

    assert (row.parent_name, row.kind) == ("SOS Médecins Lille", "sos_place")


def test_a_department_is_read_in_an_order_of_the_seed_alone() -> None:
    ids = {pharmacy(department="59") for _ in range(9)}
    pharmacy(department="62")

    def read(seed: int, limit: int) -> list[int]:
        found: list[StructureRow] = []
        while page := queries.structures_in_department(
            ["pharmacy"], "59", seed=seed, limit=limit, after=found[-1].key if found else None
        ):
            found += page
        return [row.id for row in found]

    assert set(read(1, 4)) == ids
    assert read(1, 2) == read(1, 9)
    assert read(1, 9) != read(2, 9)


@pytest.mark.parametrize("typed", ["St-Vincent", "SAINT VINCENT", "hopital st vincent", "hopitl saint vincnt"])
def test_a_name_is_found_whatever_the_accents_and_a_letter_wrong(typed: str) -> None:
    wanted = pharmacy(name="Hôpital Saint-Vincent", activity="hospital")
    pharmacy(name="Clinique de la Louvière")

    assert [row.id for row in queries.structures_by_name(typed)] == [wanted]


def test_names_near_a_point_come_by_distance_and_inside_the_circle() -> None:
    far, near = pharmacy(50.70, name="Pharmacie du Centre"), pharmacy(50.64, name="Pharmacie du Centre")
    nowhere = make.structure(name="Pharmacie du Centre").pk

    assert [row.id for row in queries.structures_by_name("centre", **LILLE)] == [near, far, nowhere]
    assert [row.id for row in queries.structures_by_name("centre", **LILLE, radius_km=5)] == [near]
    assert [row.id for row in queries.structures_by_name("centre", activities=["pharmacy"], limit=5)] == [far, near]


@pytest.mark.parametrize("typed", ["", "a", "%", "x" * 10_000, "' OR 1=1 --", "__"])
def test_any_text_is_a_list(typed: str) -> None:
    pharmacy()

    assert queries.structures_by_name(typed) == []


def test_a_cpts_answers_for_the_communes_of_its_zone_only() -> None:
    lille = make.structure(zone=["59350", "59009"])
    make.structure(zone=["59512"])
    make.structure(zone=["59350"], ended_on="2026-01-01")
    make.structure(kind="msp", zone=["59350"])
    paris = make.structure(zone=["75056"])

    assert [row.id for row in queries.cpts_for("59350")] == [lille.pk]
    # A merged commune, an arrondissement, and nothing at all.
    assert [row.id for row in queries.cpts_for("59298")] == [lille.pk]
    assert [row.id for row in queries.cpts_for("75111")] == [paris.pk]
    assert queries.cpts_for("") == queries.cpts_for("99999") == []


NUMBERS = {
    "phone_override": ("+33320000001", Phone("+33320000001", "regulation", "8 h–20 h")),
    "snp_phone": ("+33320000002", Phone("+33320000002", "snp", "lundi à vendredi, 9 h–19 h")),
    "regulation_phone": ("+33320000003", Phone("+33320000003", "regulation", "8 h–20 h")),
    "phone": ("+33320000004", Phone("+33320000004", "public")),
}


@pytest.mark.parametrize("known", [*itertools.accumulate([name] for name in reversed(NUMBERS))])
def test_the_number_to_call_is_the_best_that_is_known(known: list[str]) -> None:
    given = {name: NUMBERS[name][0] for name in known}
    hours = {"regulation_hours": "8 h–20 h", "snp_hours": "lundi à vendredi, 9 h–19 h"}

    (row,) = queries.structures_by_ids([make.structure(**given, **hours).pk])

    assert row.phone == NUMBERS[known[-1]][1]


def test_a_finess_number_is_never_the_regulation_s() -> None:
    structure = make.structure(phone="+33320000004", sources={"phone": {"source": "finess", "on": "2026-01-05"}})

    assert queries.structures_by_national_ids([structure.national_id])[0].phone.kind == "finess"


def test_hours_are_the_source_s_else_those_typed() -> None:
    typed, given = [{"day": 0, "from": "08:00", "to": "12:00"}], [{"day": 1, "from": "09:00", "to": "19:00"}]
    own = make.structure(hours_override=typed)
    both = make.structure(hours_override=typed, opening_hours=given)

    first, second = queries.structures_by_ids([own.pk, both.pk])

    assert [band.day for band in first.opening_hours or ()] == [0]
    assert [band.day for band in second.opening_hours or ()] == [1]


def test_every_category_leads_to_one_kind() -> None:
    categories = [category for kind in structure_kinds().values() for category in kind.categories]

    assert len(categories) == len(set(categories))
    assert kinds_by_category()["620"].activity == "pharmacy"
    assert {kind.kind for kind in structure_kinds().values()} <= {
        "establishment",
        "cds",
        "msp",
        "cpts",
        "sos",
        "sos_place",
    }
