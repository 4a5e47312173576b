"""Reads of territories: who answers where, where it stands on a day, what is open now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from sas.directory.calendar import PdsaHours, region_of
from sas.directory.gazetteer import gazetteer
from sas.directory.gazetteer_names import fold, key
from sas.directory.models import Coverage, Filiere, Territory, TerritoryState
from sas.directory.territory_rules import Standing, code_of, opened_on, standing_on
from sas.directory.weekly_hours import from_json, is_open


@dataclass(frozen=True)
class CoverageMap:
    """Everything covered, in memory: for as many places as one likes."""

    by_area: Mapping[str, int]

    def of(self, insee: str, department: str) -> int | None:
        """The territory (primary key) of a commune, by its own code first, else by its department."""
        found = self.by_area.get(insee)
        return found if found is not None else self.by_area.get(department)


def coverage_map() -> CoverageMap:
    """One query of at most 35,000 short rows; then `of` is two look-ups."""
    return CoverageMap(dict(Coverage.objects.values_list("area", "territory_id")))


def territory_of(insee: str, department: str) -> Territory | None:
    """The SAS that answers for a commune. One query on a unique index."""
    rows = list(Coverage.objects.filter(area__in=[insee, department]).select_related("territory"))
    return max(rows, key=lambda row: len(row.area)).territory if rows else None


def territories_of(places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Territory]:
    """The SAS of each (insee, department) that has one. One query, whatever their number: for a page of places."""
    wanted = list(places)
    areas = {area for place in wanted for area in place}
    rows = {row.area: row.territory for row in Coverage.objects.filter(area__in=areas).select_related("territory")}
    found = {place: rows.get(place[0]) or rows.get(place[1]) for place in wanted}
    return {place: territory for place, territory in found.items() if territory is not None}


def dated_states(territories: Iterable[int]) -> dict[int, list[tuple[date, str]]]:
    """By territory (primary key), its dated states in order. One query."""
    found: dict[int, list[tuple[date, str]]] = defaultdict(list)
    rows = TerritoryState.objects.filter(territory__in=list(territories)).order_by("starts_on")
    for territory, day, state in rows.values_list("territory_id", "starts_on", "state"):
        found[territory].append((day, state))
    return found


def standings(territories: Iterable[Territory], at: datetime) -> dict[int, Standing]:
    """Where each stands at that moment, on its own calendar. One query."""
    known = list(territories)
    dated = dated_states(territory.pk for territory in known)
    return {t.pk: standing_on(dated.get(t.pk, []), at.astimezone(ZoneInfo(t.timezone)).date()) for t in known}


def state_on(territory: Territory, on: date) -> Territory.State:
    """Where it stands on that day."""
    return Territory.State(standing_on(dated_states([territory.pk]).get(territory.pk, []), on).state)


def opening_day(territory: Territory) -> date | None:
    """The day it first opened, or will: nothing is paid before."""
    return opened_on(dated_states([territory.pk]).get(territory.pk, []))


def pdsa_hours(territory: Territory) -> PdsaHours:
    """Its hours of PDSA, for `calendar.is_pdsa`."""
    return PdsaHours(
        evening=territory.pdsa_evening,
        morning=territory.pdsa_morning,
        saturday=territory.pdsa_saturday,
        bridge_days=territory.pdsa_bridge_days,
    )


def regions_of(territory: Territory) -> list[str]:
    """The regions of public holidays that it spans, the first for its own calendar. One query, or a prefetch."""
    departments: dict[str, None] = {}
    for row in sorted(territory.coverage.all(), key=lambda row: (row.is_commune, row.area)):
        commune = gazetteer().by_insee(row.area) if row.is_commune else None
        departments[commune.department if commune else row.area] = None
    return list(dict.fromkeys(region_of(code) for code in departments)) or [region_of("")]


def zones_of(territory: Territory) -> list[str]:
    """Time zones of its departments and communes, its own first."""
    found = {territory.timezone: None}
    for row in territory.coverage.all():
        place = gazetteer().by_insee(row.area) if row.is_commune else gazetteer().department(row.area)
        if place is not None:
            found[place.timezone] = None
    return list(found)


def filieres_on(territory: Territory, on: date) -> list[Filiere]:
    """Filières in force on that day, by name."""
    lasting = Q(ends_on=None) | Q(ends_on__gt=on)
    return list(territory.filieres.filter(lasting, starts_on__lte=on).order_by("name", "pk"))


def open_now(territory: Territory, at: datetime) -> list[Filiere]:
    """Filières open at that moment, by name: what search offers beside the cards (platform.md §4)."""
    zone = ZoneInfo(territory.timezone)
    region = regions_of(territory)[0]
    known = filieres_on(territory, at.astimezone(zone).date())
    return [filiere for filiere in known if is_open(from_json(filiere.hours), at, zone, region)]


def territories_named(text: str) -> list[Territory]:
    """What somebody means who types a code, a number, or the name of a department, a commune or a SAS; by code."""
    known = Territory.objects.order_by("code")
    if (code := code_of(text)) and (exact := known.filter(code=code).first()):
        return [exact]
    areas = _areas_meant(text)
    if areas and (found := list(known.filter(coverage__area__in=areas).distinct())):
        return found
    wanted = key(fold(text))
    if len(wanted) < 2:
        return []
    return [territory for territory in known if wanted in key(fold(territory.label))]


def _areas_meant(text: str) -> set[str]:
    """Departments and communes of that number, code or name."""
    said = text.strip()
    if department := gazetteer().department(said.upper().removeprefix("SAS-")):
        return {department.code}
    wanted = key(fold(said))
    found = {d.code for d in gazetteer().departments.values() if key(fold(d.name)) == wanted}
    if found or not wanted:
        return found
    if said.isdigit():
        communes = list(gazetteer().by_postal_code(said))
    else:
        communes = [
            commune
            for place in gazetteer().named(said)[:3]
            if (commune := gazetteer().by_insee(getattr(place, "insee", "") or getattr(place, "commune", "")))
        ]
    return {commune.insee for commune in communes} | {commune.department for commune in communes}
