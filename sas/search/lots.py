"""Who is asked about: one lot of candidates, the editors they use, the circle they stand in. Reads only.

A lot is one page: at most `SAS_SEARCH_LOT` candidates, participants first, then in the directory's order (distance for
an address, seeded otherwise). Pages follow each other on that order, which availability does not change, so nothing is
repeated or skipped; inside a lot, availability orders the cards (docs/algorithms/order.md).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from sas.aggregator.engine.outcomes import Question
from sas.directory import queries as directory_queries
from sas.directory.geocoding import Place
from sas.directory.queries import Candidate, Key
from sas.directory.radius import Radius
from sas.directory.structure_queries import (
    StructureKey,
    StructureRow,
    cpts_for,
    structures_in_department,
    structures_near,
)
from sas.directory.territory_radius import radius_at
from sas.directory.vocabulary import GENERAL_PRACTICE, Discipline, discipline
from sas.search.criteria import Criteria, Cursor
from sas.search.matching import distance_m
from sas.search.ranking import window_end
from sas.search.seats import Seat, seated
from sas.search.structures import beside, placed, structure_seats

FIRST_KEY = Key(participates=True, rank=1 - 2**63, location_id=0)
"""Before everybody: distances and seeded hashes are both greater."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Candidates of one page, ready to be asked about. `widened_from`: the radius that did not hold enough.

    `by_name`: somebody was asked for by name, and is shown whatever is known of them. `zone`: the CPTS whose zone holds
    the searched place, and which stand for their members. `doctor`: key of the patient's own doctor, who stands before
    everybody, and nowhere else.
    """

    what: Discipline
    place: Place
    seats: tuple[Seat, ...]
    radius_km: float
    maximum_km: float
    seed: int
    now: datetime
    days: int
    widened_from: float | None = None
    next_cursor: Cursor | None = None
    by_name: bool = False
    zone: tuple[StructureRow, ...] = ()
    doctor: int | None = None

    @property
    def is_full(self) -> bool:
        """More candidates stand behind this lot."""
        return self.next_cursor is not None

    def question(self, *, fresh: bool = False) -> Question:
        """Everyone in the lot, grouped by the editors they use. The window ends with the last zone of the lot."""
        by_editor: dict[str, dict[str, None]] = {}
        for seat in self.seats:
            for editor in seat.editors:
                by_editor.setdefault(editor, {})[seat.candidate.national_id] = None
        zones = {seat.candidate.timezone for seat in self.seats} or {self.place.timezone}
        end = max(window_end(self.now, ZoneInfo(zone), self.days) for zone in zones)
        return Question(
            start=self.now, end=end, ids_by_editor={key: tuple(ids) for key, ids in by_editor.items()}, fresh=fresh
        )


def first_lot(criteria: Criteria, *, what: Discipline, place: Place, now: datetime) -> Lot:
    """The lot that answers `criteria`: its cursor's, else the first. The circle widens while it holds nobody to ask."""
    radius = _radius(place)
    seed = criteria.seed if criteria.seed is not None else shared_seed(what, place, now)
    if what.kind == "structure":
        return structures_lot(criteria, what=what, place=place, now=now, seed=seed)
    start = criteria.radius_km or radius.default_km
    lot = Lot(
        what=what,
        place=place,
        seats=(),
        radius_km=start,
        maximum_km=max(start, radius.maximum_km),
        seed=seed,
        now=now,
        days=settings.SAS_SEARCH_DAYS,
    )
    if criteria.cursor is not None:
        cursor = criteria.cursor
        after = Key(cursor.participates, cursor.key, cursor.location_id)
        circle = replace(lot, radius_km=cursor.radius_km)
        return _filled(circle, criteria, inner_km=cursor.inner_km, after=after)
    # Follows the place that is searched, never a former one (pitfalls 21); a department lies in nobody's zone. The next
    # pages have none: a CPTS' card stands once, so whoever comes after it keeps a card of their own.
    if place.kind != "county":
        lot = replace(lot, zone=tuple(cpts_for(place.insee or "")))
    lot = _filled(lot, criteria)
    while sum(1 for seat in lot.seats if seat.editors or seat.agenda) < settings.SAS_SEARCH_ENOUGH:
        ring = wider(lot, criteria)
        if ring is None:
            break
        lot = replace(ring, seats=lot.seats + ring.seats)
    return lot


def wider(lot: Lot, criteria: Criteria) -> Lot | None:
    """The ring around `lot`: only the candidates it adds, numbered after them; `None` when there is none to add.

    Not for a department (it is covered), a chosen radius, or a lot that is full. A lot without room left adds nobody:
    the ring, if somebody stands in it, becomes the next page.
    """
    fixed = lot.place.kind == "county" or criteria.radius_km is not None or lot.what.kind == "structure" or lot.by_name
    if lot.is_full or fixed or lot.radius_km >= lot.maximum_km:
        return None
    grown = max(round(lot.radius_km * _radius(lot.place).step_factor, 1), lot.radius_km + 0.1)
    circle = replace(lot, radius_km=min(lot.maximum_km, grown), widened_from=lot.widened_from or lot.radius_km)
    ring = _filled(circle, criteria, inner_km=lot.radius_km, numbered_from=len(lot.seats))
    if ring.seats or not ring.is_full:
        return ring
    return replace(ring, radius_km=lot.radius_km, widened_from=lot.widened_from)


def structures_lot(criteria: Criteria, *, what: Discipline, place: Place, now: datetime, seed: int) -> Lot:
    """Structures of a kind, the nearest first (drawn in a department); the circle widens until it holds enough."""
    radius = _radius(place)
    cursor = criteria.cursor
    reach = cursor.radius_km if cursor else criteria.radius_km or radius.default_km
    most = reach if cursor or criteria.radius_km else max(reach, radius.maximum_km)
    lot = Lot(what, place, (), reach, most, seed, now, settings.SAS_SEARCH_DAYS)
    after = StructureKey(cursor.key, cursor.location_id) if cursor else None
    rows = _structures(lot, after)
    while len(rows) < settings.SAS_SEARCH_ENOUGH and lot.radius_km < most and place.kind != "county":
        grown = min(most, max(round(lot.radius_km * radius.step_factor, 1), lot.radius_km + 0.1))
        lot = replace(lot, radius_km=grown, widened_from=reach)
        rows = _structures(lot, after)
    following = None
    if len(rows) > settings.SAS_SEARCH_LOT:
        rows = rows[: settings.SAS_SEARCH_LOT]
        following = _cursor(lot, criteria, Key(False, rows[-1].rank or 0, rows[-1].id), inner_km=0.0)
    if criteria.filters.participants_only:
        rows = [row for row in rows if row.participates]
    return replace(
        lot, seats=structure_seats(rows, place=place, now=now, days=lot.days), next_cursor=following, by_name=True
    )


def _structures(lot: Lot, after: StructureKey | None) -> list[StructureRow]:
    kinds, limit = [lot.what.activity or ""], settings.SAS_SEARCH_LOT + 1
    if lot.place.kind == "county":
        return structures_in_department(kinds, lot.place.department, seed=lot.seed, limit=limit, after=after)
    point = (lot.place.latitude, lot.place.longitude)
    return structures_near(
        kinds, latitude=point[0], longitude=point[1], radius_km=lot.radius_km, limit=limit, after=after
    )


def single_lot(candidate: Candidate, *, editor: str | None = None, now: datetime) -> Lot:
    """One person at one place. `editor`: only that one is asked, as before a booking page is opened."""
    place = Place(
        label=candidate.city,
        kind="city",
        latitude=candidate.latitude,
        longitude=candidate.longitude,
        department=candidate.department,
        timezone=candidate.timezone,
        precision="municipality",
        source="annuaire",
        insee=candidate.insee,
    )
    days = settings.SAS_SEARCH_DAYS
    (seat,) = seated([candidate], place=place, now=now, days=days)
    if editor is not None:
        seat = replace(seat, editors=tuple(key for key in seat.editors if key == editor))
    what = discipline(candidate.specialty) or Discipline(candidate.specialty, candidate.specialty, "specialty")
    return Lot(what, place, (seat,), 1.0, 1.0, 0, now, days, by_name=True)


def with_doctor(lot: Lot, rows: Sequence[Candidate], *, shown: bool) -> Lot:
    """The patient's own doctor before everybody, at every place of theirs, however far, the nearest first; and nowhere
    else, neither in this lot nor in those that follow. `shown`: not on a following page, whose first one did.
    """
    if not rows:
        return lot
    own: tuple[Seat, ...] = ()
    if shown:
        near = (lot.place.latitude, lot.place.longitude)
        rows = sorted(rows, key=lambda row: (distance_m(*near, row.latitude, row.longitude), row.location_id))
        seats = seated(rows[:MOST_PLACES], place=lot.place, now=lot.now, days=lot.days)
        own = tuple(replace(seat, preferred=True) for seat in seats)
    lot = replace(lot, doctor=rows[0].practitioner_id)
    return replace(lot, seats=(*own, *_without_doctor(lot.seats, lot)))


MOST_PLACES = 10
"""Places of one doctor on a page."""


def _without_doctor(seats: tuple[Seat, ...], lot: Lot) -> tuple[Seat, ...]:
    if lot.doctor is None:
        return seats
    return tuple(seat for seat in seats if seat.candidate.practitioner_id != lot.doctor)


def shared_seed(what: Discipline, place: Place, now: datetime) -> int:
    """The seed of an area search that brings none: the same for every regulator during one hour, then another.

    Colleagues read the same order, and nobody keeps the head of it (pitfalls 14, 15).
    """
    text = f"{what.code}|{place.insee or place.department or place.label}|{now.astimezone(ZoneInfo('UTC')):%Y%m%d%H}"
    return int.from_bytes(hashlib.blake2s(text.encode(), digest_size=6).digest(), "big")


def _radius(place: Place) -> Radius:
    return radius_at(place.insee, place.department, place.kind)


def _filled(
    lot: Lot, criteria: Criteria, *, inner_km: float = 0.0, after: Key | None = None, numbered_from: int = 0
) -> Lot:
    room = max(settings.SAS_SEARCH_LOT - numbered_from, 0)
    rows = _candidates(lot, criteria, limit=room + 1, inner_km=inner_km, after=after)
    cursor = None
    if len(rows) > room:
        rows = rows[:room]
        last = rows[-1].key if rows else after or FIRST_KEY
        cursor = _cursor(lot, criteria, last, inner_km=inner_km)
    seats = _without_doctor(_seated(rows, lot, numbered_from), lot)
    starts = after is None or after == FIRST_KEY
    if starts and lot.what.code == GENERAL_PRACTICE:
        seats = _with_structures(seats, lot, criteria, inner_km=inner_km, numbered_from=numbered_from)
    return replace(lot, seats=seats, next_cursor=cursor)


def _cursor(lot: Lot, criteria: Criteria, last: Key, *, inner_km: float) -> Cursor:
    return Cursor(
        question=criteria.question_digest(),
        made_at=int(lot.now.timestamp()),
        seed=lot.seed,
        radius_km=lot.radius_km,
        inner_km=inner_km,
        participates=last.participates,
        key=last.rank,
        location_id=last.location_id,
    )


def _with_structures(
    seats: tuple[Seat, ...], lot: Lot, criteria: Criteria, *, inner_km: float, numbered_from: int
) -> tuple[Seat, ...]:
    found = beside(
        place=lot.place,
        now=lot.now,
        days=lot.days,
        radius_km=lot.radius_km,
        inner_km=inner_km,
        seed=lot.seed,
        participants_only=criteria.filters.participants_only,
    )
    by_distance = lot.place.kind == "address"
    return placed(seats, found, by_distance=by_distance, seed=lot.seed, numbered_from=numbered_from)


def _candidates(lot: Lot, criteria: Criteria, *, limit: int, inner_km: float, after: Key | None) -> list[Candidate]:
    filters = directory_queries.Filters(participates=True if criteria.filters.participants_only else None)
    if lot.place.kind == "county":
        return directory_queries.in_area(
            specialty=lot.what.code,
            seed=lot.seed,
            department=lot.place.department,
            limit=limit,
            after=after,
            filters=filters,
        )
    circle = {
        "specialty": lot.what.code,
        "latitude": lot.place.latitude,
        "longitude": lot.place.longitude,
        "radius_km": lot.radius_km,
        "inner_km": inner_km,
        "limit": limit,
        "after": after,
        "filters": filters,
    }
    if lot.place.kind == "address":
        return directory_queries.nearest(**circle)  # type: ignore[arg-type]
    return directory_queries.in_area(seed=lot.seed, **circle)  # type: ignore[arg-type]


def _seated(rows: list[Candidate], lot: Lot, numbered_from: int) -> tuple[Seat, ...]:
    return seated(rows, place=lot.place, now=lot.now, days=lot.days, numbered_from=numbered_from)
