"""Import of structures and their zones: CPTS, MSP, CDS, SOS Médecins associations and fixed places (interfaces.md §1).

CSV, UTF-8 (BOM tolerated), `;` or `,`. A few thousand rows: read whole, compared in memory, written in one
transaction. A file says nothing of the structures it does not name: nothing is ever closed here.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from sas.directory.gazetteer import gazetteer
from sas.directory.importing_runs import ImportRefusedError, RejectedRows, recorded_run, single_import
from sas.directory.models import Precision, Structure
from sas.directory.rules import is_structure_id, phone_number, search_key

KIND = "import_structures"
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
KINDS = ("cpts", "msp", "cds", "sos", "sos_place")
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes. The whole country is under 5 MB: beyond this it is another kind of file."""
_WRITTEN = (
    "kind",
    "name",
    "name_key",
    "line",
    "postal_code",
    "insee",
    "city",
    "department",
    "latitude",
    "longitude",
    "precision",
    "timezone",
    "phone",
    "regulation_phone",
    "regulation_hours",
    "zone",
)


class BadRowError(ValueError):
    """This row cannot be kept; the message, in French, says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A structure as its row says it: `values` are those of `_WRITTEN`."""

    line: int
    national_id: str
    parent: str
    values: dict[str, Any]


@dataclass(slots=True)
class StructuresReport:
    """What the files would change, or changed."""

    at: datetime
    state: str = "planned"
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: RejectedRows = field(default_factory=RejectedRows)
    warnings: RejectedRows = field(default_factory=RejectedRows)
    """Rows kept without a part of them: a zone's unknown commune, a phone that is none."""

    def as_json(self) -> dict[str, Any]:
        """The shape of `--report`."""
        return {
            "command": KIND,
            "state": self.state,
            "at": self.at.isoformat(),
            "changes": {"created": self.created, "updated": self.updated, "unchanged": self.unchanged},
            "rejected_by_reason": dict(self.rejected.by_reason),
            "rejected_rows": self.rejected.listed,
            "warnings": self.warnings.listed,
        }


def import_structures(
    paths: Sequence[Path], *, apply: bool, by: str, clock: Callable[[], datetime]
) -> StructuresReport:
    """Compare the files with the known structures; write the difference if `apply`.

    A bad row costs that row. Raises `ImportRefusedError` when a file is not one, and then changes nothing.
    """
    report = StructuresReport(at=clock())
    rows = {row.national_id: row for path in paths for row in _read(path, report)}
    _check_parents(rows, report)
    with single_import(KIND):
        if not apply:
            _compare(rows, report)
            return report
        files = [{"name": path.name, "bytes": path.stat().st_size} for path in paths]
        with recorded_run(KIND, by=by, at=report.at, clock=clock, files=lambda: files) as counts:
            with transaction.atomic():
                new, changed = _compare(rows, report)
                _write(rows, new, changed)
            counts.update(report.as_json()["changes"])
    report.state = "applied"
    return report


def _read(path: Path, report: StructuresReport) -> Iterator[Row]:
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
                row = _row(reader.line_num, dict(zip(names, map(str.strip, fields), strict=True)), path.name, report)
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


def _row(line: int, fields: dict[str, str], file: str, report: StructuresReport) -> Row:
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
    for name in ("phone", "regulation_phone"):
        values[name] = phone_number(fields[name])
        if fields[name] and not values[name]:
            report.warnings.add(file, line, f"téléphone ignoré : {fields[name]}")
    values["zone"] = _zone(fields["zone"], lambda reason: report.warnings.add(file, line, reason))
    return Row(line, national_id, fields["parent"].replace(" ", "").upper(), values | _place(fields))


def _zone(text: str, warn: Callable[[str], None]) -> list[str]:
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


def _check_parents(rows: dict[str, Row], report: StructuresReport) -> None:
    """Drop the places whose association is neither in the files nor known."""
    known = set(Structure.objects.filter(kind=Structure.Kind.SOS).values_list("national_id", flat=True))
    known |= {row.national_id for row in rows.values() if row.values["kind"] == "sos"}
    for row in [row for row in rows.values() if row.parent and row.parent not in known]:
        report.rejected.add("", row.line, f"association inconnue : {row.parent}")
        del rows[row.national_id]


def _compare(rows: dict[str, Row], report: StructuresReport) -> tuple[list[Structure], list[Structure]]:
    existing = {s.national_id: s for s in Structure.objects.filter(national_id__in=rows).select_related("parent")}
    new, changed = [], []
    today = timezone.localdate(report.at)
    for row in rows.values():
        structure = existing.get(row.national_id)
        if structure is None:
            new.append(Structure(national_id=row.national_id, updated_on=today, **row.values))
            continue
        parent = structure.parent.national_id if structure.parent else ""
        same = all(getattr(structure, name) == row.values[name] for name in _WRITTEN)
        if same and parent == row.parent and structure.ended_on is None:
            continue
        for name in _WRITTEN:
            setattr(structure, name, row.values[name])
        structure.ended_on, structure.updated_on = None, today
        changed.append(structure)
    report.created, report.updated = len(new), len(changed)
    report.unchanged = len(rows) - len(new) - len(changed)
    return new, changed


def _write(rows: dict[str, Row], new: list[Structure], changed: list[Structure]) -> None:
    """Associations first, so that their places can name them."""
    Structure.objects.bulk_create([s for s in new if not rows[s.national_id].parent])
    wanted = {row.parent for row in rows.values() if row.parent}
    parents = {s.national_id: s for s in Structure.objects.filter(national_id__in=wanted)}
    for structure in (*new, *changed):
        structure.parent = parents.get(rows[structure.national_id].parent)
    Structure.objects.bulk_create([s for s in new if s.parent is not None])
    Structure.objects.bulk_update(changed, [*_WRITTEN, "parent", "ended_on", "updated_on"], batch_size=500)
