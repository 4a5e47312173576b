"""People and structures asked for by name, or chosen in the list: shown whatever is known of them. Reads only.

A suggestion carries whom it means: « P:<national id> » a person, « S:<national id> » a structure; a kind of structure,
« S:pharmacy », is a discipline and does not come here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from sas.directory import queries as directory_queries
from sas.directory.geocoding import Place
from sas.directory.queries import Candidate
from sas.directory.structure_queries import (
    StructureRow,
    sos_places_near,
    structures_by_name,
    structures_by_national_ids,
)
from sas.directory.territory_radius import radius_at
from sas.directory.vocabulary import Discipline
from sas.participation.queries import participating_members_of
from sas.search.criteria import Criteria
from sas.search.lots import Lot
from sas.search.matching import distance_m
from sas.search.seats import seated
from sas.search.structures import structure_seats

CHOSEN = re.compile(r"([PS]):([0-9][0-9A-Z]{8,19})")
MOST_STRUCTURES = 25
WITH_MEMBERS = ("cpts", "msp", "cds", "sos")


def chosen_name(code: str) -> tuple[str, str] | None:
    """(`P` or `S`, national id) of a suggestion that was chosen; None for anything else."""
    found = CHOSEN.fullmatch(code)
    return (found[1], found[2]) if found else None


def named_lot(criteria: Criteria, *, place: Place, now: datetime) -> Lot:
    """Who bears this name, the nearest first, as far as one may search; structures with their members and places.

    One page: a name is precise. Whoever was chosen in the list is found wherever they are.
    """
    reach = criteria.radius_km or radius_at(place.insee, place.department, place.kind).maximum_km
    chosen = chosen_name(criteria.what_code)
    people, structures = _chosen(*chosen) if chosen else ([], [])
    if not (people or structures):
        people, structures = _named(criteria.text, place, reach)
    structures = [*structures, *_places_of_associations(structures, place)]
    people = [*people, *_members(structures, people, now, place)]
    people = sorted(people, key=lambda row: (_metres(row, place), row.location_id))[: settings.SAS_SEARCH_LOT]
    if criteria.filters.participants_only:
        people = [row for row in people if row.participates]
        structures = [row for row in structures if row.participates]
    lot = Lot(
        what=Discipline("", criteria.text or _label(people, structures), "specialty"),
        place=place,
        seats=(),
        radius_km=reach,
        maximum_km=reach,
        seed=criteria.seed or 0,
        now=now,
        days=settings.SAS_SEARCH_DAYS,
        by_name=True,
    )
    first = structure_seats(structures, place=place, now=now, days=lot.days)
    rest = seated(people, place=place, now=now, days=lot.days, numbered_from=len(first))
    if not structures:
        return replace(lot, seats=rest)
    return replace(lot, seats=(*first, *rest))


def _label(people: Sequence[Candidate], structures: Sequence[StructureRow]) -> str:
    """What the page is titled with when nothing is typed: who was chosen."""
    if structures:
        return structures[0].name
    return f"{people[0].given_name} {people[0].family_name}".strip() if people else ""


def _chosen(kind: str, national_id: str) -> tuple[list[Candidate], list[StructureRow]]:
    if kind == "P":
        return directory_queries.by_national_ids([national_id]), []
    return [], structures_by_national_ids([national_id])


def _named(text: str, place: Place, reach: float) -> tuple[list[Candidate], list[StructureRow]]:
    people = directory_queries.by_name(
        text,
        limit=settings.SAS_SEARCH_LOT,
        latitude=place.latitude,
        longitude=place.longitude,
        radius_km=reach,
    )
    structures = structures_by_name(
        text, limit=MOST_STRUCTURES, latitude=place.latitude, longitude=place.longitude, radius_km=reach
    )
    return people, structures


def _places_of_associations(structures: Sequence[StructureRow], place: Place) -> list[StructureRow]:
    """The fixed places of the SOS Médecins associations found, the nearest first."""
    associations = {row.id for row in structures if row.kind == "sos"}
    if not associations:
        return []
    known = {row.id for row in structures}
    near = sos_places_near(latitude=place.latitude, longitude=place.longitude, radius_km=LARGEST_KM, limit=200)
    return [row for row in near if row.parent_id in associations and row.id not in known][:MOST_STRUCTURES]


LARGEST_KM = 500.0


def _members(
    structures: Sequence[StructureRow], known: Iterable[Candidate], now: datetime, place: Place
) -> list[Candidate]:
    """The places of who takes part through these structures, at the places concerned."""
    ids = [row.id for row in structures if row.kind in WITH_MEMBERS]
    if not ids:
        return []
    on = now.astimezone(ZoneInfo(place.timezone)).date()
    people = {person for members in participating_members_of(ids, on).values() for person in members}
    already = {row.location_id for row in known}
    rows = directory_queries.places_of(sorted(people))
    return [row for row in rows if row.participates and row.location_id not in already]


def _metres(row: Candidate, place: Place) -> float:
    return distance_m(place.latitude, place.longitude, row.latitude, row.longitude)
