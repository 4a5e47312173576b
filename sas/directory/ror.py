"""Bundles of the ROR (Répertoire de l’offre et des ressources en santé), FHIR R4: what they say of structures.

Organization is the structure, HealthcareService what it offers, Location where. Profiles of the public guide
`ig/fhir/ror`; extensions are read by the end of their address, so that a version change loses nothing. Read:
phones with their confidentiality (« accès libre » is public, anything restricted is reserved to the regulation), the
SNP unit's phone and hours, zones of intervention by commune, opening hours, coordinates, emergency departments.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from sas.directory.gazetteer import gazetteer
from sas.directory.importing_runs import ImportRefusedError
from sas.directory.models import Precision
from sas.directory.ror_services import Service, communes_in, service_of, telecoms
from sas.directory.rules import is_structure_id, search_key
from sas.directory.structure_kinds import kinds_by_category
from sas.directory.structures_writing import BadRowError, Said, StructuresReport
from sas.directory.weekly_hours import Band, to_json, week_in_words

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes of one bundle. A region's whole ROR is exported as several."""
_CATEGORIES = "R66"
_FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
_SIRET = re.compile(r"\d{14}")
Resource = dict[str, Any]


def is_json(path: Path) -> bool:
    """Whether the file begins like JSON."""
    with path.open("rb") as file:
        return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def read(
    paths: Sequence[Path], report: StructuresReport, progress: Callable[[int], None] = lambda count: None
) -> Iterator[Said]:
    """What the bundles, taken together, say of each structure. A resource that cannot be read costs itself.

    Raises `ImportRefusedError` for a file that is no bundle. `line` is the rank of the resource in its file.
    """
    organizations: dict[str, tuple[str, int, Resource]] = {}
    services: dict[str, list[tuple[str, int, Resource]]] = {}
    locations: dict[str, Resource] = {}
    for path in paths:
        for rank, resource in enumerate(_resources(path), 1):
            match resource.get("resourceType"):
                case "Organization":
                    for key in _names(resource):
                        organizations[key] = (path.name, rank, resource)
                case "HealthcareService":
                    services.setdefault(_target(resource.get("providedBy")), []).append((path.name, rank, resource))
                case "Location":
                    locations |= dict.fromkeys(_names(resource), resource)
        progress(path.stat().st_size)
    done: set[int] = set()
    for file, rank, organization in organizations.values():
        if id(organization) in done:  # known by its id and by the address of its entry
            continue
        done.add(id(organization))
        own = [one for name in _names(organization) for one in services.get(name, [])]
        try:
            yield _said(file, rank, organization, own, locations, report)
        except (BadRowError, LookupError, TypeError, AttributeError, ValueError) as error:
            report.rejected.add(file, rank, str(error) if isinstance(error, BadRowError) else "ressource mal formée")


def _resources(path: Path) -> Iterator[Resource]:
    if path.stat().st_size > LARGEST_FILE:
        raise ImportRefusedError(f"{path} est trop gros : exporter le ROR en plusieurs bundles.")
    try:
        content = msgspec.json.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ImportRefusedError(f"{path} : JSON illisible ({error}).") from error
    bundles = content if isinstance(content, list) else [content]
    for bundle in bundles:
        if not isinstance(bundle, dict) or not isinstance(bundle.get("entry", []), list):
            raise ImportRefusedError(f"{path} n’est pas un bundle FHIR.")
        if bundle.get("resourceType") != "Bundle":
            raise ImportRefusedError(f"{path} n’est pas un bundle FHIR (resourceType : {bundle.get('resourceType')}).")
        for entry in bundle.get("entry", []):
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict):
                yield resource | {"_fullUrl": entry.get("fullUrl")}


def _names(resource: Resource) -> list[str]:
    """What a reference may call it: « Organization/12 », or the address of its entry."""
    names = [f"{resource['resourceType']}/{resource['id']}"] if resource.get("id") else []
    return [*names, str(resource["_fullUrl"])] if resource.get("_fullUrl") else names


def _target(reference: Any) -> str:
    """The same, from a reference: absolute addresses of a server lead to « Organization/12 » too."""
    text = str(reference.get("reference", "")) if isinstance(reference, dict) else ""
    return "/".join(text.split("/")[-2:]) if "/" in text and not text.startswith("urn:") else text


def _said(
    file: str,
    rank: int,
    organization: Resource,
    services: Sequence[tuple[str, int, Resource]],
    locations: dict[str, Resource],
    report: StructuresReport,
) -> Said:
    finess, siret = _identifiers(organization)
    if not finess and not siret:
        raise BadRowError("ni FINESS ni SIRET")
    if organization.get("active") is False:
        raise BadRowError("structure fermée dans le ROR : elle ne dit plus rien")
    offered = list(_services(services, report))
    category = _category(organization)
    values: dict[str, Any] = {
        **_named(organization, category),
        **_phones(organization, offered),
        **_hours_and_zone(offered, locations, lambda reason: report.warnings.add(file, rank, reason)),
        **_where(organization, offered, locations),
    }
    if any(service.is_emergency for service in offered):
        values["services"] = ["emergency"]
    if siret:
        values["siret"] = siret
    # A legal entity has no category of establishment: it is updated if we know it, never made.
    return Said(
        file, rank, f"1{finess}" if finess else f"3{siret}", values, siret=siret, known_only=not (category and finess)
    )


def _services(services: Sequence[tuple[str, int, Resource]], report: StructuresReport) -> Iterator[Service]:
    for file, rank, resource in services:
        if resource.get("active") is False:
            continue
        try:
            yield service_of(resource)
        except (LookupError, TypeError, AttributeError, ValueError):
            report.rejected.add(file, rank, "offre mal formée")


def _identifiers(organization: Resource) -> tuple[str, str]:
    """(FINESS, SIRET) without prefix, "" when absent. Both systems, and the national id, which bears a prefix."""
    finess = siret = ""
    for identifier in organization.get("identifier", []):
        value = str(identifier.get("value", "")).replace(" ", "").upper()
        system = str(identifier.get("system", "")).lower()
        if "finess" in system and _FINESS.fullmatch(value):
            finess = value
        elif "siren" in system and _SIRET.fullmatch(value):
            siret = value
        elif system.endswith("1.71.4.2.2") and is_structure_id(value):
            finess = finess or (value[1:] if value[0] == "1" else "")
            siret = siret or (value[1:] if value[0] == "3" else "")
    return finess, siret


def _category(organization: Resource) -> tuple[str, str] | None:
    types = organization.get("type", [])
    for concept in types if isinstance(types, list) else [types]:
        codings = concept.get("coding", [])
        for coding in codings if isinstance(codings, list) else [codings]:
            if _CATEGORIES in str(coding.get("system", "")):
                return str(coding.get("code", "")), str(coding.get("display", ""))
    return None


def _named(organization: Resource, category: tuple[str, str] | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if name := " ".join(str(organization.get("name", "")).split()):
        values |= {"name": name, "name_key": search_key(name)}
    elif category:
        raise BadRowError("nom absent")
    if category:
        kind = kinds_by_category().get(category[0])
        values |= {"category": category[0], "category_label": category[1]}
        if kind is not None:
            values |= {"kind": kind.kind, "activity": kind.activity if kind.kind == "establishment" else ""}
        else:
            values |= {"kind": "establishment", "activity": ""}
    return values


def _phones(organization: Resource, services: Sequence[Service]) -> dict[str, str]:
    """The structure's own phones, or those of its only service; the SNP unit's apart."""
    phones = list(telecoms(organization))
    ordinary = [service for service in services if not service.is_snp]
    if not phones and len(ordinary) == 1:
        phones = list(ordinary[0].phones)
    values = {
        "phone": next((phone.number for phone in phones if phone.public), ""),
        "regulation_phone": next((phone.number for phone in phones if not phone.public), ""),
    }
    units = [service for service in services if service.is_snp]
    of_units = sorted((phone for unit in units for phone in unit.phones), key=lambda phone: phone.public)
    if units:
        values["snp_phone"] = of_units[0].number if of_units else ""
        values["snp_hours"] = next((_in_words(unit.bands) for unit in units if unit.bands), "")
    return values


def _in_words(bands: Sequence[Band]) -> str:
    return " ; ".join(f"{days} {hours}" for days, hours in week_in_words(bands) if hours != "fermé")


def _hours_and_zone(
    services: Sequence[Service], locations: dict[str, Resource], warn: Callable[[str], None]
) -> dict[str, Any]:
    """Opening hours when every service that gives some agrees: those of a hospital's wards are not the hospital's."""
    hours = {service.bands for service in services if service.bands and not service.is_snp}
    codes = {code for service in services for code in service.zone}
    for name in {_target({"reference": name}) for service in services for name in service.coverage}:
        codes |= {code for extension in _extensions(locations.get(name)) for code in communes_in(extension)}
    zone = set()
    for code in sorted(codes):
        commune = gazetteer().by_insee(code)
        if commune is None:
            warn(f"commune de la zone inconnue : {code}")
        else:
            zone.add(commune.insee)
    (agreed,) = hours if len(hours) == 1 else (None,)
    return {"opening_hours": to_json(agreed) if agreed else None, "zone": sorted(zone)}


def _where(organization: Resource, services: Sequence[Service], locations: dict[str, Resource]) -> dict[str, Any]:
    """Its own address, else that of its only location; coordinates of the only location that has some."""
    names = {_target({"reference": name}) for service in services for name in service.locations}
    places = [locations[name] for name in sorted(names) if name in locations]
    address = _address(organization) or (_address(places[0]) if len(places) == 1 else None)
    if address is None:
        return {}
    code = next((c for place in (organization, *places[:1]) for e in _extensions(place) for c in communes_in(e)), "")
    city, postal_code = str(address.get("city", "")), str(address.get("postalCode", ""))
    match = gazetteer().commune_for(insee=code if len(places) <= 1 else "", postal_code=postal_code, city=city)
    commune = match.commune
    if commune is None:
        return {}
    point = _point(places[0]) if len(places) == 1 else None
    precision = Precision.SOURCE if point else Precision.COMMUNE
    latitude, longitude = point or match.point or (None, None)
    lines = address.get("line", [])
    return {
        "line": ", ".join(str(line) for line in (lines if isinstance(lines, list) else [lines]) if line),
        "postal_code": postal_code,
        "insee": commune.insee,
        "city": commune.name,
        "department": commune.department,
        "timezone": commune.timezone,
        "latitude": latitude,
        "longitude": longitude,
        "precision": precision.value if latitude is not None else None,
    }


def _address(resource: Resource) -> Resource | None:
    address = resource.get("address")
    first = address[0] if isinstance(address, list) and address else address
    return first if isinstance(first, dict) and (first.get("city") or first.get("postalCode")) else None


def _extensions(resource: Resource | None) -> list[Resource]:
    found = (resource or {}).get("extension", [])
    return found if isinstance(found, list) else [found]


def _point(location: Resource) -> tuple[float, float] | None:
    position = location.get("position")
    if not isinstance(position, dict):
        return None
    latitude, longitude = round(float(position["latitude"]), 7), round(float(position["longitude"]), 7)
    return (latitude, longitude) if -90 <= latitude <= 90 and -180 <= longitude <= 180 else None
