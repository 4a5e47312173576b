"""The nearest professionals: exact order anywhere on Earth, pages that never repeat nor skip."""

import itertools
import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas.directory import queries, services
from sas.directory.models import PracticeLocation
from sas.directory.queries import Candidate, Filters, Key
from sas.directory.rules import EARTH_RADIUS_M, HALF_TURN_KM, chord_of, metres_of, search_key
from sas.directory.weekly_hours import read_day
from sas.web.models import AuditLine
from tests.factories import directory as make

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 1, 5, 9, tzinfo=UTC)
EVERYWHERE_KM = HALF_TURN_KM
LILLE: dict[str, Any] = {"specialty": "SM54", "latitude": 50.63, "longitude": 3.07, "radius_km": 5}
# Poles, the antimeridian from both sides, and twins: what breaks boxes and tie-breaks.
CORNERS = [(90.0, 0.0), (-90.0, 12.0), (0.0, 180.0), (0.0, -180.0), (48.85, 2.35), (48.85, 2.35), (-21.1, 55.5)]
# To the tenth of a millimetre.
latitudes = st.integers(-90 * 10**9, 90 * 10**9).map(lambda n: n / 10**9)
longitudes = st.integers(-180 * 10**9, 180 * 10**9).map(lambda n: n / 10**9)
points = st.one_of(st.sampled_from(CORNERS), st.tuples(latitudes, longitudes))
crowds = st.lists(st.tuples(points, st.booleans()), min_size=1, max_size=25)
rolled_back_each_time = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def haversine_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Another formula than the product's."""
    (p1, l1), (p2, l2) = (tuple(map(math.radians, point)) for point in (a, b))
    h = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin((l2 - l1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def pages(limit: int, **asked: Any) -> list[Candidate]:
    found: list[Candidate] = []
    after: Key | None = None
    while page := queries.nearest(specialty="SM54", limit=limit, after=after, **asked):
        found += page
        # As a cursor does it: through JSON.
        after = Key(*json.loads(json.dumps(page[-1].key)))
    return found


def area_pages(limit: int, seed: int) -> list[Candidate]:
    found: list[Candidate] = []
    after: Key | None = None
    while page := queries.in_area(specialty="SM54", department="59", seed=seed, limit=limit, after=after):
        found += page
        after = Key(*json.loads(json.dumps(page[-1].key)))
    return found


def fresh(crowd: list[tuple[tuple[float, float], bool]]) -> list[PracticeLocation]:
    PracticeLocation.objects.all().delete()
    return make.places_at([(*point, participates) for point, participates in crowd])


@rolled_back_each_time
@given(crowd=crowds, origin=points)
def test_the_order_is_that_of_a_brute_force_over_the_sphere(crowd: list, origin: tuple[float, float]) -> None:
    fresh(crowd)

    found = queries.nearest(
        specialty="SM54", latitude=origin[0], longitude=origin[1], radius_km=EVERYWHERE_KM, limit=100
    )

    assert len(found) == len(crowd)
    assert [c.participates for c in found] == sorted((c.participates for c in found), reverse=True)
    for candidate in found:
        expected = haversine_m(origin, (candidate.latitude, candidate.longitude))
        # At the antipode both formulas lose half of their digits: a metre in 20,000 km.
        assert candidate.distance_m == pytest.approx(expected, abs=1.5)
    for first, second in itertools.pairwise(found):
        if first.participates == second.participates:
            assert (first.rank or 0) <= (second.rank or 0)
            if (first.latitude, first.longitude) == (second.latitude, second.longitude):
                assert first.location_id < second.location_id


@rolled_back_each_time
@given(crowd=crowds, origin=points, radius_km=st.floats(1, 20_000))
def test_the_radius_keeps_exactly_those_within_it(crowd: list, origin: tuple[float, float], radius_km: float) -> None:
    fresh(crowd)
    asked: dict[str, Any] = {"specialty": "SM54", "latitude": origin[0], "longitude": origin[1], "limit": 100}
    everybody = queries.nearest(**asked, radius_km=EVERYWHERE_KM)

    inside = queries.nearest(**asked, radius_km=radius_km)
    outside = queries.nearest(**asked, radius_km=EVERYWHERE_KM, inner_km=radius_km)

    assert {c.location_id for c in inside} == {c.location_id for c in everybody if (c.rank or 0) <= chord_of(radius_km)}
    assert {c.location_id for c in inside} | {c.location_id for c in outside} == {c.location_id for c in everybody}
    assert len(inside) + len(outside) == len(everybody)
    assert queries.count_upto(**asked_for_count(origin), radius_km=radius_km, ceiling=3) == min(len(inside), 4)


def asked_for_count(origin: tuple[float, float]) -> dict[str, Any]:
    return {"specialty": "SM54", "latitude": origin[0], "longitude": origin[1]}


@rolled_back_each_time
@given(crowd=crowds, origin=points, limit=st.integers(1, 7))
def test_pages_put_end_to_end_are_the_whole_list(crowd: list, origin: tuple[float, float], limit: int) -> None:
    fresh(crowd)
    asked: dict[str, Any] = {"latitude": origin[0], "longitude": origin[1], "radius_km": EVERYWHERE_KM}

    assert pages(limit, **asked) == queries.nearest(specialty="SM54", limit=100, **asked)


@rolled_back_each_time
@given(crowd=crowds, seed=st.integers(-(2**63), 2**63 - 1), limit=st.integers(1, 7))
def test_pages_of_an_area_put_end_to_end_are_the_whole_list(crowd: list, seed: int, limit: int) -> None:
    fresh(crowd)

    whole = queries.in_area(specialty="SM54", department="59", seed=seed, limit=100)

    assert len(whole) == len(crowd)
    assert area_pages(limit, seed) == whole
    assert [c.participates for c in whole] == sorted((c.participates for c in whole), reverse=True)


def test_places_added_between_two_pages_repeat_and_skip_nobody() -> None:
    make.places_at([(50.63, 3.07, False)] * 6)
    asked: dict[str, Any] = {"specialty": "SM54", "latitude": 50.63, "longitude": 3.07, "radius_km": 5.0}
    first = queries.nearest(**asked, limit=3)

    make.places_at([(50.63, 3.07, True), (50.63, 3.07, False)])
    rest = queries.nearest(**asked, limit=100, after=first[-1].key)

    ids = [c.location_id for c in (*first, *rest)]
    assert len(ids) == len(set(ids)) == 7
    assert not any(c.participates for c in rest)


def forty_people_in_the_nord() -> None:
    people = [make.practitioner() for _ in range(40)]
    PracticeLocation.objects.bulk_create([make.unsaved_place(person) for person in people])


def test_a_seed_repeats_its_order_and_another_seed_has_another() -> None:
    forty_people_in_the_nord()
    asked: dict[str, Any] = {"specialty": "SM54", "department": "59", "limit": 100}

    once, again, other = (queries.in_area(**asked, seed=seed) for seed in (7, 7, 8))

    assert once == again
    assert once != other
    assert {c.location_id for c in once} == {c.location_id for c in other}


def test_an_area_may_be_a_circle() -> None:
    make.places_at([(50.63, 3.07, False), (50.64, 3.08, True), (48.85, 2.35, True)])

    found = queries.in_area(specialty="SM54", latitude=50.63, longitude=3.07, radius_km=10, seed=1, limit=10)

    assert [c.participates for c in found] == [True, False]


def test_an_area_without_a_place_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="department or a circle"):
        queries.in_area(specialty="SM54", seed=1, limit=10)


def test_only_active_places_of_the_discipline_are_found() -> None:
    kept = make.place()
    make.place(specialty="SM04")
    make.place(ended_on="2026-01-01")

    found = queries.nearest(specialty="SM54", latitude=50.63, longitude=3.07, radius_km=5, limit=10)

    assert [c.location_id for c in found] == [kept.pk]


def test_a_candidate_says_what_its_place_and_person_say() -> None:
    person = make.practitioner(family_name="LEFÈVRE", given_name="Élodie")
    structure = make.structure(kind="cds")
    location = make.place(person, structure=structure, structure_national_id=structure.national_id, convention="1")

    for found in (
        queries.nearest(specialty="SM54", latitude=50.63, longitude=3.07, radius_km=5, limit=1),
        queries.in_area(specialty="SM54", department="59", seed=1, limit=1),
        queries.places_of([person.pk]),
    ):
        (candidate,) = found
        for field in set(Candidate.__struct_fields__) - {"location_id", "rank", "information", "updated_on", "hours"}:
            assert getattr(candidate, field) == getattr(location, field), field
        assert (candidate.location_id, candidate.updated_on.isoformat()) == (location.pk, "2026-01-05")


def test_a_department_is_counted_no_further_than_the_ceiling() -> None:
    make.places_at([(50.63, 3.07, True), (50.63, 3.07, False), (50.63, 3.07, False)])
    asked: dict[str, Any] = {"specialty": "SM54", "department": "59"}

    assert queries.count_upto(**asked) == 3
    assert queries.count_upto(**asked, ceiling=1) == 2
    assert queries.count_upto(**asked, filters=Filters(participates=True)) == 1
    assert queries.count_upto(**asked, filters=Filters(professions=("50",))) == 0


def test_a_page_of_nothing_is_empty() -> None:
    make.place()

    assert queries.nearest(specialty="SM54", latitude=50.63, longitude=3.07, radius_km=5, limit=0) == []


def test_filters_narrow_the_search() -> None:
    doctor = make.place(participates=True)
    sector_two = make.place(convention="2")
    asked: dict[str, Any] = {"specialty": "SM54", "latitude": 50.63, "longitude": 3.07, "radius_km": 5, "limit": 10}

    def ids(filters: Filters) -> list[int]:
        return [c.location_id for c in queries.nearest(**asked, filters=filters)]

    assert ids(Filters(participates=True)) == [doctor.pk]
    assert ids(Filters(participates=False)) == [sector_two.pk]
    assert ids(Filters(conventions=("2", "3"))) == [sector_two.pk]
    assert ids(Filters(professions=("50",))) == []
    assert ids(Filters(professions=("10",))) == [doctor.pk, sector_two.pk]


def test_a_participant_far_away_comes_before_others_nearby() -> None:
    near, far = make.places_at([(50.63, 3.07, False), (50.70, 3.20, False)])
    services.set_participation(participates=True, location_ids=[far.pk])

    found = queries.nearest(specialty="SM54", latitude=50.63, longitude=3.07, radius_km=30, limit=10)

    assert [c.location_id for c in found] == [far.pk, near.pk]


def test_people_are_found_by_their_national_id_with_all_their_places() -> None:
    person = make.practitioner(national_id="0012600631")
    places = [make.place(person), make.place(person), make.place(person, ended_on="2026-01-01")]

    assert [c.location_id for c in queries.by_national_ids(["0012600631", "899999999999"])] == [
        places[0].pk,
        places[1].pk,
    ]
    assert [c.location_id for c in queries.places_of([person.pk])] == [places[0].pk, places[1].pk]
    assert [c.location_id for c in queries.by_location_ids([places[1].pk])] == [places[1].pk]
    assert queries.by_national_ids([]) == []


@pytest.mark.parametrize("typed", ["lefèvre", "LEFEVRE élodie", "Elodie Lefevre", "lefevr", "Lefevvre"])
def test_a_name_is_found_whatever_the_accents_order_and_small_mistakes(typed: str) -> None:
    person = make.practitioner(family_name="LEFÈVRE", given_name="Élodie")
    kept = make.place(person)
    make.place(make.practitioner(family_name="MARTIN"))

    assert [c.location_id for c in queries.by_name(typed)] == [kept.pk]


@pytest.mark.parametrize(
    "typed", ["", " ", "x", "%", "_%", "'; DROP TABLE directory_practitioner; --", "\0", "%s %(key)s"]
)
def test_a_hostile_name_finds_nobody_and_breaks_nothing(typed: str) -> None:
    make.place(make.practitioner(family_name="MARTIN"))

    assert queries.by_name(typed) == []


def test_the_nearest_of_a_name_comes_first() -> None:
    near = make.place(make.practitioner(family_name="MARTIN"), latitude=50.63, longitude=3.07)
    far = make.place(make.practitioner(family_name="MARTIN"), latitude=43.3, longitude=5.4)

    found = queries.by_name("martin", latitude=43.3, longitude=5.4)

    assert [c.location_id for c in found] == [far.pk, near.pk]
    assert [c.location_id for c in queries.by_name("martin", latitude=43.3, longitude=5.4, radius_km=9)] == [far.pk]


def test_a_correction_replaces_the_phone_of_the_source() -> None:
    location = make.place()
    at = MORNING

    services.override_place(location_id=location.pk, phone="03 20 11 22 33", information=" Code 12A ", by="x", at=at)

    (found,) = queries.places_of([location.practitioner_id])
    assert (found.phone, found.information) == ("+33320112233", "Code 12A")
    services.override_place(location_id=location.pk, phone=None, information=None, by="x", at=at)
    (found,) = queries.places_of([location.practitioner_id])
    assert (found.phone, found.information) == ("+33320000000", None)


@pytest.mark.parametrize(("phone", "information"), [("12", None), (None, "x" * 1001)])
def test_a_correction_that_cannot_be_kept_says_why(phone: str | None, information: str | None) -> None:
    location = make.place()

    with pytest.raises(services.InvalidOverrideError):
        services.override_place(location_id=location.pk, phone=phone, information=information, by="x", at=MORNING)


@given(kilometres=st.floats(0, HALF_TURN_KM))
def test_chord_and_arc_say_the_same(kilometres: float) -> None:
    assert metres_of(chord_of(kilometres)) == pytest.approx(kilometres * 1000, abs=1.5)


@given(text=st.text(max_size=40))
def test_a_search_key_is_its_own_key(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)


def test_hours_that_the_effector_typed_are_on_the_card_and_withdrawn_like_the_rest() -> None:
    person = make.practitioner()
    first, second = make.place(person, place_key="R1"), make.place(person, place_key="R1", specialty="SM04")
    bands = read_day(0, "8 h–12 h, 14 h–19 h")

    services.describe_hours(location_ids=[first.pk, second.pk], bands=bands, by="compte 1", at=MORNING)
    services.override_place(location_id=first.pk, phone=None, information=None, by="compte 2", at=MORNING)

    for candidate in (*queries.places_of([person.pk]), *queries.nearest(**LILLE, limit=1)):
        assert candidate.opening_hours == bands
    line = AuditLine.objects.get(act="describe_hours")
    assert (line.target, line.after) == (
        f"{person.national_id} R1",
        {"hours": "lundi 8 h–12 h, 14 h–19 h ; mardi à dimanche fermé ; jours fériés fermé"},
    )
    services.describe_hours(location_ids=[first.pk], bands=None, by="compte 1", at=MORNING)
    first.refresh_from_db()
    assert (first.hours_override, first.overridden_by) == (None, None)
    assert queries.nearest(**LILLE, limit=1)[0].opening_hours is None


def test_the_same_hours_again_leave_no_trace() -> None:
    structure = make.structure()

    for _ in range(2):
        services.describe_structure_hours(structure_id=structure.pk, bands=read_day(6, "24h/24"), by="x", at=MORNING)

    assert AuditLine.objects.filter(act="describe_hours").count() == 1
