"""INT_R03 over HTTP, as editors call it: the decision table of interop.md §1.5, on a real database."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from sas.accounts.permissions import Role
from sas.accounts.services import create_account, create_client
from sas.orientation import appointments
from sas.orientation.models import EditorAppointment, Orientation
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.factories import directory
from tests.orientation.messages import AT, SYSTEM, VALUE, Sender, appointment, issues

pytestmark = pytest.mark.django_db
UNKNOWN = "/fhir/Appointment/0d2f1f5c-7c55-4d4d-8a58-6f3c6f1d7a01"
LOCATION = "http://127.0.0.1:8000/fhir/Appointment/"


@pytest.fixture
def alpha() -> Sender:
    directory.place(directory.practitioner(national_id="810009876543"))
    return Sender(system=SYSTEM)


def test_a_booking_is_created_once_and_read_again(alpha: Sender) -> None:
    made = alpha.post()
    (stored,) = EditorAppointment.objects.all()
    assert (made.status_code, made["Location"], made["ETag"]) == (201, f"{LOCATION}{stored.pk}", 'W/"1"')
    assert made["Content-Type"] == "application/fhir+json;charset=UTF-8"
    resource = made.json()
    assert resource == appointment() | {"id": str(stored.pk), "meta": resource["meta"]}
    assert resource["meta"]["versionId"] == "1"
    again = alpha.post()
    assert (again.status_code, again["Location"], again["ETag"]) == (200, made["Location"], 'W/"1"')
    read = alpha.get(f"/fhir/Appointment/{stored.pk}")
    assert (read.status_code, read.json(), read["ETag"]) == (200, made.json(), 'W/"1"')
    unchanged = alpha.get(f"/fhir/Appointment/{stored.pk}", **{"If-None-Match": 'W/"1"'})
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", 'W/"1"')
    assert Orientation.objects.get().state == "booked"
    assert AuditLine.objects.filter(act="record_appointment").count() == 1


def test_another_content_under_a_known_identifier_is_a_duplicate_for_post_and_a_change_for_put(alpha: Sender) -> None:
    alpha.post()
    other = appointment(status="cancelled")
    refused = alpha.post(other)
    assert (refused.status_code, issues(refused)) == (422, [("duplicate", "Appointment.identifier")])
    changed = alpha.put(other)
    assert (changed.status_code, changed["ETag"], changed.json()["status"]) == (200, 'W/"2"', "cancelled")
    assert changed["Location"].startswith(LOCATION)
    assert Orientation.objects.get().state == "cancelled"


def test_the_creation_sent_again_after_a_change_was_received_and_changes_nothing(alpha: Sender) -> None:
    made = alpha.post()
    alpha.put(appointment(status="cancelled"))
    again = alpha.post()
    assert (again.status_code, again["Location"], again["ETag"]) == (200, made["Location"], 'W/"2"')
    assert again.json()["status"] == "cancelled"
    assert Orientation.objects.get().state == "cancelled"


NAMES = {
    "system and value": f"?identifier={SYSTEM}%7C{VALUE}",
    "raw bar": f"?identifier={SYSTEM}|{VALUE}",
    "capital": f"?Identifier={SYSTEM}%7C{VALUE}",
    "no system": f"?identifier=%7C{VALUE}",
    "value alone": f"?identifier={VALUE}",
    "bare OID": f"?identifier=1.2.250.1.999.7.1%7C{VALUE}",
    "with a format": f"?_format=application/fhir+json&identifier={VALUE}",
    "nothing": "",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_put_names_its_appointment_in_every_way_of_the_guide(alpha: Sender, name: str) -> None:
    made = alpha.put(identifier=NAMES[name])
    assert made.status_code == 201
    later = appointment(status="fulfilled")
    assert alpha.put(later, identifier=NAMES[name]).status_code == 200
    assert EditorAppointment.objects.get().body["status"] == "fulfilled"


def test_a_value_with_a_plus_is_found_whether_it_is_encoded_or_not(alpha: Sender) -> None:
    resource = appointment(identifier=[{"system": SYSTEM, "value": "12+30/a|b"}])
    assert alpha.put(resource, identifier=f"?identifier={SYSTEM}|12%2B30/a%7Cb").status_code == 201
    assert alpha.put(resource, identifier=f"?identifier={SYSTEM}|12+30/a|b").status_code == 200


def test_a_put_without_a_name_in_the_address_is_accepted_with_a_warning(alpha: Sender) -> None:
    answer = alpha.put(identifier="", Prefer="return=OperationOutcome")
    assert (answer.status_code, answer["ETag"]) == (201, 'W/"1"')
    assert issues(answer) == [("informational", "Appointment.identifier")]


def test_an_identifier_never_changes(alpha: Sender) -> None:
    for identifier in ("?identifier=another", f"?identifier=urn:oid:1.2.3|{VALUE}"):
        refused = alpha.put(identifier=identifier)
        assert (refused.status_code, issues(refused)) == (422, [("business-rule", "Appointment.identifier")])
    for identifier in ("?identifier=", "?identifier=urn:oid:1.2.3|", "?identifier=a&identifier=b"):
        assert alpha.put(identifier=identifier).status_code == 400
    assert not EditorAppointment.objects.exists()


def test_a_value_that_two_systems_bear_is_ambiguous(alpha: Sender) -> None:
    for system in (SYSTEM, "https://alpha.invalid/rdv"):
        assert alpha.post(appointment(identifier=[{"system": system, "value": VALUE}])).status_code == 201
    refused = alpha.put(appointment(status="noshow"), identifier=f"?identifier={VALUE}")
    assert (refused.status_code, issues(refused)) == (412, [("multiple-matches", "Appointment.identifier")])


def test_a_change_of_a_version_that_is_no_more_is_refused(alpha: Sender) -> None:
    alpha.post()
    assert alpha.put(appointment(status="noshow"), **{"If-Match": 'W/"1"'}).status_code == 200
    stale = alpha.put(appointment(status="cancelled"), **{"If-Match": 'W/"1"'})
    assert (stale.status_code, issues(stale)) == (412, [("conflict", "")])
    assert EditorAppointment.objects.get().version == 2
    unknown = appointment(identifier=[{"system": SYSTEM, "value": "unknown"}])
    assert alpha.post(unknown, **{"If-Match": "*"}).status_code == 412
    assert alpha.put(appointment(status="cancelled"), **{"If-Match": "*"}).status_code == 200


def test_an_answer_is_as_short_as_preferred(alpha: Sender) -> None:
    short = alpha.post(Prefer="return=minimal")
    assert (short.status_code, short.content, short.has_header("Location")) == (201, b"", True)
    assert issues(alpha.post(Prefer="respond-async, return=OperationOutcome")) == [("informational", "")]
    assert alpha.post(Prefer="return=representation").json()["resourceType"] == "Appointment"


def test_nothing_of_a_patient_is_stored_nor_given_back(alpha: Sender) -> None:
    answer = alpha.post(appointment("with-a-patient"))
    assert answer.status_code == 201
    assert b"SECRET" not in answer.content
    stored = EditorAppointment.objects.get()
    assert "SECRET" not in json.dumps(stored.body)
    lines = AuditLine.objects.values_list("before", "after", "target")
    assert "SECRET" not in json.dumps(list(lines), default=str)


def test_an_unknown_regulator_is_accepted_and_said(alpha: Sender) -> None:
    assert alpha.post().status_code == 201
    orientation = Orientation.objects.get()
    assert (orientation.regulator, orientation.outside_search) == (None, True)
    assert orientation.operator_value == "0f8d6c9e-57a4-4f0b-9a43-2d1c8a6b7e55"


def test_an_editor_speaks_of_its_own_appointments_only(alpha: Sender) -> None:
    beta = Sender("Agenda Bêta")
    made = alpha.post()
    refused = beta.post(appointment(identifier=[{"system": SYSTEM, "value": "b-1"}]))
    assert (refused.status_code, issues(refused)) == (403, [("forbidden", "Appointment.identifier.system")])
    assert beta.put().status_code == 403
    read = beta.get(made["Location"].removeprefix("http://127.0.0.1:8000"))
    assert (read.status_code, issues(read)) == (403, [("forbidden", "")])
    assert EditorAppointment.objects.count() == 1
    nobody_s = [{"system": "https://nobody.invalid/", "value": "x"}]
    assert alpha.post(appointment(identifier=nobody_s)).status_code == 201
    assert beta.post(appointment(identifier=nobody_s)).status_code == 403


def test_a_booking_said_to_be_made_tomorrow_warns_of_the_clock(alpha: Sender) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    answer = alpha.post(appointment(created=ahead), Prefer="return=OperationOutcome")
    assert (answer.status_code, issues(answer)) == (201, [("value", "Appointment.created")])


@pytest.mark.parametrize("kind", ["application/fhir+json", "application/json+fhir", "application/json; charset=UTF-8"])
@pytest.mark.parametrize("form", ["", "?_format=json", "?_format=application/fhir%2Bjson", "?_format=application/json"])
def test_every_spelling_of_json_is_accepted(alpha: Sender, kind: str, form: str) -> None:
    answer = alpha.send("POST", f"/fhir/Appointment{form}", appointment(), kind=kind)
    assert (answer.status_code, answer["Content-Type"]) == (201, "application/fhir+json;charset=UTF-8")


def test_what_is_not_json_is_refused(alpha: Sender) -> None:
    for kind in ("", "text/plain", "application/fhir+xml", "application/json; charset=iso-8859-1"):
        refused = alpha.send("POST", "/fhir/Appointment", appointment(), kind=kind)
        assert (refused.status_code, issues(refused)) == (415, [("not-supported", "")])
    refused = alpha.send("POST", "/fhir/Appointment?_format=xml", appointment())
    assert (refused.status_code, issues(refused)) == (406, [("not-supported", "")])
    assert alpha.post(b" ").status_code == 400
    assert alpha.post(b"<Appointment/>").status_code == 400
    assert alpha.post(appointment(status="arrived")).status_code == 422


def test_a_body_that_is_too_long_is_not_read(alpha: Sender) -> None:
    just = json.dumps(appointment()).encode().ljust(256 * 1024)
    assert alpha.post(just).status_code == 201
    refused = alpha.post(just + b" ")
    assert (refused.status_code, issues(refused)) == (413, [("too-long", "")])
    lying = alpha.client.generic(
        *("POST", "/fhir/Appointment", b"{}", "application/fhir+json"),
        headers={"Authorization": f"Bearer {alpha.token}"},
        CONTENT_LENGTH="9" * 30,
    )
    assert lying.status_code == 413
    chunked = alpha.client.generic(
        *("POST", "/fhir/Appointment", b"{}", "application/fhir+json"),
        headers={"Authorization": f"Bearer {alpha.token}", "Transfer-Encoding": "chunked"},
        CONTENT_LENGTH="",
    )
    assert (chunked.status_code, issues(chunked)) == (411, [("invalid", "")])


METHODS = [
    ("GET", "/fhir/Appointment", "POST, PUT"),
    ("DELETE", "/fhir/Appointment", "POST, PUT"),
    ("PUT", UNKNOWN, "GET, HEAD"),
    ("POST", "/fhir/metadata", "GET, HEAD"),
]


@pytest.mark.parametrize(("method", "path", "allowed"), METHODS)
def test_what_is_not_offered_says_what_is(alpha: Sender, method: str, path: str, allowed: str) -> None:
    refused = alpha.send(method, path, b"")
    assert (refused.status_code, refused["Allow"], issues(refused)) == (405, allowed, [("not-supported", "")])


@pytest.mark.parametrize(
    "path", ["Appointment/", "Appointment/x", UNKNOWN.removeprefix("/fhir/"), "Patient", "", "%00", "a/b"]
)
def test_any_other_address_is_an_outcome_too(alpha: Sender, path: str) -> None:
    refused = alpha.get(f"/fhir/{path}")
    assert (refused.status_code, issues(refused)) == (404, [("not-found", "")])


def test_nobody_enters_without_a_credential_and_cookies_are_none(alpha: Sender) -> None:
    user, _ = create_account(email="n@example.org", roles=[Role.NATIONAL_ADMIN], by="test", at=AT)
    for client in (Client(), Client(enforce_csrf_checks=True), signed_in_client(user, at=datetime.now(UTC))):
        for path in ("/fhir/Appointment", UNKNOWN):
            refused = client.post(path, b"{}", content_type="application/json")
            assert (refused.status_code, issues(refused)) == (401, [("login", "")])
            assert refused["WWW-Authenticate"] == 'Bearer realm="SAS"'
    for wrong in ("Bearer wrong", f"Basic {alpha.token}", "Bearer", alpha.token):
        refused = alpha.post(Authorization=wrong)
        assert (refused.status_code, refused["WWW-Authenticate"]) == (401, 'Bearer realm="SAS", error="invalid_token"')


def test_other_machines_do_not_send_appointments(alpha: Sender) -> None:
    token = create_client(name="LRM", scopes=["fhir"], by="test", at=AT)
    refused = alpha.post(Authorization=f"Bearer {token}")
    assert (refused.status_code, issues(refused)) == (403, [("forbidden", "")])


def test_an_editor_that_left_is_nobody(alpha: Sender) -> None:
    alpha.editor.is_active = False
    alpha.editor.save()
    assert alpha.post().status_code == 401


def test_a_database_that_does_not_answer_asks_to_send_again(alpha: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(appointments, "record_appointment", broken)
    refused = alpha.post()
    assert (refused.status_code, refused["Retry-After"], issues(refused)) == (503, "5", [("transient", "")])


def test_a_fault_of_ours_is_an_outcome_that_tells_nothing(alpha: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(appointments, "record_appointment", broken)
    alpha.raises = False
    refused = alpha.post()
    assert (refused.status_code, issues(refused)) == (500, [("exception", "")])
    assert b"secret" not in refused.content
