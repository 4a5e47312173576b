"""Structures as seats: fixed places of SOS Médecins and health centres beside people, kinds of structures, CPTS.

A structure never has editors' slots here: only what its own SAS agenda offers, else what is known (platform.md §3.7).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sas.agenda import queries as agenda_queries
from sas.directory.geocoding import Place
from sas.directory.queries import Candidate
from sas.directory.structure_kinds import PREFIX
from sas.directory.structure_queries import StructureRow, structures_in_department, structures_near
from sas.search.away import merged
from sas.search.matching import distance_m
from sas.search.ranking import window_end
from sas.search.seats import Seat, agenda_slots

BESIDE_GENERAL_PRACTICE = ("sos_place", "cds")
"""What answers for general practice under its own name (platform.md §6)."""

MOST_BESIDE = 50


def structure_seats(
    rows: Sequence[StructureRow], *, place: Place, now: datetime, days: int, numbered_from: int = 0
) -> tuple[Seat, ...]:
    """These structures in this order, with their SAS agenda. Two queries at most."""
    if not rows:
        return ()
    ends = {zone: window_end(now, ZoneInfo(zone), days) for zone in {row.timezone for row in rows}}
    ids = [row.id for row in rows]
    supply = agenda_queries.supply(practitioner_ids=(), structure_ids=ids, start=now, end=max(ends.values()))
    return tuple(
        Seat(
            index=numbered_from + number,
            candidate=as_candidate(row, place),
            distance_m=_metres(row, place),
            editors=(),
            places=(),
            agenda=agenda_slots(supply.of_structures.get(row.id, ()), until=ends[row.timezone], now=now),
            away=merged(supply.structures_away.get(row.id, ())),
            structure=row,
        )
        for number, row in enumerate(rows)
    )


def beside(
    *, place: Place, now: datetime, days: int, radius_km: float, inner_km: float, seed: int, participants_only: bool
) -> list[Seat]:
    """SOS Médecins' fixed places and health centres of this ring that have something to offer or take part."""
    if place.kind == "county":
        rows = structures_in_department(BESIDE_GENERAL_PRACTICE, place.department, seed=seed, limit=MOST_BESIDE)
    else:
        rows = structures_near(
            BESIDE_GENERAL_PRACTICE,
            latitude=place.latitude,
            longitude=place.longitude,
            radius_km=radius_km,
            limit=MOST_BESIDE,
        )
        rows = [row for row in rows if (row.distance_m or 0) > inner_km * 1000 or inner_km == 0]
    if participants_only:
        rows = [row for row in rows if row.participates]
    seats = structure_seats(rows, place=place, now=now, days=days)
    return [seat for seat in seats if seat.agenda or seat.candidate.participates or seat.kind == "sos"]


def placed(
    people: Sequence[Seat], structures: Sequence[Seat], *, by_distance: bool, seed: int, numbered_from: int
) -> tuple[Seat, ...]:
    """Structures among people, then all numbered again: by distance, or at a place drawn from the search's seed.

    Participants stand before the others, as in the directory's own order.
    """
    if not structures:
        return tuple(people)
    halves: list[Seat] = []
    for participates in (True, False):
        half = [seat for seat in people if seat.candidate.participates is participates]
        for number, seat in enumerate(s for s in structures if s.candidate.participates is participates):
            if by_distance:
                at = next((n for n, other in enumerate(half) if other.distance_m > seat.distance_m), len(half))
            else:
                at = _drawn(seed, seat) % (len(half) + 1) if half else number
            half.insert(at, seat)
        halves += half
    return tuple(replace(seat, index=numbered_from + number) for number, seat in enumerate(halves))


def as_candidate(row: StructureRow, place: Place) -> Candidate:
    """What a structure has in common with a person at a place, so that both are ordered, counted and drawn alike.

    Its ids are negative: they can be no person's. Where nobody knows where it is, it stands at the searched place.
    """
    known = row.latitude is not None and row.longitude is not None
    return Candidate(
        location_id=-row.id,
        practitioner_id=-row.id,
        structure_id=row.id,
        latitude=row.latitude if known and row.latitude is not None else place.latitude,
        longitude=row.longitude if known and row.longitude is not None else place.longitude,
        participates=row.participates,
        updated_on=row.updated_on,
        rank=row.rank,
        national_id=row.national_id,
        family_name=row.name,
        given_name="",
        civility="",
        profession="",
        specialty=PREFIX + row.activity,
        savoir_faire="",
        mode="",
        place_key="",
        name="",
        line=row.line,
        postal_code=row.postal_code,
        city=row.city,
        insee=row.insee,
        department=row.department,
        precision=row.precision or "",
        timezone=row.timezone,
        phone=row.phone.number,
        information=row.information,
        convention=None,
        structure_national_id=row.national_id,
        hours=row.hours,
    )


def _metres(row: StructureRow, place: Place) -> int:
    if row.latitude is None or row.longitude is None:
        return 0
    return round(distance_m(place.latitude, place.longitude, row.latitude, row.longitude))


def _drawn(seed: int, seat: Seat) -> int:
    text = f"{seed}|{seat.key}".encode()
    return int.from_bytes(hashlib.blake2s(text, digest_size=6).digest(), "big")
