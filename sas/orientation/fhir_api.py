"""`/fhir/Appointment`: what editors say of the bookings made with them (INT_R03). Views only."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone

from sas.aggregator.fhir_server.access import for_editors
from sas.aggregator.fhir_server.answers import fhir_answer, not_allowed, outcome, outcomes, read_body
from sas.aggregator.models import Editor
from sas.fhir.appointments import Refused
from sas.fhir.operation_outcomes import Issue
from sas.fhir.outcome_writing import outcome_resource
from sas.orientation.appointments import Accepted, create, has_version, owned_appointment, read_name, update
from sas.orientation.models import EditorAppointment
from sas.orientation.services import AppointmentConflict

ALL_IN_ORDER = Issue("information", "informational", "Reçu ; rien à signaler.", "")
STATUSES = {"duplicate": 422, "multiple-matches": 412}


@for_editors
def appointments(request: HttpRequest, editor: Editor) -> HttpResponse:
    """POST creates, `PUT ?identifier=` changes, or creates when nothing bears the identifier."""
    if request.method not in ("POST", "PUT"):
        return not_allowed("POST", "PUT")
    given: dict[str, Any] = {"body": read_body(request), "editor": editor, "at": timezone.now()}
    given["if_match"] = request.headers.get("If-Match", "")
    if request.method == "POST":
        return _answer(request, lambda: create(**given))
    return _answer(request, lambda: update(named=read_name(_identifiers(request.GET)), **given))


@for_editors
def appointment(request: HttpRequest, editor: Editor, pk: UUID) -> HttpResponse:
    """An appointment, as its editor sent it last."""
    if request.method not in ("GET", "HEAD"):
        return not_allowed("GET", "HEAD")
    try:
        found = owned_appointment(pk, editor)
    except Refused as refused:
        return outcomes(refused.status, refused.issues)
    if has_version(request.headers.get("If-None-Match", ""), found.version):
        return _marked(HttpResponse(status=304), found)
    return _marked(fhir_answer(_resource(found)), found)


def _identifiers(query: QueryDict) -> list[str]:
    """Whatever the case of the key (interop.md §9, C14)."""
    return [value for key, values in query.lists() if key.lower() == "identifier" for value in values]


def _answer(request: HttpRequest, act: Callable[[], Accepted]) -> HttpResponse:
    try:
        accepted = act()
    except Refused as refused:
        return outcomes(refused.status, refused.issues)
    except AppointmentConflict as conflict:
        return outcome(STATUSES[conflict.kind], conflict.kind, str(conflict), expression="Appointment.identifier")
    status = 201 if accepted.recorded.outcome == "created" else 200
    stored = accepted.recorded.appointment
    preferred = request.headers.get("Prefer", "").replace(" ", "").lower()
    if "return=minimal" in preferred:
        answer = HttpResponse(status=status)
    elif "return=operationoutcome" in preferred:
        answer = fhir_answer(outcome_resource(accepted.issues or [ALL_IN_ORDER]), status=status)
    else:
        answer = fhir_answer(_resource(stored), status=status)
    answer["Location"] = f"{settings.SAS_BASE_URL}{reverse('orientation:appointment', args=[stored.pk])}"
    return _marked(answer, stored)


def _marked(answer: HttpResponse, stored: EditorAppointment) -> HttpResponse:
    answer["ETag"] = f'W/"{stored.version}"'
    answer["Cache-Control"] = "no-store"
    if not answer.content:
        del answer["Content-Type"]
    return answer


def _resource(stored: EditorAppointment) -> dict[str, Any]:
    meta = {"versionId": str(stored.version), "lastUpdated": stored.updated_at.isoformat(timespec="milliseconds")}
    body = {name: value for name, value in stored.body.items() if name != "resourceType"}
    return {"resourceType": "Appointment", "id": str(stored.pk), "meta": meta, **body}
