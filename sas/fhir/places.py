"""From a PractitionerRole to the place of its slots (interop.md §2.5, §2.6, D13, D21, D34)."""

import re
from collections.abc import Callable

from sas.fhir.loose import items, objects, text, value_of
from sas.fhir.notes import Notes
from sas.fhir.offered import OfferedPlace
from sas.fhir.systems import EXT_INSEE_CODE
from sas.fhir.wire import ABSENT, Address, Location, Resource

_POSTAL_CODE = re.compile(r"[0-9]{5}")
_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}")


def place_of(
    role: Resource,
    *,
    find: Callable[[str | None, str], Resource | None],
    structure_id: str | None,
    phone: str | None,
    notes: Notes,
) -> OfferedPlace | None:
    """The place of a role; `None` when it says nothing at all about it. `find` resolves a standalone Location."""
    location = _location(role, find, notes)
    if location is None:
        if structure_id is None and phone is None:
            return None
        return OfferedPlace(structure_id=structure_id, phone=phone)
    line, postal_code, city, insee = _address(location.address, notes)
    latitude = longitude = None
    if (position := location.position) is not None and _on_earth(position.latitude, position.longitude):
        latitude, longitude = position.latitude, position.longitude
    name = _name(location, notes)
    return OfferedPlace(structure_id, name, line, postal_code, city, insee, latitude, longitude, phone)


def _location(
    role: Resource, find: Callable[[str | None, str], Resource | None], notes: Notes
) -> Location | Resource | None:
    """The first location of the role: contained as the guide wants it, else standalone, else the only one there."""
    references = [location.reference for location in role.location or () if location.reference]
    if len(references) > 1:
        notes.warn("D13", f"PractitionerRole/{role.id} location × {len(references)}")
    reference = references[0] if references else ""
    if reference.startswith("#"):
        for resource in role.contained or ():
            if resource.id == reference[1:]:
                return resource
    notes.warn("D21", f"PractitionerRole/{role.id} location {reference or 'absent'}")
    if reference and (standalone := find(reference, "Location")) is not None:
        return standalone
    contained = [resource for resource in role.contained or () if resource.resourceType in ("Location", "")]
    for resource in contained:  # `Location/x` or `x` for a contained `x`
        if reference and resource.id and resource.id.lstrip("#") == reference.lstrip("#").rpartition("/")[2]:
            return resource
    return contained[0] if len(contained) == 1 else None


def _name(location: Location | Resource, notes: Notes) -> str | None:
    value = value_of(location.name)
    if value is None:
        return None
    if not isinstance(value, str):
        notes.warn("D50", "Location.name")
    return text(value) or None


def _address(address: Address | None, notes: Notes) -> tuple[str | None, str | None, str | None, str | None]:
    """Line, postal code, city, INSEE code; what is missing is left to the directory (D34)."""
    if address is None:
        notes.warn("D34", "Location.address")
        return None, None, None, None
    lines = [line.strip() for line in address.line or ()]
    if len(lines) != 1 or not lines[0]:
        notes.warn("D34", f"address.line × {len(lines)}")
        lines = [line for line in lines if line]
    city = (address.city or "").strip()
    if not city:
        notes.warn("D34", "address.city")
    return ", ".join(lines) or None, _postal_code(address.postalCode, notes), city or None, _insee(address)


def _postal_code(written: str | None, notes: Notes) -> str | None:
    code = written or ""
    if _POSTAL_CODE.fullmatch(code):
        return code
    notes.warn("D34", f"address.postalCode {code}")
    compact = re.sub(r"^F-|\s", "", code)
    if len(compact) == 4 and compact.isascii() and compact.isdigit():  # a number lost its leading zero
        compact = "0" + compact
    return compact if _POSTAL_CODE.fullmatch(compact) else None


def _insee(address: Address) -> str | None:
    if address.extension is ABSENT:
        return None
    for extension in objects(value_of(address.extension)):
        if text(extension.get("url")) == EXT_INSEE_CODE:
            values = [*items(extension.get("valueString")), *objects(extension.get("valueCoding"))]
            for value in values:
                code = text(value.get("code")) if isinstance(value, dict) else text(value)
                if _INSEE.fullmatch(code):
                    return code
    return None


def _on_earth(latitude: float | None, longitude: float | None) -> bool:
    return latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180
