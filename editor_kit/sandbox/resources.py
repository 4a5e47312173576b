"""What the sandbox offers as FHIR resources (`sas.fhir.slot_resources`: emission rules of interop.md §2.0 and §10)."""

from typing import NamedTuple

from editor_kit.sandbox.agenda import AgendaSlot
from editor_kit.sandbox.people import Person
from sas.fhir import slot_resources, systems
from sas.fhir.slot_resources import Json, WrittenPlace, WrittenSlot

SYSTEM_SANDBOX_PLACES = "urn:oid:1.2.250.1.999.1"
"""Invented: an editor puts its own OID here."""


def slot(person: Person, offered: AgendaSlot, site: str) -> Json:
    """A free Slot. The comment opens the agenda, and carries `?` even for WALKIN (§9 C5)."""
    written = WrittenSlot(
        id=offered.slot_id,
        schedule=schedule_id(person, offered.place_index),
        start=offered.start,
        end=offered.end,
        types=offered.types,
        modalities=offered.modalities,
        booking=offered.booking,
        reasons=offered.reasons,
        specialties=(person.specialty,),
        comment=f"{site}/agenda/{person.key}?creneau={offered.slot_id}",
    )
    return slot_resources.slot(written)


def schedule(person: Person, place_index: int) -> Json:
    """The Schedule of one place (§2.3): one role each, exactly two actors."""
    actors = (f"Practitioner/{person.key}", f"PractitionerRole/{role_id(person, place_index)}")
    return slot_resources.schedule(schedule_id(person, place_index), actors)


def practitioner(person: Person) -> Json:
    """The Practitioner."""
    return slot_resources.practitioner(
        person.key, national_id=person.national_id, family=person.family, given=person.given
    )


def role(person: Person, place_index: int) -> Json:
    """The PractitionerRole of one place (§2.5), its Location contained."""
    return slot_resources.role(
        role_id(person, place_index),
        practitioner_id=person.key,
        place=place_of(person, place_index, f"lieu-{place_index + 1}"),
        structure_id=person.structure_id(place_index),
    )


def place_of(person: Person, place_index: int, location_id: str) -> WrittenPlace:
    """A place, as its Location is written (§2.6)."""
    place = person.places[place_index]
    return WrittenPlace(
        id=location_id,
        system=SYSTEM_SANDBOX_PLACES,
        value=f"{person.key}-{place_index + 1}",
        line=place.line,
        postal_code=place.postal_code,
        city=place.city,
        insee=place.insee or "",
        name=place.name or "",
        latitude=place.latitude,
        longitude=place.longitude,
        phone=person.phone or "",
    )


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
