"""Better positions than the centre of a commune: one address, one point, for everybody who practises there.

The Annuaire Santé carries no coordinates, so an import puts each place at the centre of its commune, and says so. What
is recorded here is kept by the next imports as long as the address stays the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction

from sas.directory.ban import Address, Ban, BanRefused
from sas.directory.models import PracticeLocation, Precision
from sas.web import audit

LEAST_SCORE = 0.6
"""Below, the service's best answer is a guess, and a wrong street is worse than the right commune."""
PRECISE = ("housenumber", "street")
LOT = 500


@dataclass(frozen=True, slots=True)
class Unlocated:
    """An address known by its commune only, and the places of practice that share it."""

    location_ids: tuple[int, ...]
    line: str
    postal_code: str
    city: str
    insee: str


@dataclass(frozen=True, slots=True)
class Located:
    """Where these places really are. Degrees WGS 84."""

    location_ids: tuple[int, ...]
    latitude: float
    longitude: float


@dataclass(slots=True)
class Progress:
    """What one run did, in addresses."""

    asked: int = 0
    located: int = 0
    unknown: int = 0


def unlocated(*, department: str | None = None, limit: int | None = None) -> Iterator[Unlocated]:
    """Addresses of active places that stand at the centre of their commune, the most shared first."""
    places = PracticeLocation.objects.filter(ended_on=None, precision=Precision.COMMUNE).exclude(line="")
    if department:
        places = places.filter(department=department)
    rows = (
        places.values("line", "postal_code", "city", "insee")
        .annotate(ids=ArrayAgg("id"))
        .order_by("insee", "line", "postal_code", "city")
        .values_list("ids", "line", "postal_code", "city", "insee")
    )
    for ids, line, postal_code, city, insee in rows[:limit].iterator(chunk_size=2000):
        yield Unlocated(tuple(ids), line, postal_code, city, insee)


def geocode(addresses: Iterable[Unlocated], *, ban: Ban, by: str, at: datetime) -> Iterator[Progress]:
    """Ask the address service for each, record by lots; yields the running total after each address.

    Raises `BanUnavailable` when the service stops answering: what was found is kept, and a later run goes on.
    """
    progress, found = Progress(), list[Located]()
    try:
        for address in addresses:
            point = _point(address, ban)
            progress.asked += 1
            if point is None:
                progress.unknown += 1
            else:
                found.append(Located(address.location_ids, *point))
                progress.located += 1
            if len(found) >= LOT:
                record_positions(found, by=by, at=at)
                found.clear()
            yield progress
    finally:
        record_positions(found, by=by, at=at)


@transaction.atomic
def record_positions(found: Sequence[Located], *, by: str, at: datetime) -> int:
    """Place these places of practice at their address; returns how many moved. One audit line for the lot."""
    rows = [(number, place.latitude, place.longitude) for place in found for number in place.location_ids]
    if not rows:
        return 0
    numbers, latitudes, longitudes = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE directory_practicelocation AS l SET latitude = n.latitude, longitude = n.longitude, precision = %s"
            " FROM unnest(%s::bigint[], %s::float8[], %s::float8[]) AS n(id, latitude, longitude)"
            " WHERE l.id = n.id AND l.precision = %s",
            [Precision.ADDRESS.value, numbers, latitudes, longitudes, Precision.COMMUNE.value],
        )
        moved = int(cursor.rowcount)
    audit.record("record_positions", by=by, at=at, target="annuaire", after={"places": moved})
    return moved


def _point(address: Unlocated, ban: Ban) -> tuple[float, float] | None:
    question = f"{address.line} {address.postal_code} {address.city}"
    try:
        answers: tuple[Address, ...] = ban.search(question, limit=1, citycode=address.insee)
    except BanRefused:
        return None
    best = next(iter(answers), None)
    if best is None or best.score < LEAST_SCORE or best.type not in PRECISE:
        return None
    return best.latitude, best.longitude
