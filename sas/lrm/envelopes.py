"""EDXL-DE envelopes of the Hub Santé, written and read (hub-and-lrm.md §1–4, interop.md §4). Pure.

What leaves is exact: the Hub refuses one property too many. What comes is read with tolerance: examples of the guides
contradict one another, and a return that is not understood is a message whose fate nobody knows.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

CREATE, UPDATE = "CreateAppointment", "UpdateAppointment"
STATUSES = frozenset({"pending", "booked", "fulfilled", "noshow", "cancelled"})
CATEGORIES = frozenset({"CPTS", "MSP", "CDS", "SOS", "PS", "PDM"})
R38 = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"
G15 = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"

LARGEST_RETURN = 1_000_000
LONGEST_ID, LONGEST_CAUSE = 200, 500

_RPPS = re.compile(r"81[0-9]{10}")
_IDNPS = re.compile(r"[0-9][0-9A-Za-z/.\-]{3,63}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_LARGEST_CODE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Told:
    """An orientation as LRMs are told of it: the whole current state each time (interop.md §4.5).

    Empty texts and None are what is not known, and are left out. `regulator`: family name, given name, e-mail, national
    id (or empty). `practitioner`: prefixed id, family name, given name, savoir-faire (R38 code), profession (G15 code).
    `organization`: prefixed id, name.
    """

    subject: UUID
    created: datetime
    starts_at: datetime
    ends_at: datetime | None
    status: str
    category: str
    timezone: str
    regulator: tuple[str, str, str, str]
    practitioner: tuple[str, str, str, str, str] | None = None
    organization: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """The LRM received the message `refers_to` (None: the return names none of ours)."""

    distribution_id: str
    sender: str
    refers_to: UUID | None


@dataclass(frozen=True, slots=True)
class HubError:
    """The Hub or the LRM refuses the message `refers_to`. `code` None: a refusal without a code that is a number."""

    distribution_id: str
    sender: str
    refers_to: UUID | None
    code: int | None
    cause: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Neither: `reason` says why, without quoting it."""

    reason: str


def appointment_of(told: Told, *, method: str = CREATE, tells_regulator: bool = True) -> dict[str, Any]:
    """The `appointment` object of RS-SAS-RDV, without a property that the schema does not know (interop.md §4.4)."""
    if told.status not in STATUSES:
        raise ValueError(f"« {told.status} » is no status of the Hub")
    zone = ZoneInfo(told.timezone)
    found: dict[str, Any] = {
        "appointmentId": str(told.subject),
        "method": method,
        "created": stamp(told.created, zone),
        "start": stamp(told.starts_at, zone),
    }
    if told.ends_at is not None:
        found["end"] = stamp(told.ends_at, zone)
    found["status"] = told.status
    if told.category in CATEGORIES:
        found["orientationCategory"] = told.category
    if told.practitioner is not None and is_hub_rpps(told.practitioner[0]):
        found["practitioner"] = _practitioner(*told.practitioner)
    if told.organization is not None and told.organization[0]:
        found["organization"] = {"organizationId": told.organization[0], "name": told.organization[1]}
    if tells_regulator:
        found["regulator"] = _regulator(*told.regulator)
    return found


def is_hub_rpps(national_id: str) -> bool:
    """Whether the Hub takes this id: « 8 » and an RPPS that starts with 1. An ADELI number, for one, is refused."""
    return _RPPS.fullmatch(national_id) is not None


def _practitioner(national_id: str, family: str, given: str, specialty: str, profession: str) -> dict[str, str]:
    found = {"rppsId": national_id, "lastName": family, "firstName": given}
    if specialty:
        found |= {"specialityCode": specialty, "specialityUrl": R38}
    if profession:
        found |= {"professionCode": profession, "professionUrl": G15}
    return found


def _regulator(family: str, given: str, email: str, national_id: str) -> dict[str, str]:
    found = {"regulatorName": family, "regulatorFirstname": given, "regulatorEmail": email}
    if _IDNPS.fullmatch(national_id) and not _UUID.search(national_id):  # the technical id never leaves by here
        found["regulatorId"] = national_id
    return found


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """To the second, with the offset of that place: the Hub's pattern knows neither « Z » nor fractions."""
    local = at.astimezone(zone).replace(microsecond=0)
    text = local.isoformat()
    return text[:25]  # an offset with seconds (before 1911) is none for the pattern


def distribution_id(client_id: str, uuid: UUID) -> str:
    """`<sender>_<uuid>`: the Hub takes what stands before the first « _ » for the sender."""
    return f"{client_id}_{uuid}"


def report(
    payload: Mapping[str, Any] | msgspec.Raw,
    *,
    uuid: UUID,
    sender: str,
    recipient: str,
    sent: datetime,
    expires: datetime,
    zone: ZoneInfo,
) -> bytes:
    """The message of one orientation: EDXL-DE, RC-DE inside, `appointment` inside. `Report` for updates too."""
    identifier, sent_at = distribution_id(sender, uuid), stamp(sent, zone)
    message = {
        "messageId": identifier,
        "sender": {"name": sender, "URI": f"hubex:{sender}"},
        "sentAt": sent_at,
        "kind": "Report",
        "status": "Actual",
        "recipient": [{"name": recipient, "URI": f"hubex:{recipient}"}],
        "appointment": payload,
    }
    return msgspec.json.encode(
        {
            "distributionID": identifier,
            "senderID": sender,
            "dateTimeSent": sent_at,
            "dateTimeExpires": stamp(expires, zone),
            "distributionStatus": "Actual",
            "distributionKind": "Report",
            "descriptor": {
                "language": "fr-FR",
                "explicitAddress": {"explicitAddressScheme": "hubex", "explicitAddressValue": recipient},
            },
            "content": [{"jsonContent": {"embeddedJsonContent": {"message": message}}}],
        }
    )


def read_return(body: bytes) -> Ack | HubError | Unreadable:
    """What came by `.ack` or `.info`. Never raises; codes that nobody knows are kept as they are (interop.md §4.6)."""
    if len(body) > LARGEST_RETURN:
        return Unreadable("trop long")
    try:
        envelope = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return Unreadable("ce n’est pas du JSON")
    if not isinstance(envelope, dict):
        return Unreadable("ce n’est pas une enveloppe")
    message = _message_in(envelope)
    if message is None:
        return Unreadable("l’enveloppe ne contient pas de message")
    own = _clean(_get(envelope, "distributionID"), LONGEST_ID) or f"sha256:{hashlib.sha256(body).hexdigest()}"
    sender = _clean(_get(envelope, "senderID"), LONGEST_ID)
    error, reference = _get(message, "error"), _get(message, "reference")
    if isinstance(error, dict):
        return _error(error, own, sender)
    if isinstance(reference, dict):
        refers_to = uuid_in(_get(reference, "distributionID")) or _quoted(message, own)
        if _get(reference, "refused") in (True, "true", "True", 1):
            return HubError(own, sender, refers_to, None, "")
        return Ack(own, sender, refers_to)
    if _clean(_get(message, "kind") or _get(envelope, "distributionKind"), 10).casefold() == "ack":
        return Ack(own, sender, _quoted(message, own))  # the table of the guide knows no `reference`
    return Unreadable("ni accusé de réception, ni erreur")


def _error(error: dict[Any, Any], own: str, sender: str) -> HubError:
    code = _get(error, "errorCode")
    number = _number(_get(code, "statusCode") if isinstance(code, dict) else code)
    if number is None:
        number = _number(_get(error, "statusCode"))
    source = _get(error, "sourceMessage")
    refers_to = uuid_in(_get(error, "referencedDistributionID"))
    if refers_to is None and isinstance(source, dict):
        refers_to = uuid_in(_get(source, "distributionID"))
    return HubError(own, sender, refers_to, number, _clean(_get(error, "errorCause"), LONGEST_CAUSE))


def _message_in(envelope: dict[Any, Any]) -> dict[Any, Any] | None:
    """`content[0].jsonContent.embeddedJsonContent.message`; `content` may be an object, levels may be missing."""
    found: Any = _get(envelope, "content")
    for level in ("contentObject", "jsonContent", "embeddedJsonContent", "message"):
        if isinstance(found, list):
            found = found[0] if found else None
        if isinstance(found, dict):
            found = _get(found, level) if _get(found, level) is not None else found
    return found if isinstance(found, dict) else None


def _quoted(message: dict[Any, Any], own: str) -> UUID | None:
    quoted = _get(message, "messageId")
    return None if quoted == own else uuid_in(quoted)


def _get(found: dict[Any, Any], name: str) -> Any:
    """By name, whatever its case: the guides write `JsonContent` and `jsonContent`."""
    if name in found:
        return found[name]
    folded = name.casefold()
    return next((value for key, value in found.items() if isinstance(key, str) and key.casefold() == folded), None)


def uuid_in(text: Any) -> UUID | None:
    """The uuid of one of our `distributionID`, whatever stands before it."""
    match = _UUID.search(text[-LONGEST_ID:]) if isinstance(text, str) else None
    return UUID(match.group()) if match else None


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 12:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _LARGEST_CODE else None


def _clean(value: Any, longest: int) -> str:
    """A text that PostgreSQL keeps, on one line."""
    if not isinstance(value, str):
        return ""
    return " ".join(value.replace("\0", " ").encode("utf-8", "replace").decode().split())[:longest]
