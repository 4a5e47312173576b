"""What leaves passes the Hub's checks, whatever is told; what comes never makes the reader fail."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.lrm.envelopes import (
    CATEGORIES,
    LARGEST_RETURN,
    STATUSES,
    UPDATE,
    Ack,
    HubError,
    Told,
    Unreadable,
    appointment_of,
    read_return,
    report,
)
from tests.fakes.hub_checks import Accepted, check
from tests.fakes.hub_dispatcher import ack, envelope, error
from tests.lrm.told import AT, SAMU_59, told

SAS = "fr.health.ptfsas"
PARIS = ZoneInfo("Europe/Paris")
UUID_OF_OURS = UUID("7d5b1f0e-2f0a-4c5e-9c0b-3a1d6a2f9b11")
ZONES = ["Europe/Paris", "America/Martinique", "Indian/Reunion", "Pacific/Noumea", "America/Miquelon", "UTC"]

texts = st.text("aZ9_é中😀'\"\\<&/ \t\n\0\u2028", max_size=12)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ids = st.one_of(st.sampled_from(["810000000001", "0590000001", "", "800000000001"]), texts)


def sent(given_told: Told, **given: Any) -> bytes:
    payload = appointment_of(given_told, **given)
    now = AT + timedelta(microseconds=1)
    after: dict[str, Any] = {
        "uuid": uuid4(),
        "sender": SAS,
        "recipient": SAMU_59,
        "sent": now,
        "expires": now + timedelta(hours=24),
    }
    return report(payload, zone=PARIS, **after)


def checked(body: bytes) -> object:
    told_properties: dict[str, Any] = {"content_type": "application/json", "persistent": True, "routing_key": SAS}
    return check(body, now=AT, **told_properties)[1]


@given(
    st.builds(
        Told,
        subject=st.uuids(),
        created=instants,
        starts_at=instants,
        ends_at=st.none() | instants,
        status=st.sampled_from(sorted(STATUSES)),
        category=st.sampled_from([*sorted(CATEGORIES), "", "Medecin"]),
        timezone=st.sampled_from(ZONES),
        regulator=st.tuples(texts, texts, texts, ids),
        practitioner=st.none() | st.tuples(ids, texts, texts, texts, texts),
        organization=st.none() | st.tuples(ids, texts),
    )
)
def test_whatever_is_told_the_hub_takes_it(anything: Told) -> None:
    assert isinstance(checked(sent(anything)), Accepted)


def test_a_complete_orientation_says_all_of_it_in_the_time_of_the_place() -> None:
    appointment = appointment_of(told(timezone="Indian/Reunion"))
    assert appointment["start"] == "2026-11-21T13:02:00+04:00"
    assert appointment["practitioner"]["specialityCode"] == "SM54"
    assert appointment["organization"] == {"organizationId": "1590000001", "name": "MSP des Lilas"}
    assert appointment["regulator"]["regulatorId"] == "3620100057/70326SR"
    assert appointment_of(told(), method=UPDATE)["method"] == "UpdateAppointment"
    assert "regulator" not in appointment_of(told(), tells_regulator=False)


@pytest.mark.parametrize("rpps", ["0590000001", "800000000001", "8100000000012", "٨١0000000001"])
def test_who_has_no_rpps_of_the_hub_is_left_out_and_the_structure_stays(rpps: str) -> None:
    appointment = appointment_of(told(practitioner=(rpps, "EXEMPLE", "Camille", "", "")))
    assert "practitioner" not in appointment
    assert "organization" in appointment


@pytest.mark.parametrize(
    "technical", ["3620100057/1b6e3935-8a61-4556-b340-36f7b95fec6a", "1b6e3935-8a61-4556-b340-36f7b95fec6a", "", "x y"]
)
def test_the_technical_id_of_a_regulator_never_leaves(technical: str) -> None:
    assert "regulatorId" not in appointment_of(told(regulator=("A", "B", "c@example.org", technical)))["regulator"]


def test_a_status_of_nobody_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="no status"):
        appointment_of(told(status="proposed"))


def test_an_acknowledgement_names_what_it_acknowledges() -> None:
    answer = read_return(ack(SAMU_59, SAS, f"{SAS}_{UUID_OF_OURS}"))
    assert isinstance(answer, Ack)
    assert (answer.sender, answer.refers_to) == (SAMU_59, UUID_OF_OURS)
    refused = read_return(ack(SAMU_59, SAS, f"{SAS}_{UUID_OF_OURS}", refused=True))
    assert isinstance(refused, HubError)
    assert (refused.code, refused.refers_to) == (None, UUID_OF_OURS)


def test_an_error_keeps_its_number_and_one_line_of_its_cause() -> None:
    answer = read_return(error(SAMU_59, SAS, f"{SAS}_{UUID_OF_OURS}", 409, "CONFLICT"))
    assert answer == HubError(
        getattr(answer, "distribution_id", ""), SAMU_59, UUID_OF_OURS, 409, "Impossible de créer ce RDV"
    )


ANOMALIES: list[tuple[dict[str, Any], Any]] = [
    # The table of the guide: no `reference`, the id of the initial message in `messageId`.
    ({"messageId": f"{SAS}_{UUID_OF_OURS}", "kind": "Ack"}, (Ack, UUID_OF_OURS, None)),
    ({"reference": {"distributionID": f"{SAS}_{UUID_OF_OURS}", "refused": "true"}}, (HubError, UUID_OF_OURS, None)),
    ({"error": {"errorCode": {"statusCode": "501"}, "referencedDistributionID": "?"}}, (HubError, None, 501)),
    ({"error": {"errorCode": 404, "referencedDistributionID": f"x_{UUID_OF_OURS}"}}, (HubError, UUID_OF_OURS, 404)),
    ({"error": {"errorCode": {"statusCode": 1e300}, "errorCause": "a\0b"}}, (HubError, None, None)),
    ({"error": {"sourceMessage": {"distributionID": f"{SAS}_{UUID_OF_OURS}"}}}, (HubError, UUID_OF_OURS, None)),
]


@pytest.mark.parametrize(("message", "expected"), ANOMALIES)
def test_the_anomalies_of_the_guides_are_read(message: dict[str, Any], expected: tuple[type, Any, Any]) -> None:
    answer = read_return(envelope(SAMU_59, SAS, "Error", message))
    assert isinstance(answer, expected[0])
    assert (getattr(answer, "refers_to", "?"), getattr(answer, "code", None)) == expected[1:]


def test_levels_written_otherwise_are_found() -> None:
    inside = {"error": {"errorCode": {"statusCode": 300}, "referencedDistributionID": f"{SAS}_{UUID_OF_OURS}"}}
    for content in (
        {"contentObject": {"JsonContent": {"embeddedJsonContent": {"message": inside}}}},
        [{"jsonContent": {"embeddedJsonContent": {"message": inside}}}],
        {"jsonContent": {"embeddedJsonContent": {"Message": inside}}},
    ):
        answer = read_return(json.dumps({"senderID": "fr.health.hub", "content": content}).encode())
        assert isinstance(answer, HubError)
        assert (answer.code, answer.refers_to) == (300, UUID_OF_OURS)
        assert answer.distribution_id.startswith(
            "sha256:"
        )  # without one of its own: the same bytes are the same return


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"content":[]}'])
def test_what_is_no_return_is_unreadable(body: bytes) -> None:
    assert isinstance(read_return(body), Unreadable)
    assert isinstance(read_return(b" " * (LARGEST_RETURN + 1)), Unreadable)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)
NAMES = ["distributionID", "senderID", "content", "message", "error", "errorCode", "statusCode", "reference", "kind"]


@given(
    st.binary(max_size=200) | st.dictionaries(st.sampled_from(NAMES), json_values).map(lambda v: json.dumps(v).encode())
)
def test_nothing_makes_the_reader_fail(body: bytes) -> None:
    assert isinstance(read_return(body), (Ack, HubError, Unreadable))


@given(st.sampled_from(["error", "reference", "messageId", "kind"]), json_values)
def test_no_return_holds_what_postgresql_cannot_keep(name: str, value: Any) -> None:
    answer = read_return(envelope(SAMU_59, SAS, "Error", {"error": {"errorCause": value}, name: value}))
    cause = getattr(answer, "cause", "")
    assert "\0" not in cause
    assert len(cause.encode()) < 2001
    assert (getattr(answer, "code", None) or 0) in range(2**31)
