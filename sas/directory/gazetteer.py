"""Every commune, department and postal code of France in memory: position, population, time zone, names.

Answers without network or database: autocompletion, the directory's import (`commune_for`), and geocoding when the
national address API is off or down (spec/platform.md §3.5). The data is described in `data/SOURCES.md`.
Immutable once loaded: safe to share between threads.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sas.directory import gazetteer_names as names
from sas.directory.gazetteer_match import How, Match, Matcher
from sas.directory.gazetteer_places import Commune, Department, Part, Point
from sas.directory.gazetteer_suggest import Suggester, Suggestion

__all__ = ["Commune", "Department", "Gazetteer", "How", "Match", "Part", "Point", "Suggestion", "gazetteer"]

DATA = Path(__file__).parent / "data"


class _Tables(NamedTuple):
    communes: tuple[Commune, ...]
    parts: tuple[Part, ...]
    departments: dict[str, Department]


class Gazetteer:
    """See the module. Build with `Gazetteer.load()`, or use the process-wide `gazetteer()`."""

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
        self._suggester = Suggester(self)
        self._matcher = Matcher(self)

    @classmethod
    def load(cls, folder: Path = DATA) -> "Gazetteer":
        """Read the three files of `folder` (about a third of a second)."""
        tables = _read(folder)
        return cls(tables.communes, tables.parts, tables.departments)

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

    def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Departments, communes and postal codes that the typed text may mean, the likeliest first; never raises."""
        return self._suggester.suggest(text, limit)

    def exact(self, text: str) -> list[Suggestion]:
        """Only places whose whole name, code, or name and code is the text; homonyms by falling population."""
        return self._suggester.exact(text)

    def commune_for(self, *, insee: str = "", postal_code: str = "", city: str = "") -> Match:
        """The commune meant by the three fields of an address as files give them, with how it was found."""
        return self._matcher.commune_for(insee=insee, postal_code=postal_code, city=city)

    def named(self, name: str) -> tuple[Commune | Part, ...]:
        """Communes and parts of that very name, whatever the accents, hyphens, article or « St »; largest first."""
        return self._suggester.exactly(names.key(names.fold(name)))


@cache
def gazetteer() -> Gazetteer:
    """The one gazetteer of this process, loaded at first use."""
    return Gazetteer.load()


def _read(folder: Path) -> _Tables:
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
    return _Tables(communes, tuple(parts), departments)


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        yield from rows
