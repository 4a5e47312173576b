"""Rows of the supply side for the tests of search: agendas, participations through a structure, pauses."""

from datetime import UTC, date, datetime, time
from typing import Any

from sas.agenda.models import Series, Unavailability
from sas.directory.models import PracticeLocation, Structure
from sas.participation.services import declare_participation

BY: dict[str, Any] = {"by": "test", "at": datetime(2026, 1, 5, tzinfo=UTC)}


def agenda(of: PracticeLocation | Structure, hour: int = 14, *, day: date = date(2026, 11, 23), **given: Any) -> Series:
    """A créneau of half an hour, today at that hour unless said otherwise; `capacity` makes it a plage of two hours."""
    whose: dict[str, Any] = {"structure": of}
    if isinstance(of, PracticeLocation):
        whose = {"practitioner": of.practitioner, "place_key": of.place_key}
    plage = "capacity" in given
    values: dict[str, Any] = {
        "insee": of.insee,
        "timezone": of.timezone,
        "kind": "band" if plage else "slot",
        "first_on": day,
        "starts_at": time(hour),
        "ends_at": time(hour + 2) if plage else time(hour, 30),
        "modalities": ["AMB"],
        "created_by": "test",
        "created_at": BY["at"],
        "changed_by": "test",
        "changed_at": BY["at"],
    }
    return Series.objects.create(**(whose | values | given))


def member(of: Structure, *places: PracticeLocation, via: str = "cpts") -> None:
    """These doctors take part through this structure."""
    for place in places:
        declare_participation(practitioner=place.practitioner, via=via, structure=of, **BY)


def pause(of: PracticeLocation, *, starts_at: datetime, ends_at: datetime | None = None) -> Unavailability:
    """Away everywhere, until further notice unless said otherwise."""
    return Unavailability.objects.create(
        practitioner=of.practitioner,
        starts_at=starts_at,
        ends_at=ends_at,
        declared_by="test",
        declared_at=BY["at"],
    )
