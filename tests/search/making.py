"""Candidates, seats, lots and offers made by hand, for the rules that need neither a database nor an editor."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sas.aggregator.engine.outcomes import Answer, Kind
from sas.directory.geocoding import Place
from sas.directory.queries import Candidate
from sas.directory.vocabulary import Discipline
from sas.fhir.offered import OfferedPlace, OfferedSlot
from sas.search.lots import Lot
from sas.search.matching import KnownPlace
from sas.search.ranking import CardSlot
from sas.search.seats import Seat

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""A Monday, 9:00 in Paris."""


def known_place(key: str = "R1", **given: Any) -> KnownPlace:
    values: dict[str, Any] = {
        "structure_id": "",
        "line": "1 RUE DES LILAS",
        "postal_code": "59000",
        "city": "Lille",
        "latitude": 50.63,
        "longitude": 3.06,
        "timezone": "Europe/Paris",
        "exact": True,
    }
    return KnownPlace(key=key, **(values | given))


def candidate(number: int = 1, **given: Any) -> Candidate:
    values: dict[str, Any] = {
        "location_id": number,
        "practitioner_id": number,
        "national_id": f"810{number:09}",
        "family_name": f"NOM{number}",
        "given_name": "Camille",
        "civility": "DR",
        "profession": "10",
        "specialty": "SM54",
        "savoir_faire": "SM54",
        "mode": "L",
        "place_key": f"R{number}",
        "name": "CABINET",
        "line": "1 RUE DES LILAS",
        "postal_code": "59000",
        "city": "Lille",
        "insee": "59350",
        "department": "59",
        "latitude": 50.63,
        "longitude": 3.06,
        "precision": "address",
        "timezone": "Europe/Paris",
        "phone": "+33320000000",
        "information": None,
        "convention": None,
        "participates": False,
        "structure_id": None,
        "structure_national_id": "",
        "updated_on": date(2026, 1, 5),
        "rank": None,
    }
    return Candidate(**(values | given))


def seat(number: int = 1, *, editors: Sequence[str] = ("alpha",), **given: Any) -> Seat:
    """A candidate in a lot; `way`, `agenda`, `away`, `emptied` and `visibility` are those of the seat."""
    own = {name: given.pop(name) for name in ("way", "agenda", "away", "emptied", "visibility") if name in given}
    row = candidate(number, **given)
    place = known_place(row.place_key, timezone=row.timezone)
    return Seat(number, row, distance_m=100 * number, editors=tuple(editors), places=(place,), **own)


def lot(*seats: Seat, **given: Any) -> Lot:
    values: dict[str, Any] = {
        "what": Discipline("SM54", "Médecine générale", "specialty"),
        "place": LILLE,
        "radius_km": 5.0,
        "maximum_km": 40.0,
        "seed": 7,
        "now": NOW,
        "days": 3,
    }
    return Lot(seats=tuple(seats), **(values | given))


LILLE = Place("Lille (59)", "city", 50.63, 3.06, "59", "Europe/Paris", "municipality", "test", "59350")


def offered(number: int = 1, hours: float = 2, **given: Any) -> OfferedSlot:
    """A free quarter of an hour of that candidate, so many hours from now."""
    start = NOW + timedelta(hours=hours)
    values: dict[str, Any] = {
        "practitioner": f"810{number:09}",
        "start": start,
        "end": start + timedelta(minutes=15),
        "place": OfferedPlace(),
        "modalities": ("AMB",),
        "types": ("PUBLIC",),
        "url": "https://agenda.example/1",
    }
    return OfferedSlot(**(values | given))


def answer(*slots: OfferedSlot, editor: str = "alpha", asked: Sequence[int] = (1,), kind: Kind | None = None) -> Answer:
    """What an editor says about these candidates; what it is follows from the slots unless said."""
    people = tuple(f"810{number:09}" for number in asked)
    return Answer(editor, kind or (Kind.SLOTS if slots else Kind.EMPTY), people, tuple(slots), checked_at=NOW)


def card_slot(hours: float = 2, **given: Any) -> CardSlot:
    start = NOW + timedelta(hours=hours)
    values: dict[str, Any] = {
        "id": f"s{hours}",
        "at": int(start.timestamp()),
        "start": start,
        "end": start + timedelta(minutes=15),
        "modalities": ("AMB",),
        "types": ("PUBLIC",),
        "booking": "ROUTINE",
        "reasons": (),
        "source": "editor",
        "editor": "alpha",
        "url": None,
        "checked_at": NOW,
    }
    return CardSlot(**(values | given))


def agenda_slot(hours: float = 2, **given: Any) -> CardSlot:
    """A place free in the SAS agenda, so many hours from now."""
    own: dict[str, Any] = {"id": f"a1-{hours}", "types": ("SNP",), "source": "agenda", "editor": None}
    return card_slot(hours, **(own | given))
