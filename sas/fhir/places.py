"""From a PractitionerRole to the place of its slots (interop.md §2.5, §2.6, D13, D21, D34)."""

import re
from collections.abc import Callable

from sas.fhir.loose import items, objects, text, value_of
from sas.fhir.notes import Notes
from sas.fhir.offered import OfferedPlace
from sas.fhir.systems import EXT_INSEE_CODE
from sas.fhir.wire import ABSENT, Address, Contained, Location, PractitionerRole

_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_SPACE_OR_F = re.compile(r"^F-|\s")


def place_of(
    role: PractitionerRole,
    *,
    find: Callable[[str], Location | None],
    structure_id: str | None,
    phone: str | None,
    notes: Notes,
) -> OfferedPlace | None:
    """The place of a role; `None` when it says nothing at all about it. `find` resolves a standalone Location."""
    location = _contained(role) or _location(role, find, notes)
    if location is None:
        if structure_id is None and phone is None:
            return None
        return OfferedPlace(structure_id=structure_id, phone=phone)
    line, postal_code, city, insee = _address(location.address, notes)
    latitude = longitude = None
    if (position := location.position) is not None and _on_earth(position.latitude, position.longitude):
        latitude, longitude = position.latitude, position.longitude
    name = location.name
    if name is not None and not isinstance(name, str):
        notes.warn("D50", "Location.name")
    return OfferedPlace(structure_id, text(name) or None, line, postal_code, city, insee, latitude, longitude, phone)


def _contained(role: PractitionerRole) -> Contained | None:
    """The contained Location that the only reference of the role names: what the guide wants, and most send."""
    references = role.location
    if references and len(references) == 1 and (reference := references[0].reference):
        for resource in role.contained or ():
            if reference == "#" + resource.id:
                return resource
    return None


def _location(
    role: PractitionerRole, find: Callable[[str], Location | None], notes: Notes
) -> Contained | Location | None:
    """The first of several, contained or not; else the only one there."""
    references = [location.reference for location in role.location or () if location.reference]
    if len(references) > 1:
        notes.warn("D13", f"PractitionerRole/{role.id} location × {len(references)}")
    reference = references[0] if references else ""
    if reference.startswith("#"):
        for resource in role.contained or ():
            if resource.id == reference[1:]:
                return resource
    notes.warn("D21", f"PractitionerRole/{role.id} location {reference or 'absent'}")
    if reference and (standalone := find(reference)) is not None:
        return standalone
    contained = [resource for resource in role.contained or () if resource.resourceType in ("Location", "")]
    for resource in contained:  # `Location/x` or `x` for a contained `x`
        if reference and resource.id and resource.id.lstrip("#") == reference.lstrip("#").rpartition("/")[2]:
            return resource
    return contained[0] if len(contained) == 1 else None


def _address(address: Address | None, notes: Notes) -> tuple[str | None, str | None, str | None, str | None]:
    """Line, postal code, city, INSEE code; what is missing is left to the directory (D34)."""
    if address is None:
        notes.warn("D34", "Location.address")
        return None, None, None, None
    lines = address.line or ()
    line = lines[0].strip() if len(lines) == 1 else ""
    if not line:
        notes.warn("D34", f"address.line × {len(lines)}")
        line = ", ".join(stripped for part in lines if (stripped := part.strip()))
    city = (address.city or "").strip()
    if not city:
        notes.warn("D34", "address.city")
    written = address.postalCode or ""
    postal_code = written if _is_postal_code(written) else _mended_postal_code(written, notes)
    insee = _insee(address) if address.extension is not ABSENT else None
    return line or None, postal_code, city or None, insee


def _mended_postal_code(written: str, notes: Notes) -> str | None:
    notes.warn("D34", f"address.postalCode {written}")
    compact = _SPACE_OR_F.sub("", written)
    if len(compact) == 4:  # a number lost its leading zero
        compact = "0" + compact
    return compact if _is_postal_code(compact) else None


def _is_postal_code(written: str) -> bool:
    return len(written) == 5 and written.isdigit() and written.isascii()


def _insee(address: Address) -> str | None:
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
