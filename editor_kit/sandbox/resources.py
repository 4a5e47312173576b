"""FHIR resources as the guide draws them (interop.md §2.1–2.6, emission rules of §2.0 and §10), as plain JSON objects.

Exactly one `meta.profile` each, relative references, no empty element: what the official kit compares letter by letter.
"""

from typing import Any, NamedTuple

from editor_kit.sandbox.agenda import AgendaSlot
from editor_kit.sandbox.people import Person
from sas.fhir import systems

Json = dict[str, Any]

SYSTEM_SANDBOX_PLACES = "urn:oid:1.2.250.1.999.1"
"""Invented: an editor puts its own OID here."""


def meta(profile: str) -> Json:
    """The `meta` that names one profile, without version."""
    return {"profile": [profile]}


def entry(fhir_base: str, resource: Json, mode: str) -> Json:
    """A bundle entry; `mode` is `match` for what was searched and `include` for what comes with it."""
    url = f"{fhir_base}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": mode}}


def slot(person: Person, offered: AgendaSlot, site: str) -> Json:
    """A free Slot (§2.2). The comment opens the agenda, and carries `?` even for WALKIN (§9 C5)."""
    return {
        "resourceType": "Slot",
        "id": offered.slot_id,
        "meta": meta(systems.PROFILE_SLOT) | {"security": [_coding(systems.SLOT_TYPE, code) for code in offered.types]},
        "serviceType": [
            *({"coding": [_coding(systems.CONSULTATION_TYPE, code)]} for code in offered.modalities),
            *({"text": reason} for reason in offered.reasons),
        ],
        "specialty": [{"coding": [_coding(systems.SPECIALTY, person.specialty)]}],
        "appointmentType": {"coding": [_coding(systems.BOOKING_MODE, offered.booking)]},
        "schedule": {"reference": f"Schedule/{schedule_id(person, offered.place_index)}"},
        "status": "free",
        "start": offered.start.isoformat(timespec="milliseconds"),
        "end": offered.end.isoformat(timespec="milliseconds"),
        "comment": f"{site}/agenda/{person.key}?creneau={offered.slot_id}",
    }


def schedule(person: Person, place_index: int) -> Json:
    """The Schedule of one place (§2.3): one role each, exactly two actors."""
    return {
        "resourceType": "Schedule",
        "id": schedule_id(person, place_index),
        "meta": meta(systems.PROFILE_SCHEDULE),
        "actor": [
            {"reference": f"Practitioner/{person.key}"},
            {"reference": f"PractitionerRole/{role_id(person, place_index)}"},
        ],
    }


def practitioner(person: Person) -> Json:
    """The Practitioner (§2.4): one identifier only, the national one (§9 C35)."""
    return {
        "resourceType": "Practitioner",
        "id": person.key,
        "meta": meta(systems.PROFILE_PRACTITIONER),
        "identifier": [
            {
                "type": {"coding": [_coding(systems.IDENTIFIER_TYPE, "IDNPS")]},
                "system": systems.IDNPS,
                "value": person.national_id,
            }
        ],
        "name": [{"family": person.family, "given": [person.given]}],
    }


def role(person: Person, place_index: int) -> Json:
    """The PractitionerRole of one place (§2.5), its Location contained."""
    location_id = f"lieu-{place_index + 1}"
    resource: Json = {
        "resourceType": "PractitionerRole",
        "id": role_id(person, place_index),
        "meta": meta(systems.PROFILE_PRACTITIONER_ROLE),
        "contained": [location(person, place_index, location_id)],
        "practitioner": {"reference": f"Practitioner/{person.key}"},
        "organization": {
            "identifier": {
                "type": {"coding": [_coding(systems.IDENTIFIER_TYPE, "IDNST")]},
                "system": systems.IDNST,
                "value": person.structure_id(place_index),
            }
        },
        "location": [{"reference": f"#{location_id}"}],
    }
    if person.phone:
        resource["telecom"] = [{"system": "phone", "value": person.phone}]
    return resource


def location(person: Person, place_index: int, location_id: str) -> Json:
    """The Location of a place (§2.6): one address line, INSEE code and position when known."""
    place = person.places[place_index]
    address: Json = {"line": [place.line], "city": place.city, "postalCode": place.postal_code}
    if place.insee:
        address["extension"] = [{"url": systems.EXT_INSEE_CODE, "valueCoding": {"code": place.insee}}]
    resource: Json = {
        "resourceType": "Location",
        "id": location_id,
        "meta": meta(systems.PROFILE_LOCATION),
        "identifier": [
            {
                "type": {"coding": [_coding(systems.LOCATION_IDENTIFIER_TYPE, "INTRN")]},
                "system": SYSTEM_SANDBOX_PLACES,
                "value": f"{person.key}-{place_index + 1}",
            }
        ],
        "address": address,
    }
    if place.name:
        resource["name"] = place.name
    if place.latitude is not None and place.longitude is not None:
        resource["position"] = {"longitude": place.longitude, "latitude": place.latitude}
    return resource


class Issue(NamedTuple):
    """One reason of a refusal: a FHIR issue type (`required`, `duplicate`…), a sentence, the element if any."""

    code: str
    diagnostics: str
    expression: str = ""


def operation_outcome(*issues: Issue) -> Json:
    """A refusal with its reasons."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in issues]}


def _issue(issue: Issue) -> Json:
    told: Json = {"severity": "error", "code": issue.code, "diagnostics": issue.diagnostics}
    return told | ({"expression": [issue.expression]} if issue.expression else {})


_SLOTS_SERVED: Json = {
    "type": "Slot",
    "profile": systems.PROFILE_SLOT,
    "interaction": [{"code": "search-type"}],
    "searchInclude": ["Slot:schedule", "Schedule:actor"],
    "searchParam": [
        {
            "name": "start",
            "definition": "https://interop.esante.gouv.fr/ig/fhir/sas/SearchParameter/slot-sp-start",
            "type": "date",
        },
        {"name": "status", "type": "token"},
        {"name": "schedule.actor:Practitioner.identifier", "type": "token"},
    ],
}
_ACCOUNTS_SERVED: Json = {
    "type": "Practitioner",
    "profile": systems.PROFILE_REGULATOR,
    "interaction": [{"code": "create"}, {"code": "update"}],
    "updateCreate": True,
    "conditionalUpdate": True,
    "searchParam": [{"name": "identifier", "type": "token"}],
}


def capability_statement(fhir_base: str, started: str) -> Json:
    """What this server does and nothing more; `started` is the instant it was started."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "experimental": True,
        "date": started,
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "implementationGuide": ["https://interop.esante.gouv.fr/ig/fhir/sas"],
        "instantiates": [
            "https://interop.esante.gouv.fr/ig/fhir/sas/CapabilityStatement/SAS-GestionnaireAgenda-PsIndiv"
        ],
        "software": {"name": "Bac à sable éditeur SAS"},
        "implementation": {"description": "Éditeur d’agenda fictif : aucune donnée réelle", "url": fhir_base},
        "rest": [
            {
                "mode": "server",
                "security": {"cors": False},
                "resource": [_SLOTS_SERVED, _ACCOUNTS_SERVED],
            }
        ],
    }


def schedule_id(person: Person, place_index: int) -> str:
    """The id of the Schedule of a place."""
    return f"agenda-{person.key}-{place_index + 1}"


def role_id(person: Person, place_index: int) -> str:
    """The id of the PractitionerRole of a place."""
    return f"exercice-{person.key}-{place_index + 1}"


def _coding(system: str, code: str) -> Json:
    return {"system": system, "code": code}
