"""Reading answers that no one should send: mutated, cut, enormous. Only UnreadableAnswer may come out."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas.fhir.findings import UnreadableAnswer
from tests.fhir.answers import ADELI, RPPS, altered, golden, read_answer

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["Slot/slot-1", "#location-A", "2026-06-02", "free", "Location", 10**400]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "code", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(inner for key, member in members for inner in _paths(member, (*path, key)))]


RICH = json.loads(golden("D11-two-cpts"))
RICH_PATHS = [path for path in _paths(RICH) if path]


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_no_mutation_of_an_answer_raises_anything_but_unreadable(data: st.DataObject) -> None:
    answer = json.loads(json.dumps(RICH))
    for path in data.draw(st.lists(st.sampled_from(RICH_PATHS), min_size=1, max_size=3)):
        target = answer
        try:
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = data.draw(JUNK)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier mutation took this branch away
    try:
        reading = read_answer(json.dumps(answer).encode())
    except UnreadableAnswer:
        return
    assert all(slot.start < slot.end and slot.practitioner in (RPPS, ADELI) for slot in reading.slots)


@pytest.mark.parametrize("junk", [17, "", None, [], {}, [[]], {"x": 1}, "texte", True], ids=repr)
def test_one_wrong_value_in_a_slot_costs_at_most_that_slot(junk: Any) -> None:
    for path in RICH_PATHS:
        answer = json.loads(json.dumps(RICH))
        target = answer
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = junk
        body = json.dumps(answer).encode()
        if path[:2] == ("entry", 0):
            assert "slot-2" in {slot.slot_id for slot in read_answer(body).slots}, path
        else:
            assert _is_read(body) or path in (("resourceType",), ("entry",)), path


def _is_read(payload: bytes) -> bool:
    """False when refused as unreadable, with a finding that says so; any other exception fails the test."""
    try:
        read_answer(payload)
    except UnreadableAnswer as refusal:
        return refusal.finding.severity != "error"
    return True


@settings(max_examples=150)
@given(st.binary(max_size=300) | st.binary(max_size=60).map(lambda noise: golden("conformant")[:900] + noise))
def test_no_bytes_raise_anything_but_unreadable(payload: bytes) -> None:
    assert isinstance(_is_read(payload), bool)


@settings(max_examples=100)
@given(position=st.integers(0, 4000), noise=st.binary(min_size=1, max_size=3))
def test_no_flipped_byte_raises_anything_but_unreadable(position: int, noise: bytes) -> None:
    body = golden("D11-two-cpts")
    assert isinstance(_is_read(body[:position] + noise + body[position + len(noise) :]), bool)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "9" * 5000},
        {"id": 10**400, "comment": 10**400},
        {"position": {"longitude": 10**400, "latitude": "45,5"}},
        {"serviceType": [{"text": "9" * 3000, "coding": [{"code": 10**4000}]}]},
        {"comment": "https://agenda.exemple.fr/" + "a" * 100_000},
        {"start": "0001-01-01T00:00:00+14:00", "end": "9999-12-31T23:59:59-14:00"},
        {"schedule": {"reference": "Schedule/" + "x" * 10_000}},
        {"specialty": json.loads("[" * 200 + "]" * 200)},
    ],
)
def test_extreme_values_cost_their_slot_at_most(changes: dict[str, Any]) -> None:
    assert "slot-2" in {slot.slot_id for slot in read_answer(altered(**changes)).slots}
