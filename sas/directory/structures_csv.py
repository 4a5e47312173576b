"""The CSV of structures that a SAS keeps: CPTS, MSP, CDS, SOS Médecins associations and their fixed places.

UTF-8 (BOM tolerated), `;` or `,`. A few thousand rows: read whole. A file says nothing of the structures it does not
name. Columns that a file may add to `HEADER`: those of `OPTIONAL`.
"""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sas.directory.gazetteer import gazetteer
from sas.directory.importing_runs import ImportRefusedError
from sas.directory.models import Precision
from sas.directory.rules import is_structure_id, phone_number, search_key
from sas.directory.structure_kinds import structure_kind, structure_kinds
from sas.directory.structures_writing import BadRowError, Said, StructuresReport

HEADER = (
    "kind",
    "national_id",
    "name",
    "parent",
    "line",
    "postal_code",
    "insee",
    "city",
    "latitude",
    "longitude",
    "phone",
    "regulation_phone",
    "regulation_hours",
    "zone",
)
OPTIONAL = ("activity", "services", "snp_phone", "snp_hours")
KINDS = ("cpts", "msp", "cds", "sos", "sos_place", "establishment")
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes. The whole country is under 5 MB: beyond this it is another kind of file."""


def read(path: Path, report: StructuresReport) -> Iterator[Said]:
    """Each row, or its reason among the rejected ones. Raises `ImportRefusedError` for another kind of file."""
    seen: dict[str, int] = {}
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    try:
        header = next(reader, [])
        if len(header) == 1:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=",", strict=True)
            header = next(reader, [])
        names = [name.strip().lower() for name in header]
        missing = [name for name in HEADER if name not in names]
        if missing:
            raise ImportRefusedError(f"{path} : colonnes absentes de la première ligne : {', '.join(missing)}.")
        for fields in reader:
            if not any(fields):
                continue
            try:
                if len(fields) != len(names):
                    raise BadRowError("colonnes manquantes" if len(fields) < len(names) else "colonnes en trop")
                row = _said(reader.line_num, dict(zip(names, map(str.strip, fields), strict=True)), path.name, report)
                if row.national_id in seen:
                    raise BadRowError(f"identifiant déjà donné ligne {seen[row.national_id]}")
            except BadRowError as error:
                report.rejected.add(path.name, reader.line_num, str(error))
                continue
            seen[row.national_id] = row.line
            yield row
    except csv.Error as error:
        raise ImportRefusedError(f"{path}, ligne {reader.line_num} : CSV illisible ({error}).") from error


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            raise ImportRefusedError(f"{path} est un dossier : donner un fichier CSV.")
        if path.stat().st_size > LARGEST_FILE:
            raise ImportRefusedError(f"{path} est trop gros pour un fichier de structures.")
        content = path.read_bytes()
    except OSError as error:
        raise ImportRefusedError(f"{path} ne peut pas être lu : {error.strerror or error}.") from error
    if not content.strip():
        raise ImportRefusedError(f"{path} est vide.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefusedError(f"{path} n’est pas en UTF-8.") from error
    if "\0" in text:
        raise ImportRefusedError(f"{path} n’est pas un fichier CSV.")
    return text


def _said(line: int, fields: dict[str, str], file: str, report: StructuresReport) -> Said:
    if fields["kind"] not in KINDS:
        raise BadRowError(f"nature inconnue : {fields['kind'] or 'vide'} (attendu : {', '.join(KINDS)})")
    national_id = fields["national_id"].replace(" ", "").upper()
    if not is_structure_id(national_id):
        raise BadRowError("identifiant national sans son préfixe (1 + FINESS, 3 + SIRET)")
    if not fields["name"]:
        raise BadRowError("nom absent")
    if (fields["kind"] == "sos_place") != bool(fields["parent"]):
        raise BadRowError("un lieu fixe SOS (sos_place), et lui seul, nomme son association (parent)")
    values: dict[str, Any] = {name: fields[name] for name in ("kind", "name", "line", "regulation_hours")}
    values["name_key"] = search_key(fields["name"])
    for name in ("phone", "regulation_phone", "snp_phone"):
        if name in fields:
            values[name] = phone_number(fields[name])
            if fields[name] and not values[name]:
                report.warnings.add(file, line, f"téléphone ignoré : {fields[name]}")
    values["zone"] = read_zone(fields["zone"], lambda reason: report.warnings.add(file, line, reason))
    values |= _optional(fields) | _place(fields)
    return Said(file, line, national_id, values, fields["parent"].replace(" ", "").upper())


def _optional(fields: dict[str, str]) -> dict[str, Any]:
    """What newer files add: the activity of an establishment, its services, the SNP unit's hours."""
    values: dict[str, Any] = {name: fields[name] for name in ("snp_hours",) if name in fields}
    if activity := fields.get("activity"):
        if structure_kind(activity) is None:
            raise BadRowError(f"activité inconnue : {activity} (attendu : {', '.join(structure_kinds())})")
        values["activity"] = activity if fields["kind"] == "establishment" else ""
    if "services" in fields:
        values["services"] = sorted(set(fields["services"].split()) & set(structure_kinds()))
    return values


def read_zone(text: str, warn: Callable[[str], None]) -> list[str]:
    """Current INSEE codes, sorted; codes of merged communes lead to theirs."""
    known = set()
    for code in text.upper().split():
        commune = gazetteer().by_insee(code)
        if commune is None:
            warn(f"commune de la zone inconnue : {code}")
        else:
            known.add(commune.insee)
    return sorted(known)


def _place(fields: dict[str, str]) -> dict[str, Any]:
    match = gazetteer().commune_for(insee=fields["insee"], postal_code=fields["postal_code"], city=fields["city"])
    commune = match.commune
    given = _coordinates(fields["latitude"], fields["longitude"])
    point = given or (match.point if commune else None)
    precision = Precision.SOURCE if given else Precision.COMMUNE
    return {
        "postal_code": fields["postal_code"],
        "insee": commune.insee if commune else "",
        "city": commune.name if commune else fields["city"],
        "department": match.department or "",
        "timezone": commune.timezone if commune else "Europe/Paris",
        "latitude": point[0] if point else None,
        "longitude": point[1] if point else None,
        "precision": precision.value if point else None,
    }


def _coordinates(latitude: str, longitude: str) -> tuple[float, float] | None:
    if not latitude and not longitude:
        return None
    try:
        # A centimetre: more digits are noise, and the tiniest floats make PostgreSQL's trigonometry underflow.
        point = round(float(latitude.replace(",", ".")), 7), round(float(longitude.replace(",", ".")), 7)
    except ValueError:
        raise BadRowError("latitude ou longitude illisible") from None
    # Also false for « nan ».
    if not (-90 <= point[0] <= 90 and -180 <= point[1] <= 180):
        raise BadRowError("latitude ou longitude hors de ses bornes")
    return point
