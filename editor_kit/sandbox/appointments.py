"""The Appointment that tells the platform of a reservation (INT_R03): profile FrAppointmentSAS (interop.md §2.10).

`identifier` is the key of every later update. `id` is left out: the server gives its own.
"""

from typing import Any
from urllib.parse import quote

import msgspec

from editor_kit.sandbox.reservations import Reservation
from sas.fhir import systems
from sas.fhir.practitioners import AccountIdentifier
from sas.fhir.slot_resources import meta

PROFILE_APPOINTMENT = "http://sas.fr/fhir/StructureDefinition/FrAppointmentSAS"
_TYPES = {systems.IDNPS: "IDNPS", systems.SAS: "INTRN"}


def appointment_body(made: Reservation, operator: AccountIdentifier, *, system: str) -> bytes:
    """The whole current state of a reservation, as UTF-8 JSON; `system` is that of the sandbox's identifiers."""
    who = {"identifier": _identifier(operator.system, operator.value)}
    national = {"identifier": _identifier(systems.IDNPS, made.person.national_id)}
    resource: dict[str, Any] = {
        "resourceType": "Appointment",
        "meta": meta(PROFILE_APPOINTMENT),
        "extension": [{"url": systems.EXT_OPERATOR, "valueReference": who}],
        "identifier": [{"system": system, "value": made.value}],
        "status": made.status.value,
        "specialty": [{"coding": [{"system": systems.SPECIALTY, "code": made.person.specialty}]}],
        "start": made.slot.start.isoformat(timespec="milliseconds"),
        "end": made.slot.end.isoformat(timespec="milliseconds"),
        "created": made.created.isoformat(timespec="milliseconds"),
        "slot": [{"reference": f"Slot/{made.slot.slot_id}"}],
        "participant": [{"actor": national, "status": "accepted"}],
    }
    return msgspec.json.encode(resource)


def appointment_query(system: str, value: str) -> str:
    """`Appointment?identifier=…` to append to the platform's base URL, percent-encoded already."""
    return f"Appointment?identifier={quote(system, safe=':')}%7C{quote(value, safe='')}"


def _identifier(system: str, value: str) -> dict[str, Any]:
    coding = {"system": systems.IDENTIFIER_TYPE, "code": _TYPES[system]}
    return {"type": {"coding": [coding]}, "system": system, "value": value}
