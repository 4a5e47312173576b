"""The Hub's checks on a message, in its order, with its codes and texts (hub-and-lrm.md §1, table). Pure, and written
from that table alone: it knows nothing of `sas.lrm`, or they would be wrong together."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

UNKNOWN_ID = "distributionID_could_not_be_extracted"
INTERNAL = "An internal server error has occurred, please contact the administration team"

ENVELOPE = {
    "distributionID",
    "senderID",
    "dateTimeSent",
    "dateTimeExpires",
    "distributionStatus",
    "distributionKind",
    "descriptor",
    "content",
}
HEADER = {"messageId", "sender", "sentAt", "kind", "status", "recipient"}
APPOINTMENT = {
    "appointmentId": True,
    "method": True,
    "created": True,
    "start": True,
    "end": False,
    "status": True,
    "orientationCategory": False,
    "practitioner": False,
    "organization": False,
    "regulator": True,
}
PRACTITIONER = {
    "rppsId": True,
    "lastName": True,
    "firstName": True,
    "specialityCode": False,
    "specialityUrl": False,
    "professionCode": False,
    "professionUrl": False,
}
ORGANIZATION = {"organizationId": True, "name": True}
REGULATOR = {"regulatorId": False, "regulatorName": True, "regulatorFirstname": True, "regulatorEmail": True}
KINDS = {"Report", "Update", "Cancel", "Ack", "Error"}
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[\-+][0-9]{2}:[0-9]{2}")


@dataclass(frozen=True)
class Refusal:
    """What the Hub answers."""

    code: int
    name: str
    cause: str


@dataclass(frozen=True)
class Accepted:
    """Where the message goes, and how long it may live there (None: as long as the queue keeps it)."""

    queue: str
    life: timedelta | None


def check(
    body: bytes, *, content_type: str | None, persistent: bool, routing_key: str, now: datetime
) -> tuple[str, Accepted | Refusal]:
    """The `distributionID`, and what becomes of the message."""
    if content_type not in ("application/json", "application/xml"):
        return UNKNOWN_ID, Refusal(101, "NOT_ALLOWED_CONTENT_TYPE", "Unhandled Content-Type !")
    try:
        envelope = json.loads(body)
    except ValueError:
        return UNKNOWN_ID, Refusal(301, "SCHEMA_NOT_FOUND", INTERNAL)
    identifier = str(envelope.get("distributionID", UNKNOWN_ID)) if isinstance(envelope, dict) else UNKNOWN_ID
    problems = list(envelope_problems(envelope))
    if not problems and envelope["distributionKind"] == "Report":
        problems = list(message_problems(envelope["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]))
    if problems:
        listed = "".join(f" - {problem}\n" for problem in problems)
        return identifier, Refusal(300, "INVALID_MESSAGE", f"Could not validate message against schema : \n{listed}")
    return identifier, _routed(envelope, persistent, routing_key, now)


def _routed(envelope: dict[str, Any], persistent: bool, routing_key: str, now: datetime) -> Accepted | Refusal:
    identifier, sender = envelope["distributionID"], envelope["senderID"]
    recipient = envelope["descriptor"]["explicitAddress"]["explicitAddressValue"]
    expires = datetime.fromisoformat(envelope["dateTimeExpires"])
    if not (sender.startswith("fr.health") or recipient.startswith("fr.health")):
        return Refusal(501, "UNROUTABLE_MESSAGE", f"Unable to route message with id {identifier}")
    if sender != routing_key:
        cause = f"Sender inconsistency for message {identifier} : sender is {sender} but routing key is {routing_key}"
        return Refusal(200, "SENDER_INCONSISTENCY", cause)
    if not persistent:
        cause = f"Message {identifier} has been sent with non-persistent delivery mode"
        return Refusal(100, "DELIVERY_MODE_INCONSISTENCY", cause)
    if identifier.split("_")[0] != sender:
        cause = f"Message {identifier} has been sent with an invalid distributionID format."
        return Refusal(300, "INVALID_MESSAGE", cause)
    if expires <= now:
        cause = f"Message {identifier} has expired before reaching the recipient queue"
        return Refusal(400, "EXPIRED_MESSAGE_BEFORE_ROUTING", cause)
    suffix = {"Ack": "ack", "Error": "info"}.get(envelope["distributionKind"], "message")
    life = expires - now if expires < now + timedelta(hours=24) else None
    return Accepted(f"{recipient}.{suffix}", life)


def envelope_problems(envelope: Any) -> Iterator[str]:
    """What the schema EDXL-DE would say."""
    if not isinstance(envelope, dict):
        yield "envelope: object expected"
        return
    yield from _keys("envelope", envelope, dict.fromkeys(ENVELOPE, True))
    if set(envelope) != ENVELOPE:
        return
    for name in ("dateTimeSent", "dateTimeExpires"):
        if not _is_date_time(envelope[name]):
            yield f"{name}: date-time expected"
    if envelope["distributionStatus"] not in ("Actual", "Exercise") or envelope["distributionKind"] not in KINDS:
        yield "distributionStatus, distributionKind: not in the enumeration"
    descriptor = envelope["descriptor"]
    if descriptor.get("language") != "fr-FR" or set(descriptor) != {"language", "explicitAddress"}:
        yield "descriptor: language and explicitAddress expected"
    elif descriptor["explicitAddress"].get("explicitAddressScheme") != "hubex":
        yield "descriptor: the scheme is hubex"
    try:
        message = envelope["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    except (KeyError, IndexError, TypeError):
        message = None
    if not isinstance(message, dict):
        yield "content: a message expected"


def message_problems(message: dict[str, Any]) -> Iterator[str]:
    """What the schemas RC-DE and RS-SAS-RDV would say."""
    yield from (f"{name}: is missing" for name in HEADER - set(message))
    if set(message) - HEADER != {"appointment"}:
        yield "Could not detect any schemas in the message, at least one is required"
        return
    if HEADER - set(message):
        return
    if not _is_stamp(message["sentAt"]) or message["kind"] not in KINDS:
        yield "sentAt, kind: wrong"
    for actor in (message["sender"], *message["recipient"]):
        if set(actor) != {"name", "URI"} or actor["URI"] != f"hubex:{actor['name']}":
            yield "sender, recipient: name and URI expected"
    yield from appointment_problems(message["appointment"])


def appointment_problems(appointment: dict[str, Any]) -> Iterator[str]:
    """What the schema RS-SAS-RDV would say: nothing beside what it knows."""
    yield from _keys("appointment", appointment, APPOINTMENT)
    if appointment.get("method") not in ("CreateAppointment", "UpdateAppointment"):
        yield "appointment.method: does not have a value in the enumeration"
    if appointment.get("status") not in ("pending", "booked", "fulfilled", "noshow", "cancelled"):
        yield "appointment.status: does not have a value in the enumeration"
    if appointment.get("orientationCategory", "PS") not in ("CPTS", "MSP", "CDS", "SOS", "PS", "PDM"):
        yield "appointment.orientationCategory: does not have a value in the enumeration"
    for name in ("created", "start", "end"):
        if name in appointment and not _is_stamp(appointment[name]):
            yield f"appointment.{name}: does not match the pattern"
    known = {"practitioner": PRACTITIONER, "organization": ORGANIZATION, "regulator": REGULATOR}
    for name, keys in known.items():
        if name in appointment:
            yield from _keys(name, appointment[name], keys)
    rpps = appointment.get("practitioner", {}).get("rppsId", "810000000001")
    if not (isinstance(rpps, str) and re.fullmatch("81[0-9]{10}", rpps)):
        yield "practitioner.rppsId: does not match ^81[0-9]{10}$"


def _keys(where: str, found: dict[str, Any], known: dict[str, bool]) -> Iterator[str]:
    yield from (f"{where}.{name}: is not defined in the schema" for name in set(found) - set(known))
    yield from (f"{where}.{name}: is missing" for name, required in known.items() if required and name not in found)
    if where not in ("envelope", "appointment"):
        yield from (f"{where}.{name}: string expected" for name, value in found.items() if not isinstance(value, str))


def _is_stamp(value: Any) -> bool:
    return isinstance(value, str) and DATE.fullmatch(value) is not None and _is_date_time(value)


def _is_date_time(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
