"""A minimal reader of search sets, so that the engine is tested apart from the tolerant reading of `sas.fhir.slots`."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from sas.aggregator.engine.flows import Flow
from sas.fhir.findings import Finding, Severity, UnreadableAnswer
from sas.fhir.offered import OfferedSlot, Reading
from sas.fhir.slot_query import build_slot_query


def read(
    payload: bytes,
    /,
    *,
    asked: Sequence[str],
    start: datetime,
    end: datetime,
    now: datetime,
    content_type: str | None = None,
) -> Reading:
    """Slots of a bundle whose slot ids are `<practitioner>-<rank>`."""
    try:
        body = msgspec.json.decode(payload)
        if body["resourceType"] != "Bundle":
            raise UnreadableAnswer(Finding("D41", Severity.ERROR, body["resourceType"]))
        resources = [entry["resource"] for entry in body.get("entry", ())]
        links = {link["relation"]: link["url"] for link in body.get("link", ())}
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise UnreadableAnswer(Finding("D40", Severity.ERROR, payload[:40].decode("latin-1"))) from error
    slots = tuple(
        OfferedSlot(
            practitioner=resource["id"].partition("-")[0],
            start=datetime.fromisoformat(resource["start"]),
            end=datetime.fromisoformat(resource["end"]),
            place=None,
            slot_id=resource["id"],
        )
        for resource in resources
        if resource["resourceType"] == "Slot"
    )
    kept = tuple(slot for slot in slots if start <= slot.start <= end and slot.start >= now)
    return Reading(kept, next_url=links.get("next"))


FLOWS = {"ps": Flow(build_slot_query, read)}
