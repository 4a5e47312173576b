"""INT_R03 as editors write it: what is understood, what is kept, what is refused and with which words."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.fhir.appointments import AppointmentFacts, ReceivedAppointment, Refused, read_appointment, receive_appointment
from sas.fhir.systems import IDNPS, SAS

GOLDEN = Path(__file__).parents[1] / "golden/fhir/appointments"
OPERATOR = (
    "Appointment.extension.where(url='http://interopsante.org/fhir/StructureDefinition/FrAppointmentOperator').value"
)


def golden(name: str) -> dict[str, Any]:
    resource: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return resource


def changed(change: Callable[[dict[str, Any]], Any], name: str = "ps") -> bytes:
    resource = golden(name)
    change(resource)
    return json.dumps(resource).encode()


def refusal(body: bytes, **given: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        read_appointment(body, **given)
    return refused.value


def put(path: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    """Sets `participant.0.status` to a value; `...` removes it."""

    def change(resource: dict[str, Any]) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        within: Any = resource
        for step in way:
            within = within[step]
        if value is ...:
            del within[last]
        else:
            within[last] = value

    return change


def test_a_booking_with_a_doctor_is_understood() -> None:
    assert read_appointment(json.dumps(golden("ps")).encode()) == AppointmentFacts(
        system="urn:oid:1.2.250.1.999.7.1",
        value="5b0f2a31-91ac-4c53-8f0e-3c3ad3f4b0aa",
        status="booked",
        starts_at=datetime(2026, 3, 24, 9, tzinfo=UTC),
        ends_at=datetime(2026, 3, 24, 9, 15, tzinfo=UTC),
        created=datetime(2026, 3, 24, 7, 41, 7, tzinfo=UTC),
        operator_system=SAS,
        operator_value="0f8d6c9e-57a4-4f0b-9a43-2d1c8a6b7e55",
        practitioner="810009876543",
    )


def test_a_cpts_names_its_doctor_later_and_the_night_of_october_has_its_hour_twice() -> None:
    facts = read_appointment(json.dumps(golden("cpts-doctor-to-name")).encode())
    assert (facts.practitioner, facts.category, facts.warnings) == ("", "CPTS", ())
    assert (facts.operator_system, facts.operator_value) == (IDNPS, "3590000001/42")
    assert (facts.ends_at - facts.starts_at).total_seconds() == 45 * 60


def test_an_sos_booking_waits_for_its_doctor() -> None:
    facts = read_appointment(json.dumps(golden("sos-pending")).encode())
    assert (facts.status, facts.practitioner, facts.created, facts.warnings) == ("pending", "", None, ())
    booked = changed(lambda resource: resource.update(status="booked", participant=[PERSON_UNSAID]), "sos-pending")
    assert read_appointment(booked).status == "booked"


PERSON_UNSAID = {"type": [{"coding": [{"code": "ADM"}]}], "status": "accepted"}


def test_nothing_about_a_patient_is_kept_and_the_editor_is_told() -> None:
    received = receive_appointment(json.dumps(golden("with-a-patient")).encode())
    assert "SECRET" not in json.dumps(received.resource)
    assert "SECRET" not in repr(received)
    told = {issue.expression for issue in received.issues}
    left_out = ("text", "comment", "description", "reasonCode", "contained", "participant[0].actor")
    assert told == {f"Appointment.{name}" for name in left_out}
    assert received.facts.practitioner == "810009876543"


def test_what_is_kept_is_what_the_profile_names() -> None:
    kept = receive_appointment(json.dumps(golden("ps")).encode()).resource
    assert kept == {name: value for name, value in golden("ps").items() if name not in ("id", "meta")}


def digest(change: Callable[[dict[str, Any]], Any]) -> str:
    return receive_appointment(changed(change)).digest


def test_the_same_message_has_one_digest_and_another_has_not() -> None:
    same = digest(lambda resource: None)
    turned = json.dumps(dict(reversed(golden("ps").items())), indent=3).encode()
    assert receive_appointment(turned).digest == same
    assert digest(put("id", "another")) == same
    assert digest(put("meta.profile", [])) == same
    assert digest(put("comment", "anything")) == same
    assert digest(put("status", "cancelled")) != same
    assert digest(put("start", "2026-03-24T09:59:00.000+01:00")) != same


LENIENT = [
    ("meta", ..., "booked", 0),
    ("meta.profile", ["https://ailleurs.invalid/StructureDefinition/Autre|9"], "booked", 0),
    ("created", ..., "booked", 0),
    ("slot", ..., "booked", 0),
    ("specialty", ..., "booked", 0),
    ("status", "fulfilled", "fulfilled", 0),
    ("status", "noshow", "noshow", 0),
    ("status", "cancelled", "cancelled", 0),
    ("status", "pending", "pending", 1),
    ("status", "BOOKED", "booked", 1),
    ("status", "entered-in-error", "cancelled", 1),
    ("created", "2026-03", "booked", 1),
    ("start", "2026-03-24T08:30:00Z", "booked", 0),
    ("start", "2026-03-24T08:30:00.123456789+00:00", "booked", 0),
    ("identifier.0.system", "1.2.250.1.999.7.1", "booked", 1),
    ("participant.0.actor.identifier.value", "10009876543", "booked", 1),
    ("participant.0.actor.identifier.value", "0591234567", "booked", 0),
    ("participant.0.actor.identifier.type.coding.0.system", "https://hl7.fr/autre", "booked", 0),
    ("extension.0.valueReference.identifier.value", "nobody-we-know", "booked", 1),
    ("extension.0.valueReference.identifier.type.coding.0.code", "IDNPS", "booked", 1),
    ("priority", 10**300, "booked", 0),
]


@pytest.mark.parametrize(("path", "value", "status", "warnings"), LENIENT)
def test_a_deviation_that_costs_nothing_is_accepted(path: str, value: Any, status: str, warnings: int) -> None:
    facts = read_appointment(changed(put(path, value)))
    assert (facts.status, len(facts.warnings)) == (status, warnings)
    assert facts.system == "urn:oid:1.2.250.1.999.7.1"


REFUSED = [
    (put("resourceType", "Slot"), 400, "structure", "resourceType"),
    (put("resourceType", ...), 400, "structure", "resourceType"),
    (put("identifier", {"system": "urn:oid:1.2.3", "value": "x"}), 400, "structure", "Appointment.identifier"),
    (put("participant.0.status", 3), 400, "structure", "Appointment.participant[0].status"),
    (put("status", None), 400, "structure", "Appointment.status"),
    (put("start", "2026-03-24T10:00:00"), 400, "invalid", "Appointment.start"),
    (put("start", "2026-03-24 10:00:00+01:00"), 400, "invalid", "Appointment.start"),
    (put("start", "2026-02-30T10:00:00+01:00"), 400, "invalid", "Appointment.start"),
    (put("start", "2026-03-24T10:00:00+15:00"), 400, "invalid", "Appointment.start"),
    (put("created", "hier"), 400, "invalid", "Appointment.created"),
    (put("slot.0.reference", "Slot/\0"), 400, "invalid", "Appointment.slot"),
    (put("identifier", ...), 422, "required", "Appointment.identifier"),
    (put("identifier", []), 422, "required", "Appointment.identifier"),
    (put("identifier.0.system", ...), 422, "required", "Appointment.identifier.system"),
    (put("identifier.0.system", "agenda"), 422, "value", "Appointment.identifier.system"),
    (put("identifier.0.system", "urn:oid:1.2.250.1.213.1.4.8"), 422, "value", "Appointment.identifier.system"),
    (put("identifier.0.value", ""), 422, "required", "Appointment.identifier.value"),
    (put("identifier.0.value", "a b"), 422, "value", "Appointment.identifier.value"),
    (put("identifier.0.value", "x" * 10**5), 422, "too-long", "Appointment.identifier.value"),
    (put("status", "arrived"), 422, "value", "Appointment.status"),
    (put("status", "proposed"), 422, "value", "Appointment.status"),
    (put("status", ...), 422, "required", "Appointment.status"),
    (put("end", "2026-03-24T10:00:00.000+01:00"), 422, "business-rule", "Appointment.end"),
    (put("end", "2026-03-26T10:00:00.000+01:00"), 422, "business-rule", "Appointment.end"),
    (put("end", ...), 422, "required", "Appointment.end"),
    (put("end", "9999-12-31T23:59:59-14:00"), 400, "invalid", "Appointment.end"),
    (put("start", "1026-03-24T10:00:00+01:00"), 422, "value", "Appointment.start"),
    (put("extension", ...), 422, "required", "Appointment.extension"),
    (put("extension.0.url", "https://ailleurs.invalid/"), 422, "required", "Appointment.extension"),
    (put("extension.0.valueReference", ...), 422, "required", OPERATOR),
    (put("extension.0.valueReference.identifier.system", "urn:oid:1.2"), 422, "value", f"{OPERATOR}.identifier.system"),
    (put("extension.0.valueReference.identifier.type", ...), 422, "required", f"{OPERATOR}.identifier.type"),
    (put("extension.0.valueReference.identifier.value", ""), 422, "required", f"{OPERATOR}.identifier.value"),
    (put("participant", []), 422, "required", "Appointment.participant"),
    (put("participant.0.status", "declined"), 422, "value", "Appointment.participant[0].status"),
    (put("participant.0.actor", ...), 422, "invariant", "Appointment.participant[0]"),
    (put("participant.0.actor.identifier", ...), 422, "required", "Appointment.participant.actor.identifier"),
    (
        put("participant.0.actor.identifier.value", "712345678901"),
        422,
        "value",
        "Appointment.participant[0].actor.identifier.value",
    ),
    (
        put("participant.0.actor.identifier.system", "urn:oid:1.2.250.1.213.1.4.8"),
        422,
        "value",
        "Appointment.participant[0].actor.identifier.system",
    ),
]


@pytest.mark.parametrize(("change", "status", "code", "expression"), REFUSED)
def test_a_refusal_says_where_and_what_to_do(
    change: Callable[[dict[str, Any]], Any], status: int, code: str, expression: str
) -> None:
    refused = refusal(changed(change))
    assert refused.status == status
    assert (code, expression) in {(issue.code, issue.expression) for issue in refused.issues}
    assert all(issue.severity == "error" and issue.text.endswith((".", "?")) for issue in refused.issues)


def test_every_reason_is_said_at_once() -> None:
    refused = refusal(b'{"resourceType": "Appointment"}')
    said = {issue.expression.removeprefix("Appointment.") for issue in refused.issues}
    assert said == {"identifier", "status", "start", "end", "extension", "participant"}


HOSTILE = {
    "empty": b"",
    "blank": b" \n",
    "cut": b'{"resourceType": "Appointment"',
    "null": b"null",
    "array": b"[]",
    "number": b"1" * 6000,
    "not UTF-8": b'{"resourceType": "Appointment", "status": "\xff"}',
    "lone surrogate": b'{"resourceType": "Appointment", "status": "\\ud800x"}',
    "deep in an unknown element": b'{"resourceType": "Appointment", "x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep in a known one": b'{"resourceType": "Appointment", "contained":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep": b"[" * 100_000,
    "XML": b"<Appointment/>",
    "no number": b'{"resourceType": "Appointment", "x": NaN}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_malformed(name: str) -> None:
    refused = refusal(HOSTILE[name])
    assert refused.status == 400
    assert refused.issues[0].text


def test_a_byte_order_mark_and_a_key_that_comes_twice_change_nothing() -> None:
    body = json.dumps(golden("ps"))
    twice = '{"status": "cancelled", ' + body[1:]
    assert read_appointment(b"\xef\xbb\xbf" + body.encode()) == read_appointment(twice.encode())


def test_an_editor_of_sos_only_needs_no_profile_to_lack_a_doctor() -> None:
    body = changed(lambda resource: resource.update(participant=[PERSON_UNSAID]))
    assert refusal(body).status == 422
    assert read_appointment(body, sos=True).practitioner == ""


VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(["", "\0", "x" * 5000, [], {}, [[]], [{}], [None], "2026-13-01T00:00:00Z", "urn:oid:1.2.3", "8"]),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    return [place for name, member in members for place in ((*way, name), *places(member, (*way, name)))]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid Appointment in which one to three places were dropped, doubled or given another value."""
    resource = golden(draw(st.sampled_from(["ps", "cpts-doctor-to-name", "sos-pending", "with-a-patient"])))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(places(resource)))
        within: Any = resource
        for step in way:
            within = within[step]
        act = draw(st.sampled_from(["drop", "double", "set", "set"]))
        if act == "drop":
            del within[last]
        elif act == "double" and isinstance(within, list):
            within.append(deepcopy(within[last]))
        else:
            within[last] = draw(VALUES)
        if not places(resource):
            break
    return json.dumps(resource).encode()


def outcome_of(body: bytes) -> ReceivedAppointment | Refused:
    try:
        return receive_appointment(body)
    except Refused as refused:
        return refused


@settings(max_examples=600, deadline=None)
@given(body=mutated())
def test_whatever_befalls_a_valid_message_it_is_read_or_refused_with_reasons(body: bytes) -> None:
    outcome = outcome_of(body)
    if isinstance(outcome, Refused):
        assert outcome.status in (400, 422)
        assert outcome.issues
        assert all(issue.text and issue.code for issue in outcome.issues)
    else:
        assert outcome.facts.starts_at < outcome.facts.ends_at
        assert outcome.facts.system
        assert outcome.facts.value
        assert "\0" not in json.dumps(outcome.resource, ensure_ascii=False)


@given(body=st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(body: bytes) -> None:
    assert isinstance(outcome_of(body), Refused)
