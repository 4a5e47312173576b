"""The rows of the gazetteer and how they are found by code. Immutable once loaded."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sas.directory.gazetteer_places import Commune, Department, Part, Point


class Tables:
    """Communes, their parts and departments, indexed by every code they have or had."""

    def __init__(
        self, communes: Iterable[Commune], parts: Iterable[Part], departments: Mapping[str, Department]
    ) -> None:
        #: The largest first: every list made from it is in that order too.
        self.communes = tuple(sorted(communes, key=lambda commune: (-commune.population, commune.insee)))
        self.parts = tuple(parts)
        self.departments = dict(departments)
        self._by_insee = {commune.insee: commune for commune in self.communes}
        self._parts = {part.code: part for part in self.parts}
        # Codes older than today's departments are left out: 75001, once Alfortville, is a postal code now.
        self._current_of_old = {
            old: commune
            for commune in self.communes
            for old in commune.old_codes
            if old not in self._by_insee and old.startswith(commune.department)
        }
        by_postal_code: dict[str, list[Commune]] = {}
        for commune in self.communes:
            for postal_code in commune.postal_codes:
                by_postal_code.setdefault(postal_code, []).append(commune)
        self._by_postal_code = {code: tuple(found) for code, found in by_postal_code.items()}
        self._districts = {code: part for part in self.parts for code in part.postal_codes}

    def by_insee(self, code: str) -> Commune | None:
        """The current commune of an INSEE code; arrondissements and codes of merged communes lead to it."""
        if code in self._by_insee:
            return self._by_insee[code]
        if code in self._parts:
            return self._by_insee[self._parts[code].commune]
        return self._current_of_old.get(code)

    def part(self, code: str) -> Part | None:
        """The arrondissement or old commune of an INSEE code (it may share its code with a current commune)."""
        return self._parts.get(code)

    def by_postal_code(self, code: str) -> tuple[Commune, ...]:
        """Communes served by a postal code, the largest first; empty for a CEDEX or an unknown code."""
        return self._by_postal_code.get(code, ())

    def district(self, postal_code: str) -> Part | None:
        """The arrondissement that a postal code of Paris, Lyon or Marseille stands for (75011, 75116)."""
        return self._districts.get(postal_code)

    def point_of_postal_code(self, code: str) -> Point | None:
        """The arrondissement's centre, else that of the largest commune served."""
        if code in self._districts:
            return self._districts[code].point
        served = self.by_postal_code(code)
        return served[0].point if served else None

    @property
    def postal_codes(self) -> Mapping[str, tuple[Commune, ...]]:
        """Every postal code with its communes."""
        return self._by_postal_code

    def department(self, code: str) -> Department | None:
        """By its code: « 59 », « 2A », « 974 », « 987 »."""
        return self.departments.get(code.strip().upper())

    def departments_of_postal_code(self, code: str) -> tuple[Department, ...]:
        """Known codes by their communes (a few straddle two departments); others, CEDEX first, by their digits."""
        served = self.by_postal_code(code)
        if served:
            return tuple(self.departments[department] for department in dict.fromkeys(c.department for c in served))
        prefix = code[:3] if code[:2] in ("97", "98") else code[:2]
        if prefix == "20":
            return (self.departments["2A" if code[:3] in ("200", "201") else "2B"],)
        return (self.departments[prefix],) if prefix in self.departments else ()


def read(folder: Path) -> tuple[tuple[Commune, ...], tuple[Part, ...], dict[str, Department]]:
    """The three files of a folder (see `data/SOURCES.md`)."""
    departments = {
        code: Department(code, name, region, region_name, seat, int(population), float(lat), float(lon), int(km), zone)
        for code, name, region, region_name, seat, population, lat, lon, km, zone in _rows(folder / "departments.csv")
    }
    zones = {code: department.timezone for code, department in departments.items()}
    communes = tuple(
        Commune(
            *(insee, name, tuple(codes.split()), department, int(population), float(latitude), float(longitude)),
            timezone or zones[department],
            tuple(old_codes.split()),
        )
        for insee, name, codes, department, population, latitude, longitude, timezone, old_codes in _rows(
            folder / "communes.csv"
        )
    )
    centres = {commune.insee: commune.point for commune in communes}
    parts = []
    for code, kind, commune, name, codes, population, latitude, longitude in _rows(folder / "commune_parts.csv"):
        point = (float(latitude), float(longitude)) if latitude else centres[commune]
        parts.append(
            Part(code, kind == "arrondissement", commune, name, tuple(codes.split()), int(population or 0), *point)
        )
    return communes, tuple(parts), departments


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        yield from rows
