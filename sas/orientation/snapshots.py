"""Who receives, as the directory says it on the day: the columns that an orientation keeps.

The phone is the public one: it goes to the patient with the address (S1 Q22). The number reserved to regulators is on
their panel, and nowhere else.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.directory.rules import person_text
from sas.orientation.rules import category_of
from sas.participation.places.queries import address_of
from sas.participation.queries import Way, participations_of

THERE = (Structure.Kind.SOS, Structure.Kind.SOS_PLACE, Structure.Kind.CDS)
"""Their patients come to the structure, whoever receives them."""


def of_location(location: PracticeLocation, *, at: datetime, structure: Structure | None = None) -> dict[str, Any]:
    """A professional at a place, with the structure through which they take part there on that day, or `structure`."""
    return _of_location(location, structure, way_at(location, at) if structure is None else None)


def of_location_by(location: PracticeLocation, way: Way | None) -> dict[str, Any]:
    """The same, by how the professional takes part on that day, as it was read already."""
    return _of_location(location, None, _there(way, location))


def _of_location(location: PracticeLocation, structure: Structure | None, way: Way | None) -> dict[str, Any]:
    through = structure or structure_of(way)
    kind = structure.kind if structure else way.via if way else None
    found = of_person(location.practitioner, location) | {"category": category_of(kind)}
    if through is None:
        return found
    at_structure = {"address": address_of(through), "phone": through.phone, "timezone": through.timezone}
    there = at_structure if structure is not None and through.kind in THERE else {}
    return found | {"structure": through, "structure_name": through.name} | there


def of_person(practitioner: Practitioner, location: PracticeLocation | None) -> dict[str, Any]:
    """A professional; place, address and phone are empty when nobody said which of theirs."""
    found: dict[str, Any] = {"practitioner": practitioner, "practitioner_name": _name_of(practitioner)}
    if location is None:
        return found | {"place_key": "", "address": "", "phone": "", "specialty": ""}
    return found | {
        "place_key": location.place_key,
        "address": address_of(location),
        "phone": location.phone,
        "specialty": location.specialty,
        "timezone": location.timezone,
    }


def of_structure(structure: Structure, doctor: Practitioner | None = None) -> dict[str, Any]:
    """A structure, with the doctor whom it names already."""
    named = {"practitioner": doctor, "practitioner_name": _name_of(doctor)} if doctor else {}
    return {
        "structure": structure,
        "structure_name": structure.name,
        "address": address_of(structure),
        "phone": structure.phone,
        "timezone": structure.timezone,
        "category": category_of(structure.kind),
    } | named


def way_at(location: PracticeLocation, at: datetime) -> Way | None:
    """How its professional takes part at this place on the day of `at` there; None when they do not."""
    on = at.astimezone(ZoneInfo(location.timezone)).date()
    return _there(participations_of([location.practitioner_id], on).get(location.practitioner_id), location)


def _there(way: Way | None, location: PracticeLocation) -> Way | None:
    return way if way is not None and (not way.place_keys or location.place_key in way.place_keys) else None


def structure_of(way: Way | None) -> Structure | None:
    """The structure through which they take part, once it is identified."""
    if way is None or way.structure_id is None:
        return None
    return Structure.objects.defer("zone", "position").get(pk=way.structure_id)


def location_at(practitioner_id: int, place_key: str) -> PracticeLocation | None:
    """The first activity of that professional at that place, in the directory now."""
    rows = PracticeLocation.objects.filter(practitioner_id=practitioner_id, place_key=place_key, ended_on=None)
    return rows.select_related("practitioner").order_by("pk").first()


def only_location_of(practitioner_id: int) -> PracticeLocation | None:
    """Where they practise, when it is one place only."""
    rows = PracticeLocation.objects.filter(practitioner_id=practitioner_id, ended_on=None)
    found = list(rows.select_related("practitioner").order_by("pk"))
    return found[0] if len({row.place_key for row in found}) == 1 else None


def _name_of(practitioner: Practitioner) -> str:
    """« Dr Camille NOM »."""
    return person_text(practitioner.civility, practitioner.given_name, practitioner.family_name)
