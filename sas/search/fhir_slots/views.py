"""`GET /fhir/Slot` and `GET /fhir/Schedule`, for machine clients with the scope `fhir`."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from sas.aggregator import registry
from sas.aggregator.fhir_server.access import for_clients
from sas.aggregator.fhir_server.answers import fhir_answer, not_allowed
from sas.fhir.schedule_query import ScheduleQuery, parse_schedule_query
from sas.fhir.slot_query import SlotQuery, parse_slot_query
from sas.search.fhir_slots.answering import answered
from sas.search.fhir_slots.asking import asked_of, refused
from sas.search.fhir_slots.associations import schedules_of
from sas.search.seen.recording import APPLICATION, Noted, Reader, recorded
from sas.web.http import SAFE


@for_clients
def slots(request: HttpRequest) -> HttpResponse:
    """INT_R01 and INT_R04: the free slots of one to twenty-five professionals."""
    if request.method not in SAFE:
        return not_allowed(*SAFE)
    query = parse_slot_query(request.META["QUERY_STRING"])
    if not isinstance(query, SlotQuery):
        return refused(query)
    now = timezone.now()
    found = answered(query, asked_of(request), editors=registry.editors(), now=now)
    return recorded(fhir_answer(found.bundle), Noted(conversation=found.shown), Reader(APPLICATION, ""), at=now)


@for_clients
def schedules(request: HttpRequest) -> HttpResponse:
    """SOS Médecins: the schedules of the fixed places of one to twenty-five associations, with their free slots."""
    if request.method not in SAFE:
        return not_allowed(*SAFE)
    query = parse_schedule_query(request.META["QUERY_STRING"])
    if not isinstance(query, ScheduleQuery):
        return refused(query)
    return fhir_answer(schedules_of(query, asked_of(request), now=timezone.now()))
