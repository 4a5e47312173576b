"""The worklist of a territory: its doctors, what is missing for each, and when they were last contacted.

A constant number of queries, whatever the number of doctors; a department has three thousand, and they are judged in
memory. No slot and no hour of anybody is shown: only what is to be done (platform.md §10).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from sas.directory.models import PracticeLocation, Territory
from sas.directory.rules import phone_text, search_key
from sas.directory.vocabulary import GENERAL_PRACTICE
from sas.participation.editors import UsedEditor, editors
from sas.participation.hours import hours_of
from sas.participation.models import OrganisationMember, Outreach, Visibility
from sas.participation.queries import covering, participations_of
from sas.participation.worklist.rules import SILENT_AFTER_DAYS, Facts, Flag, flags_of
from sas.participation.worklist.sightings import seen_since

SPECIALTIES = (GENERAL_PRACTICE,)
"""Whom the SAS mobilises first; the denominator of the rate of enrolment (remuneration.md)."""

PER_PAGE = 50
LONGEST_TEXT = 100


@dataclass(frozen=True)
class Wanted:
    """The filters of the page. `contacted`: « oui », « non » or empty."""

    text: str = ""
    flag: Flag | None = None
    contacted: str = ""
    page: int = 1

    def query(self, **changes: Any) -> str:
        """The address of the same list with other values."""
        values = {
            "texte": self.text,
            "motif": self.flag or "",
            "contact": self.contacted,
            "page": self.page if self.page > 1 else "",
        } | changes
        return urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True)
class Doctor:
    """A line: who, where, why they are on the list, the editors they use, the last contact."""

    pk: int
    national_id: str
    name: str
    city: str
    phone: str
    flags: tuple[Flag, ...]
    editors: tuple[str, ...]
    contacted_on: date | None
    note: str
    outreach_id: int | None


@dataclass(frozen=True)
class Worklist:
    """A page of it. `counts`: for each reason, how many doctors of the territory; `total`: of the filtered list."""

    doctors: list[Doctor]
    counts: list[tuple[Flag, int]]
    known: int
    total: int
    last: int


def read_wanted(values: Any) -> Wanted:
    """From the address or the form; what is not understood is left out."""
    flag = values.get("motif", "")
    page = values.get("page", "1")
    contacted = values.get("contact", "")
    return Wanted(
        text=" ".join(values.get("texte", "").split())[:LONGEST_TEXT],
        flag=Flag(flag) if flag in list(Flag) else None,
        contacted=contacted if contacted in ("oui", "non") else "",
        page=int(page) if page.isdecimal() and len(page) < 5 and int(page) else 1,
    )


def worklist(territory: Territory, wanted: Wanted, on: date) -> Worklist:
    """The doctors to mobilise, by name, as filtered."""
    everybody = doctors_of(territory, on)
    counts = [(flag, sum(flag in one.flags for one in everybody)) for flag in Flag]
    found = filtered(everybody, wanted)
    last = max(1, -(-len(found) // PER_PAGE))
    page = min(wanted.page, last)
    return Worklist(found[(page - 1) * PER_PAGE : page * PER_PAGE], counts, len(everybody), len(found), last)


def filtered(doctors: Iterable[Doctor], wanted: Wanted) -> list[Doctor]:
    """Those that the filters keep: who has nothing to treat is never listed."""
    words = search_key(wanted.text).split()
    return [
        one
        for one in doctors
        if one.flags
        and (wanted.flag is None or wanted.flag in one.flags)
        and (not wanted.contacted or (one.contacted_on is not None) == (wanted.contacted == "oui"))
        and all(word in search_key(f"{one.name} {one.city} {one.national_id}") for word in words)
    ]


def doctors_of(territory: Territory, on: date) -> list[Doctor]:
    """Every doctor who practises in the territory, by name, with what is missing. Eleven queries at most."""
    people = _people(territory)
    facts = _facts(people, on)
    used = editors().used_by([row["national_id"] for row in people.values()])
    contacts = _contacts(territory, list(people))
    doctors = [
        _doctor(
            pk, row, facts(pk, used.get(row["national_id"], ())), used.get(row["national_id"], ()), contacts.get(pk)
        )
        for pk, row in people.items()
    ]
    return sorted(doctors, key=lambda one: (search_key(one.name), one.pk))


def _facts(people: Mapping[int, Any], on: date) -> Callable[[int, Sequence[UsedEditor]], Facts]:
    """What is known of each of these people, read for all of them at once."""
    keys = list(people)
    ways = participations_of(keys, on)
    refusing = Visibility.objects.filter(practitioner__in=keys, ends_at=None, opted_out=True)
    opted = set(refusing.values_list("practitioner", flat=True))
    organised = set(_organised(keys, on))
    monday = on - timedelta(days=on.weekday())
    weeks = (monday, monday + timedelta(days=7))
    hours = hours_of(keys, weeks)
    seen = seen_since(keys, on - timedelta(days=SILENT_AFTER_DAYS))

    def of(pk: int, used: Sequence[UsedEditor]) -> Facts:
        way = ways.get(pk)
        return Facts(
            enrolled=way is not None,
            pending=way is not None and way.pending,
            opted_out=pk in opted,
            interfaced=any(editor.gives_slots for editor in used),
            seen=None if seen is None else pk in seen,
            hours=sum(hours.get((pk, week), 0.0) for week in weeks),
            in_organisation=pk in organised,
        )

    return of


def _doctor(
    pk: int, row: Mapping[str, str], facts: Facts, used: Sequence[UsedEditor], contact: Outreach | None
) -> Doctor:
    return Doctor(
        pk=pk,
        national_id=row["national_id"],
        name=f"{row['family_name']} {row['given_name']}".strip(),
        city=row["city"],
        phone=phone_text(row["phone"]) if row["phone"] else "",
        flags=flags_of(facts),
        editors=tuple(sorted(editor.name for editor in used)),
        contacted_on=contact.contacted_on if contact else None,
        note=contact.note if contact else "",
        outreach_id=contact.pk if contact else None,
    )


def is_listed(territory: Territory, practitioner_id: int) -> bool:
    """Whether this person is one of those whom this SAS may have to mobilise."""
    return _places(territory).filter(practitioner=practitioner_id).exists()


def _people(territory: Territory) -> dict[int, dict[str, Any]]:
    columns = ("practitioner_id", "national_id", "family_name", "given_name", "city", "phone")
    return {row["practitioner_id"]: row for row in _places(territory).order_by("-pk").values(*columns)}


def _places(territory: Territory) -> QuerySet[PracticeLocation]:
    areas = list(territory.coverage.values_list("area", flat=True))
    elsewhere = _communes_of_others(territory, areas)
    there = Q(department__in=areas) & ~Q(insee__in=elsewhere) | Q(insee__in=areas)
    return PracticeLocation.objects.filter(there, specialty__in=SPECIALTIES, ended_on=None)


def _communes_of_others(territory: Territory, areas: Sequence[str]) -> list[str]:
    """Communes of these departments that answer to another territory: a commune of its own wins over its department."""
    others = type(territory).objects.exclude(pk=territory.pk).values_list("coverage__area", flat=True)
    return [area for area in others if area and len(area) == 5]


def _organised(keys: Sequence[int], on: date) -> Iterable[int]:
    rows = OrganisationMember.objects.filter(covering(on), covering(on, "organisation__validations__"))
    return rows.filter(practitioner__in=keys).values_list("practitioner", flat=True)


def _contacts(territory: Territory, keys: Sequence[int]) -> dict[int, Outreach]:
    rows = Outreach.objects.filter(territory=territory, practitioner__in=keys, withdrawn_at=None)
    return {row.practitioner_id: row for row in rows.order_by("contacted_on", "pk")}
