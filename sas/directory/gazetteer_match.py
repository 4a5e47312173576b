"""From the address fields of a file to a commune, forgiving what files do: CEDEX, missing or old codes, capitals."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from sas.directory import gazetteer_names as names
from sas.directory.gazetteer_places import Commune, Part, Point
from sas.directory.gazetteer_tables import Tables


class How(StrEnum):
    """How a commune was found, the surest first."""

    INSEE = "insee"
    POSTAL_CODE_AND_NAME = "postal_code_and_name"
    POSTAL_CODE = "postal_code"
    NAME_AND_DEPARTMENT = "name_and_department"
    POSTAL_PREFIX = "postal_prefix"
    DEPARTMENT = "department"
    NONE = "none"


class Match(NamedTuple):
    """`commune` is None when only the department is known (`how` DEPARTMENT) or nothing is (NONE, no point).

    The point is that of the arrondissement or old commune when the fields name one; `postal_code` is what was given
    when it is a real one.
    """

    commune: Commune | None
    how: How
    department: str | None = None
    point: Point | None = None
    postal_code: str | None = None


class Matcher:
    """`Gazetteer.commune_for`: seven dictionary look-ups at worst, since an import asks 1.3 million times."""

    def __init__(self, tables: Tables, named: Callable[[str], tuple[Commune | Part, ...]]) -> None:
        self._tables = tables
        self._places_named = named
        #: Three digits name the sorting office: a CEDEX code of the same office is near its largest commune.
        self._largest_of_office: dict[str, str] = {}
        for code, served in tables.postal_codes.items():
            kept = self._largest_of_office.get(code[:3])
            if kept is None or tables.by_postal_code(kept)[0].population < served[0].population:
                self._largest_of_office[code[:3]] = code

    def commune_for(self, *, insee: str, postal_code: str, city: str) -> Match:
        insee, postal_code = insee.strip().upper(), postal_code.strip()
        real_code = postal_code if postal_code in self._tables.postal_codes else None
        commune = self._tables.by_insee(_padded(insee)) if insee else None
        if commune is not None:
            part = self._tables.part(_padded(insee))
            # An old commune may share its code with the merged one: the code then means the whole.
            named = part if part is not None and part.code != commune.insee else None
            return self._found(commune, How.INSEE, named, real_code)
        if real_code is not None:
            return self._by_postal_code(real_code, city)
        return self._by_name(postal_code, city) or self._by_office(postal_code)

    def _by_postal_code(self, code: str, city: str) -> Match:
        served = self._tables.by_postal_code(code)
        insees = {commune.insee for commune in served}
        for place in self._named(city):
            if isinstance(place, Part) and place.commune in insees:
                commune = self._tables.by_insee(place.commune)
                if commune is not None:
                    return self._found(commune, How.POSTAL_CODE_AND_NAME, place, code)
            if isinstance(place, Commune) and place.insee in insees:
                return self._found(place, How.POSTAL_CODE_AND_NAME, None, code)
        return self._found(served[0], How.POSTAL_CODE, None, code)

    def _by_name(self, postal_code: str, city: str) -> Match | None:
        """In the department that the code's digits tell, or anywhere when the name is the only one in France."""
        departments = {department.code for department in self._tables.departments_of_postal_code(postal_code)}
        found: dict[str, tuple[Commune, Part | None]] = {}
        for place in self._named(city):
            part = place if isinstance(place, Part) else None
            commune = place if isinstance(place, Commune) else self._tables.by_insee(place.commune)
            if commune is not None and (not departments or commune.department in departments):
                found.setdefault(commune.insee, (commune, part))
        if not found or (not departments and len(found) > 1):
            return None
        commune, part = next(iter(found.values()))
        return self._found(commune, How.NAME_AND_DEPARTMENT, part, None)

    def _by_office(self, postal_code: str) -> Match:
        near = self._largest_of_office.get(postal_code[:3]) if len(postal_code) == 5 else None
        if near is not None:
            return self._found(self._tables.by_postal_code(near)[0], How.POSTAL_PREFIX, None, None)
        for department in self._tables.departments_of_postal_code(postal_code):
            return Match(None, How.DEPARTMENT, department.code, (department.latitude, department.longitude))
        return Match(None, How.NONE)

    def _named(self, city: str) -> tuple[Commune | Part, ...]:
        if not city or len(city) > names.LONGEST_TEXT:
            return ()
        folded = names.without_cedex(names.fold(city))
        return self._places_named(folded) or self._places_named(names.without_district(folded))

    def _found(self, commune: Commune, how: How, part: Part | None, postal_code: str | None) -> Match:
        if part is None and postal_code is not None:
            district = self._tables.district(postal_code)
            part = district if district is not None and district.commune == commune.insee else None
        return Match(commune, how, commune.department, part.point if part else commune.point, postal_code)


def _padded(insee: str) -> str:
    """Files read as numbers lose the leading zero of 01 to 09."""
    return insee.zfill(5) if len(insee) == 4 else insee
