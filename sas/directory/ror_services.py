"""What a HealthcareService of the ROR says that a regulator needs: phones, hours, zone, SNP unit, emergencies. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from typing import Any, NamedTuple

from sas.directory.rules import phone_number, search_key
from sas.directory.weekly_hours import Band

EMERGENCIES = "33"
"""« Accueil des urgences » among the modes of care (TRE_R213)."""
_DAYS = {day: number for number, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
_SNP = re.compile(r"\bsnp\b|soins? non programmes?")
_EMERGENCY = re.compile(r"\b(?:accueil|service|structure)s? (?:des |d )?urgences?\b")
_COMMUNE = re.compile(r"\d[0-9AB]\d{3}")
_FREE_ACCESS = ("1", "PUBLIC")


class Telecom(NamedTuple):
    """A phone number in international form, and whether anybody may have it."""

    number: str
    public: bool


class Service(NamedTuple):
    """One HealthcareService. `zone` holds INSEE codes as written; `bands` is None when it gives no hours."""

    is_snp: bool
    is_emergency: bool
    phones: tuple[Telecom, ...]
    bands: tuple[Band, ...] | None
    zone: tuple[str, ...]
    locations: tuple[str, ...]
    coverage: tuple[str, ...]


def service_of(resource: Mapping[str, Any]) -> Service:
    """Raises what a malformed resource makes Python raise (TypeError, AttributeError, ValueError)."""
    words = search_key(" ".join(_words(resource)))
    modes = [
        coding.get("code")
        for concept in _list(resource, "characteristic")
        for coding in _list(concept, "coding")
        if "R213" in str(coding.get("system", ""))
    ]
    return Service(
        is_snp=_SNP.search(words) is not None,
        is_emergency=EMERGENCIES in modes or _EMERGENCY.search(words) is not None,
        phones=tuple(telecoms(resource)),
        bands=_bands(resource),
        zone=tuple(_zone(resource)),
        locations=tuple(_references(resource, "location")),
        coverage=tuple(_references(resource, "coverageArea")),
    )


def telecoms(resource: Mapping[str, Any]) -> Iterator[Telecom]:
    """Phones of a resource: its own, those of its contacts, those of the ROR's contact extension. No e-mail, no fax."""
    for contact in _list(resource, "telecom"):
        yield from _phone(contact, contact.get("value"), _level(contact))
    for contact in _list(resource, "contact"):
        around = _level(contact)
        for point in _list(contact, "telecom"):
            yield from _phone(point, point.get("value"), _level(point) or around)
    for extension in _list(resource, "extension"):
        if _ends(extension, "healthcareservice-contact"):
            around = _level(extension)
            for inner in _list(extension, "extension"):
                if _ends(inner, "contact-telecom"):
                    said = next((e.get("valueString") for e in _list(inner, "extension") if _ends(e, "Address")), None)
                    yield from _phone(inner, said, _level(inner) or around)


def _phone(point: Mapping[str, Any], value: Any, level: str) -> Iterator[Telecom]:
    if point.get("system") in ("email", "fax", "url"):
        return
    number = phone_number(str(value or ""))
    if number:
        # What bears no level is not reserved: the profile makes the level optional.
        yield Telecom(number, level in ("", *_FREE_ACCESS))


def _level(element: Mapping[str, Any]) -> str:
    """The code of its confidentiality: « 1 » is free access; "" when it says nothing."""
    for extension in _list(element, "extension"):
        if _ends(extension, "confidentiality-level"):
            for coding in _list(extension.get("valueCodeableConcept") or {}, "coding"):
                return str(coding.get("code", "")).upper()
            return str(extension.get("valueCode", "")).upper()
    return ""


def _bands(resource: Mapping[str, Any]) -> tuple[Band, ...] | None:
    """Hours of a week, overlaps joined: the ROR gives one entry per kind of hour (with or without appointment)."""
    found: set[Band] = set()
    for entry in _list(resource, "availableTime"):
        if entry.get("allDay"):
            start = end = time(0)
        elif entry.get("availableStartTime") and entry.get("availableEndTime"):
            start, end = (_clock(entry[name]) for name in ("availableStartTime", "availableEndTime"))
        else:
            continue
        found.update(Band(day, start, end) for day in _days_of(entry))
    return tuple(joined(found)) or None


def _days_of(entry: Mapping[str, Any]) -> set[int]:
    days = {_DAYS[day] for day in entry.get("daysOfWeek") or () if day in _DAYS}
    for extension in _list(entry, "extension"):
        if _ends(extension, "number-days-of-week") and 1 <= int(extension.get("valueInteger", 0)) <= 8:
            days.add(int(extension["valueInteger"]) - 1)
    return days


def _clock(text: Any) -> time:
    hour, minute = str(text).split(":")[:2]
    return time(int(hour) % 24, int(minute))


def joined(bands: Iterable[Band]) -> list[Band]:
    """The same hours without overlap inside a day; bands past midnight are left as they are."""
    kept: list[Band] = []
    for band in sorted(bands):
        last = kept[-1] if kept else None
        plain = last is not None and last.day == band.day and last.start < last.end and band.start < band.end
        if last is not None and plain and band.start <= last.end:
            kept[-1] = last._replace(end=max(last.end, band.end))
        elif last is None or (last.day, last.start) != (band.day, band.start):
            kept.append(band)
    return kept


def _zone(resource: Mapping[str, Any]) -> Iterator[str]:
    for extension in _list(resource, "extension"):
        if _ends(extension, "intervention-zone"):
            yield from communes_in(extension)


def communes_in(element: Mapping[str, Any]) -> Iterator[str]:
    """Codes of communes anywhere in an extension: the guide's versions nest them differently."""
    for extension in (element, *_list(element, "extension")):
        for coding in _list(extension.get("valueCodeableConcept") or {}, "coding"):
            code = str(coding.get("code", "")).upper()
            if _COMMUNE.fullmatch(code):
                yield code


def _words(resource: Mapping[str, Any]) -> Iterator[str]:
    yield str(resource.get("name", ""))
    for name in ("type", "specialty", "category", "characteristic"):
        for concept in _list(resource, name):
            yield str(concept.get("text", ""))
            for coding in _list(concept, "coding"):
                yield str(coding.get("display", ""))


def _references(resource: Mapping[str, Any], name: str) -> list[str]:
    return [str(one["reference"]) for one in _list(resource, name) if one.get("reference")]


def _ends(extension: Mapping[str, Any], name: str) -> bool:
    return str(extension.get("url", "")).endswith(name)


def _list(element: Mapping[str, Any], name: str) -> list[Any]:
    """FHIR repeats; some exports write a lone object where the guide says a list."""
    value = element.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]
