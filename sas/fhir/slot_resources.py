"""The resources of an answer to a search for slots, as the guide draws them (interop.md §2.1–2.8, §3.1, §10).

Plain JSON objects: exactly one `meta.profile` each, relative references, no empty element. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sas.fhir import systems

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WrittenPlace:
    """Where somebody receives. `system` and `value` name it for whoever answers. `line` is one line; what is not known
    is empty (None for degrees)."""

    id: str
    system: str
    value: str
    line: str
    postal_code: str
    city: str
    insee: str = ""
    name: str = ""
    latitude: float | None = None
    longitude: float | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class WrittenSlot:
    """A free slot. `specialties`: R38 codes. `cpts`: ids of the HealthcareService of each CPTS that may see it."""

    id: str
    schedule: str
    start: datetime
    end: datetime
    types: Sequence[str]
    modalities: Sequence[str]
    booking: str
    reasons: Sequence[str] = ()
    specialties: Sequence[str] = ()
    comment: str = ""
    cpts: Sequence[str] = ()


def slot(written: WrittenSlot, profile: str = systems.PROFILE_SLOT) -> Json:
    """A Slot (§2.2)."""
    resource: Json = {
        "resourceType": "Slot",
        "id": written.id,
        "meta": meta(profile) | {"security": [coding(systems.SLOT_TYPE, code) for code in written.types]},
        "serviceType": [
            *({"coding": [coding(systems.CONSULTATION_TYPE, code)]} for code in written.modalities),
            *(_of_cpts(service) for service in written.cpts),
            *({"text": reason} for reason in written.reasons),
        ],
        "specialty": [{"coding": [coding(systems.SPECIALTY, code)]} for code in written.specialties],
        "appointmentType": {"coding": [coding(systems.BOOKING_MODE, written.booking)]},
        "schedule": {"reference": f"Schedule/{written.schedule}"},
        "status": "free",
        "start": written.start.isoformat(timespec="milliseconds"),
        "end": written.end.isoformat(timespec="milliseconds"),
        "comment": written.comment,
    }
    return _without_empty(resource)


def _of_cpts(service: str) -> Json:
    reference = {"url": systems.EXT_SLOT_SERVICE_TYPE, "valueReference": {"reference": f"HealthcareService/{service}"}}
    return {"extension": [reference], "coding": [coding(systems.ESTABLISHMENT_CATEGORY, systems.CPTS_CATEGORY)]}


def schedule(id_: str, actors: Iterable[str], profile: str = systems.PROFILE_SCHEDULE) -> Json:
    """A Schedule (§2.3): of a person, its Practitioner then its PractitionerRole; of SOS Médecins, its Location."""
    actor = [{"reference": reference} for reference in actors]
    return {"resourceType": "Schedule", "id": id_, "meta": meta(profile), "actor": actor}


def practitioner(id_: str, *, national_id: str, family: str, given: str) -> Json:
    """A Practitioner (§2.4): one identifier only, the national one (§9 C35)."""
    return {
        "resourceType": "Practitioner",
        "id": id_,
        "meta": meta(systems.PROFILE_PRACTITIONER),
        "identifier": [_identifier(systems.IDENTIFIER_TYPE, "IDNPS", systems.IDNPS, national_id)],
        "name": [_without_empty({"family": family, "given": [given] if given else []})],
    }


def role(id_: str, *, practitioner_id: str, place: WrittenPlace, structure_id: str) -> Json:
    """A PractitionerRole (§2.5), its Location contained. `structure_id`: prefixed, or empty."""
    organization = {"identifier": _identifier(systems.IDENTIFIER_TYPE, "IDNST", systems.IDNST, structure_id)}
    resource: Json = {
        "resourceType": "PractitionerRole",
        "id": id_,
        "meta": meta(systems.PROFILE_PRACTITIONER_ROLE),
        "contained": [location(place)],
        "practitioner": {"reference": f"Practitioner/{practitioner_id}"},
        "organization": organization if structure_id else {},
        "location": [{"reference": f"#{place.id}"}],
        "telecom": _phones(place.phone),
    }
    return _without_empty(resource)


def location(place: WrittenPlace, *, organization: str = "", profile: str = systems.PROFILE_LOCATION) -> Json:
    """A Location (§2.6); `organization`: the reference of the association of an SOS Médecins place."""
    code = {"url": systems.EXT_INSEE_CODE, "valueCoding": {"code": place.insee}}
    address = {
        "extension": [code] if place.insee else [],
        "line": [place.line] if place.line else [],
        "city": place.city,
        "postalCode": place.postal_code,
    }
    known = place.latitude is not None and place.longitude is not None
    resource: Json = {
        "resourceType": "Location",
        "id": place.id,
        "meta": meta(profile),
        "identifier": [_identifier(systems.LOCATION_IDENTIFIER_TYPE, "INTRN", place.system, place.value)],
        "name": place.name,
        "telecom": _phones(place.phone) if organization else [],
        "address": _without_empty(address),
        "position": {"longitude": place.longitude, "latitude": place.latitude} if known else {},
        "managingOrganization": {"reference": organization} if organization else {},
    }
    return _without_empty(resource)


def healthcare_service(id_: str, *, organization: str) -> Json:
    """A HealthcareService (§2.7): one for each CPTS."""
    provided = {"reference": f"Organization/{organization}"}
    return {
        "resourceType": "HealthcareService",
        "id": id_,
        "meta": meta(systems.PROFILE_CPTS_SERVICE),
        "providedBy": provided,
    }


def organization(id_: str, *, national_id: str, name: str, profile: str) -> Json:
    """An Organization (§2.8): a CPTS by its FINESS, an SOS Médecins association by its SIRET, both prefixed."""
    resource: Json = {
        "resourceType": "Organization",
        "id": id_,
        "meta": meta(profile),
        "identifier": [_identifier(systems.LOCATION_IDENTIFIER_TYPE, "IDNST", systems.IDNST, national_id)],
        "name": name,
    }
    return _without_empty(resource)


def entry(base: str, resource: Json, mode: str) -> Json:
    """A bundle entry; `mode`: `match` for what was searched, `include` for what comes with it, `outcome`."""
    url = f"{base}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": mode}}


def search_set(entries: Sequence[Json], *, total: int, self_url: str, profile: str = systems.PROFILE_BUNDLE) -> Json:
    """A search set; `total` counts slots (§3.3). `entry` is left out when there is none."""
    bundle: Json = {
        "resourceType": "Bundle",
        "meta": meta(profile),
        "type": "searchset",
        "total": total,
        "link": [{"relation": "self", "url": self_url}],
    }
    return bundle | ({"entry": list(entries)} if entries else {})


def meta(profile: str) -> Json:
    """The `meta` that names one profile, without version."""
    return {"profile": [profile]}


def coding(system: str, code: str) -> Json:
    """A Coding."""
    return {"system": system, "code": code}


def _identifier(types: str, code: str, system: str, value: str) -> Json:
    return {"type": {"coding": [coding(types, code)]}, "system": system, "value": value}


def _phones(number: str) -> list[Json]:
    return [{"system": "phone", "value": number}] if number else []


def _without_empty(resource: Json) -> Json:
    """What is not known is absent (§3.3)."""
    return {name: value for name, value in resource.items() if value not in ("", [], {}, None)}
