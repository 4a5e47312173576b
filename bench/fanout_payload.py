"""The canned answer of a benchmark editor: a search set of the size that editors really send (about 1.45 kB a slot)."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sas.fhir import systems

SLOTS = 100
PRACTITIONERS = 25
_BASE = "https://agenda.example/fhir"
_MODALITIES = ("AMB", "HH", "VR")


def practitioners() -> list[str]:
    """The prefixed national ids that the answer is about."""
    return [f"8100{rank:08d}" for rank in range(PRACTITIONERS)]


def payload(first: datetime) -> bytes:
    """`SLOTS` slots spread over `PRACTITIONERS`, every 15 minutes from `first`, with their includes."""
    entries = [entry for rank, rpps in enumerate(practitioners()) for entry in _includes(rank, rpps)]
    for rank in range(SLOTS):
        entries.append(_slot(rank, practitioners()[rank % PRACTITIONERS], first + timedelta(minutes=15 * rank)))
    link = [{"relation": "self", "url": f"{_BASE}/Slot?status=free&" + "x" * 900}]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": SLOTS, "link": link, "entry": entries}
    return json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()


def _entry(mode: str, resource: dict[str, Any]) -> dict[str, Any]:
    url = f"{_BASE}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": mode}}


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _slot(rank: int, rpps: str, start: datetime) -> dict[str, Any]:
    security = {"system": systems.SLOT_TYPE, "code": "PUBLIC", "display": "Créneau Grand Public"}
    return _entry(
        "match",
        {
            "resourceType": "Slot",
            "id": f"slot-{rank}",
            "meta": {
                "lastUpdated": start.isoformat(timespec="milliseconds"),
                "profile": [systems.PROFILE_SLOT],
                "security": [security],
            },
            "identifier": [{"system": f"{_BASE}/slot-id", "value": f"{rpps}-{rank}"}],
            "serviceType": [
                _concept(systems.CONSULTATION_TYPE, _MODALITIES[rank % 3], "ambulatory"),
                {"text": "Consultation de médecine générale"},
            ],
            "specialty": [_concept(systems.SPECIALTY, "SM26", "Qualifié en Médecine Générale (SM)")],
            "appointmentType": _concept(systems.BOOKING_MODE, "ROUTINE", "Routine"),
            "schedule": {"reference": f"Schedule/schedule-{rpps}"},
            "status": "free",
            "start": start.isoformat(timespec="milliseconds"),
            "end": (start + timedelta(minutes=15)).isoformat(timespec="milliseconds"),
            "comment": f"https://agenda.example/booking/{rpps}?slot={rank}&motif=medecine-generale",
        },
    )


def _includes(rank: int, rpps: str) -> Iterator[dict[str, Any]]:
    coding = {"system": systems.IDENTIFIER_TYPE, "code": "IDNPS"}
    identifier = {"use": "official", "type": {"coding": [coding]}, "system": systems.IDNPS, "value": rpps}
    yield _entry(
        "include",
        {
            "resourceType": "Practitioner",
            "id": f"practitioner-{rpps}",
            "identifier": [identifier],
            "name": [{"family": f"NOM{rank}", "given": ["Camille"], "prefix": ["DR"]}],
            "telecom": [{"system": "phone", "value": f"+333200{rank:05d}", "use": "work"}],
        },
    )
    structure = {"system": systems.IDNST, "value": f"1590{rank:06d}", "type": {"coding": [coding | {"code": "IDNST"}]}}
    yield _entry(
        "include",
        {
            "resourceType": "PractitionerRole",
            "id": f"role-{rpps}",
            "contained": [
                {
                    "resourceType": "Location",
                    "id": "place",
                    "name": f"Cabinet {rank}",
                    "address": {"line": [f"{rank} rue de Paris"], "city": "Lille", "postalCode": "59000"},
                    "position": {"latitude": 50.63, "longitude": 3.06},
                }
            ],
            "active": True,
            "practitioner": {"reference": f"Practitioner/practitioner-{rpps}"},
            "organization": {"identifier": structure},
            "location": [{"reference": "#place"}],
            "telecom": [{"system": "phone", "value": f"+333200{rank:05d}"}],
        },
    )
    actors = [{"reference": f"Practitioner/practitioner-{rpps}"}, {"reference": f"PractitionerRole/role-{rpps}"}]
    yield _entry("include", {"resourceType": "Schedule", "id": f"schedule-{rpps}", "active": True, "actor": actors})
