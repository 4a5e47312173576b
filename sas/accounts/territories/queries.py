"""What the pages on territories show, and the SAS of each place of a person."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.http import Http404

from sas.accounts.access import reached_territories
from sas.accounts.models import RoleGrant, User
from sas.accounts.permissions import Permission, Role
from sas.accounts.territories.words import Contact, StateInWords, contacts, in_words, missing_contacts
from sas.directory.calendar import bridge_days, public_holidays, region_label
from sas.directory.calendar import in_words as in_hours
from sas.directory.gazetteer import gazetteer
from sas.directory.models import Filiere, PracticeLocation, Structure, Territory
from sas.directory.rules import phone_text
from sas.directory.territory_queries import (
    filieres_on,
    open_now,
    pdsa_hours,
    regions_of,
    standings,
    territories_of,
    zones_of,
)
from sas.directory.vocabulary import label as discipline_label
from sas.directory.weekly_hours import from_json, week_in_words


@dataclass(frozen=True)
class PlaceSas:
    """A place of practice, or a structure, and the SAS that answers there: `territory` None, none is declared."""

    name: str
    address: str
    territory: Territory | None
    state: StateInWords | None
    contacts: tuple[Contact, ...]


@dataclass(frozen=True)
class TerritoryLine:
    """A territory in the list."""

    territory: Territory
    state: StateInWords
    areas: str
    people: list[tuple[str, int]]
    missing: list[str]


def places_of(user: User, at: datetime) -> list[PlaceSas]:
    """Place by place, where the SAS stands and whom to write to (platform.md §2.1). Three queries at most."""
    if not user.national_id:
        return []
    known = PracticeLocation.objects.filter(national_id=user.national_id, ended_on=None).order_by("city", "line", "pk")
    places = {
        (row.place_key): (row.name or row.line or row.city, f"{row.line}, {row.postal_code} {row.city}", row)
        for row in known
    }
    return _with_sas([(name, line, row.insee, row.department) for name, line, row in places.values()], at)


def structures_of(user: User, at: datetime) -> list[PlaceSas]:
    """The same for the structures that somebody manages."""
    known = Structure.objects.filter(managers__user=user).order_by("name", "pk")
    rows = [(f"{one.get_kind_display()} — {one.name}", _line(one), one.insee, one.department) for one in known]
    return _with_sas(rows, at)


def _line(structure: Structure) -> str:
    return ", ".join(part for part in (structure.line, f"{structure.postal_code} {structure.city}".strip()) if part)


def _with_sas(rows: Sequence[tuple[str, str, str, str]], at: datetime) -> list[PlaceSas]:
    found = territories_of({(insee, department) for _, _, insee, department in rows}) if rows else {}
    standing = standings({territory.pk: territory for territory in found.values()}.values(), at) if found else {}
    lines = []
    for name, address, insee, department in rows:
        territory = found.get((insee, department))
        state = in_words(standing[territory.pk]) if territory else None
        told = tuple(contact for contact in contacts(territory) if contact) if territory else ()
        lines.append(PlaceSas(name, address.strip(", "), territory, state, told))
    return lines


def territory_lines(user: User, at: datetime) -> list[TerritoryLine]:
    """The territories that `user` reads, by code. Four queries, whatever their number."""
    known = list(reached_territories(user, Permission.READ_TERRITORIES).prefetch_related("coverage"))
    standing = standings(known, at)
    people: dict[int, list[tuple[str, int]]] = defaultdict(list)
    active = RoleGrant.objects.filter(territory__in=known, user__is_active=True).values_list("territory_id", "role")
    for territory, role, count in active.annotate(count=Count("user", distinct=True)).order_by("role"):
        people[territory].append((Role(role).label, count))
    return [
        TerritoryLine(one, in_words(standing[one.pk]), areas_in_words(one), people[one.pk], missing_contacts(one))
        for one in known
    ]


def areas_in_words(territory: Territory, most: int = 6) -> str:
    """« Nord (59), Pas-de-Calais (62) et 3 communes »."""
    areas = sorted(row.area for row in territory.coverage.all())
    names = [found.label for area in areas if (found := gazetteer().department(area))]
    communes = [town.label for area in areas if len(area) == 5 and (town := gazetteer().by_insee(area))]
    if len(communes) > most:
        communes = [f"{len(communes)} communes"]
    return ", ".join(names + communes)


@dataclass(frozen=True)
class FiliereLine:
    """A filière in the list."""

    filiere: Filiere
    professions: str
    week: list[tuple[str, str]]
    open: bool
    begins: date | None

    @property
    def phone(self) -> str:
        """As people say it."""
        return phone_text(self.filiere.phone)


@dataclass(frozen=True)
class Sheet:
    """Everything on a territory's sheet."""

    territory: Territory
    state: StateInWords
    areas: str
    zones: list[str]
    contacts: tuple[Contact, ...]
    missing: list[str]
    filieres: list[FiliereLine]
    people: list[tuple[str, int]]
    week: list[tuple[str, str]]


def sheet_of(territory: Territory, at: datetime) -> Sheet:
    """Five queries or so, whatever the size of the territory."""
    people = (
        RoleGrant.objects.filter(territory=territory, user__is_active=True)
        .values_list("role")
        .annotate(count=Count("user", distinct=True))
        .order_by("role")
    )
    return Sheet(
        territory=territory,
        state=in_words(standings([territory], at)[territory.pk]),
        areas=areas_in_words(territory, most=60),
        zones=zones_of(territory),
        contacts=contacts(territory),
        missing=missing_contacts(territory),
        filieres=filiere_lines(territory, at),
        people=[(Role(role).label, count) for role, count in people],
        week=_week(territory),
    )


def filiere_lines(territory: Territory, at: datetime) -> list[FiliereLine]:
    """Filières in force today, then those that are announced."""
    today = today_there(territory, at)
    now = {filiere.pk for filiere in open_now(territory, at)}
    ahead = territory.filieres.filter(starts_on__gt=today).order_by("starts_on", "name")
    return [
        FiliereLine(
            one,
            ", ".join(discipline_label(code) for code in one.professions),
            week_in_words(from_json(one.hours)),
            one.pk in now,
            one.starts_on if one.starts_on > today else None,
        )
        for one in (*filieres_on(territory, today), *ahead)
    ]


def today_there(territory: Territory, at: datetime) -> date:
    """The day that it is there."""
    return at.astimezone(ZoneInfo(territory.timezone)).date()


def states_of(territory: Territory, at: datetime) -> dict[str, Any]:
    """`now` in words, every dated state (the latest first), and the day of one that may still be withdrawn."""
    rows = list(territory.states.order_by("-starts_on"))
    today = today_there(territory, at)
    return {
        "now": in_words(standings([territory], at)[territory.pk]),
        "states": rows,
        "withdrawable": rows[0].starts_on if rows and rows[0].starts_on > today else None,
    }


def announced_day(text: str) -> date:
    """The day that a form sent back; `Http404` when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None


@dataclass(frozen=True)
class Holiday:
    """A day that is not like the others. `where` is empty when it holds everywhere in the territory."""

    day: date
    name: str
    where: str


@dataclass(frozen=True)
class CalendarPage:
    """The next twelve months of a territory, and its typical week."""

    week: list[tuple[str, str]]
    holidays: list[Holiday]
    bridges: list[Holiday]
    regions: list[str]
    until: date


def calendar_of(territory: Territory, at: datetime) -> CalendarPage:
    """From today on the territory's own calendar. One query, for what it covers."""
    first = today_there(territory, at)
    until = first + timedelta(days=365)
    regions = regions_of(territory)
    years = range(first.year, until.year + 1)
    named: dict[tuple[date, str], list[str]] = defaultdict(list)
    bridges: dict[tuple[date, str], list[str]] = defaultdict(list)
    for region in regions:
        for year in years:
            for day, name in public_holidays(year, region).items():
                named[day, name].append(region)
            for day, name in bridge_days(year, region).items() if territory.pdsa_bridge_days else ():
                bridges[day, name].append(region)
    return CalendarPage(
        week=_week(territory),
        holidays=_days(named, regions, first, until),
        bridges=_days(bridges, regions, first, until),
        regions=[region_label(region) for region in regions],
        until=until,
    )


def _days(found: dict[tuple[date, str], list[str]], regions: list[str], first: date, until: date) -> list[Holiday]:
    return [
        Holiday(day, name, "" if len(where) == len(regions) else ", ".join(region_label(one) for one in where))
        for (day, name), where in sorted(found.items())
        if first <= day <= until
    ]


def _week(territory: Territory) -> list[tuple[str, str]]:
    hours = pdsa_hours(territory)
    night = f"avant {in_hours(hours.morning)} et à partir de {in_hours(hours.evening)}"
    saturday = f"avant {in_hours(hours.morning)} et à partir de {in_hours(hours.saturday or hours.evening)}"
    return [
        ("Lundi à vendredi", night),
        ("Samedi", saturday),
        ("Dimanche et jours fériés", "toute la journée"),
        ("Jours de pont", "toute la journée" if hours.bridge_days else "comme un jour ordinaire"),
    ]
