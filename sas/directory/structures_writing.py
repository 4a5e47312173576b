"""Writing what sources say of structures: compared lot by lot with what is known, only differences touch the table.

One lot is in memory at a time; every function runs inside the import's transaction.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection
from psycopg.types.json import Jsonb

from sas.directory.importing_runs import RejectedRows
from sas.directory.models import Structure
from sas.directory.structure_rules import FIELDS, believed, provenance_of

LOT = 2000
_JSON = ("opening_hours", "sources")
_WRITTEN = (*FIELDS, "parent_id", "source", "sources", "ended_on", "updated_on")


class BadRowError(ValueError):
    """This row cannot be kept; the message, in French, says why."""


class Said(NamedTuple):
    """What one source says of one structure. `values` holds only the fields that it speaks of.

    `parent` is the national id of the association of a fixed place, "" for none, None when the source does not know.
    `known_only`: never makes a new structure.
    """

    file: str
    line: int
    national_id: str
    values: dict[str, Any]
    parent: str | None = None
    siret: str = ""
    known_only: bool = False


@dataclass(slots=True)
class StructuresReport:
    """What the files would change, or changed. `state`: planned, applied or refused."""

    at: datetime
    state: str = "planned"
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    closed: int = 0
    ignored: int = 0
    """What a source says of structures that are not ours to make: legal entities of the ROR."""
    active_before: int = 0
    """Active structures that an extraction may close."""
    refusal: str = ""
    seconds: float = 0.0
    rejected: RejectedRows = field(default_factory=RejectedRows)
    warnings: RejectedRows = field(default_factory=RejectedRows)
    """Rows kept without a part of them: a zone's unknown commune, a phone that is none."""

    @property
    def closed_share(self) -> float:
        """Closed structures over those that might have been."""
        return self.closed / self.active_before if self.active_before else 0.0

    def as_json(self) -> dict[str, Any]:
        """The shape of `--report`."""
        changes = {"created": self.created, "updated": self.updated, "unchanged": self.unchanged}
        changes["closed"] = self.closed
        return {
            "command": "import_structures",
            "state": self.state,
            "at": self.at.isoformat(),
            "seconds": round(self.seconds, 1),
            "changes": changes,
            "closed_share": round(self.closed_share, 4),
            "refusal": self.refusal or None,
            "rejected_by_reason": dict(self.rejected.by_reason),
            "rejected_rows": self.rejected.listed,
            "warnings": self.warnings.listed,
            "warnings_by_reason": dict(self.warnings.by_reason.most_common(50)),
        }


def write(said: Iterable[Said], report: StructuresReport, *, source: str, on: date) -> None:
    """Write the differences, lot by lot, counting them in the report. `on` is the day of the import."""
    remaining = iter(said)
    with connection.cursor() as cursor:
        table = f"structure_change_{uuid.uuid4().hex[:8]}"
        columns = ", ".join(("national_id", *_WRITTEN))
        cursor.execute(
            f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS"  # noqa: S608 — names of ours
            f" SELECT {columns} FROM directory_structure WHERE false"
        )
        while lot := list(islice(remaining, LOT)):
            changed = _compare(lot, report, source=source, on=on)
            if not changed:
                continue
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in changed:
                    copy.write_row(row)
            cursor.execute(
                f"INSERT INTO directory_structure ({columns}) SELECT {columns} FROM {table}"  # noqa: S608
                f" ON CONFLICT (national_id) DO UPDATE SET {', '.join(f'{n} = EXCLUDED.{n}' for n in _WRITTEN)}"
            )
            cursor.execute(f"TRUNCATE {table}")


def _compare(lot: Sequence[Said], report: StructuresReport, *, source: str, on: date) -> list[tuple[Any, ...]]:
    known, by_siret = _known(lot)
    parents = _ids({one.parent for one in lot if one.parent})
    changed = []
    met: set[str] = set()
    for one in lot:
        current = known.get(one.national_id) or by_siret.get(one.siret)
        if (current["national_id"] if current else one.national_id) in met:
            report.rejected.add(one.file, one.line, "structure déjà donnée sous un autre identifiant")
            continue
        if current is None and one.known_only:
            report.ignored += 1
            continue
        met.add(current["national_id"] if current else one.national_id)
        if current is None:
            values = _EMPTY | one.values
            sources = provenance_of(one.values, source=source, on=on)
            row = values | {"source": source, "sources": sources, "parent_id": parents.get(one.parent or "")}
            national_id = one.national_id
            report.created += 1
        else:
            values, provenance = believed(
                current, current["sources"], current["source"], one.values, source=source, on=on
            )
            if one.parent is not None and parents.get(one.parent) != current["parent_id"]:
                values["parent_id"] = parents.get(one.parent)
            if not values and not provenance and current["ended_on"] is None:
                report.unchanged += 1
                continue
            row = current | values | {"sources": current["sources"] | provenance}
            national_id = current["national_id"]
            report.updated += 1
        row |= {"ended_on": None, "updated_on": on}
        changed.append((national_id, *(_dumped(name, row[name]) for name in _WRITTEN)))
    return changed


_EMPTY: dict[str, Any] = {
    name: "" for name in FIELDS if name not in ("latitude", "longitude", "precision", "opening_hours")
} | {"latitude": None, "longitude": None, "precision": None, "opening_hours": None, "zone": [], "services": []}
_EMPTY["timezone"] = "Europe/Paris"


def _dumped(name: str, value: Any) -> Any:
    return Jsonb(value) if name in _JSON and value is not None else value


def _known(lot: Sequence[Said]) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """What the database holds of this lot, by national id and by SIRET (for sources that may not know the FINESS)."""
    wanted = ("national_id", *_WRITTEN)
    rows = Structure.objects.filter(national_id__in=[one.national_id for one in lot]).values(*wanted)
    by_id = {row["national_id"]: row for row in rows}
    sirets = [one.siret for one in lot if one.siret]
    if not sirets:
        return by_id, {}
    same = Structure.objects.filter(siret__in=sirets) | Structure.objects.filter(
        national_id__in=[f"3{siret}" for siret in sirets]
    )
    found = same.order_by("-national_id").values(*wanted)
    return by_id, {row["siret"] or row["national_id"][1:]: row for row in found}


def _ids(national_ids: set[str]) -> dict[str, int]:
    if not national_ids:
        return {}
    return dict(Structure.objects.filter(national_id__in=national_ids).values_list("national_id", "pk"))
