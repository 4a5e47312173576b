"""The answer to a search for schedules of SOS Médecins places (interop.md §1.3), from their SAS agenda.

Editors are not asked about SOS Médecins yet: an association that one of them is known to serve is told as incomplete.
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from sas.aggregator.queries import links_of
from sas.directory.geocoding import Place
from sas.directory.models import Structure
from sas.directory.structure_queries import StructureRow, structures_by_ids
from sas.fhir import slot_resources, systems
from sas.fhir.outcome_writing import outcome_resource, warning
from sas.fhir.schedule_query import ScheduleQuery
from sas.fhir.slot_resources import Json, WrittenPlace, WrittenSlot
from sas.search.away import present
from sas.search.fhir_slots.answering import Asked
from sas.search.ranking import CardSlot
from sas.search.seats import Seat
from sas.search.structures import structure_seats

SHOWN_TYPES = ("PUBLIC", "SNP")
"""What the profile of SOS Médecins slots knows (§2.2)."""

NOWHERE = Place("", "city", 0.0, 0.0, "", "Europe/Paris", "municipality", "annuaire")
"""From where nobody measures a distance: associations are asked for by name."""


def schedules_of(query: ScheduleQuery, asked: Asked, *, now: datetime) -> Json:
    """Schedules first (what was searched), then slots, places and associations; `total` counts slots (§9 C9)."""
    seats = _seats(query, now) if query.wants_free else ()
    kept = [(seat, slots) for seat in seats if (slots := _wanted(seat, query, now))]
    entries: list[Json] = []
    for mode, resources in (
        ("match", [_schedule(seat) for seat, _ in kept]),
        ("include", [_slot(seat, slot) for seat, several in kept for slot in several]),
        ("include", [_location(seat, asked) for seat, _ in kept]),
        ("include", _associations(seat for seat, _ in kept)),
        ("outcome", _unasked(query)),
    ):
        entries += [slot_resources.entry(asked.base, resource, mode) for resource in resources]
    total = sum(len(several) for _, several in kept)
    profile = systems.PROFILE_SOS_BUNDLE if kept else systems.PROFILE_BUNDLE
    return slot_resources.search_set(entries, total=total, self_url=asked.url, profile=profile)


def _seats(query: ScheduleQuery, now: datetime) -> tuple[Seat, ...]:
    there = Structure.objects.filter(parent__national_id__in=query.associations, kind=Structure.Kind.SOS_PLACE)
    rows = structures_by_ids(list(there.filter(ended_on=None).order_by("pk").values_list("pk", flat=True)))
    rows.sort(key=lambda row: row.id)
    return structure_seats(rows, place=NOWHERE, now=now, days=settings.SAS_SEARCH_DAYS)


def _wanted(seat: Seat, query: ScheduleQuery, now: datetime) -> list[CardSlot]:
    first, last = (edge.timestamp() for edge in query.window)
    slots = present(seat.agenda, seat.away) if seat.away else seat.agenda
    return [slot for slot in slots if first <= slot.at <= last]


def _schedule(seat: Seat) -> Json:
    actors = (f"Location/{_id(seat)}",)
    return slot_resources.schedule(f"agenda-{_id(seat)}", actors, systems.PROFILE_SOS_SCHEDULE)


def _slot(seat: Seat, slot: CardSlot) -> Json:
    written = WrittenSlot(
        id=slot.id,
        schedule=f"agenda-{_id(seat)}",
        start=slot.start,
        end=slot.end,
        types=[code for code in slot.types if code in SHOWN_TYPES],
        modalities=slot.modalities,
        booking=slot.booking,
    )
    return slot_resources.slot(written, systems.PROFILE_SOS_SLOT)


def _location(seat: Seat, asked: Asked) -> Json:
    row = seat.candidate
    place = WrittenPlace(
        id=_id(seat),
        system=asked.base,
        value=row.national_id,
        line=row.line or row.city,
        postal_code=row.postal_code,
        city=row.city,
        insee=row.insee,
        name=row.family_name,
        latitude=_structure(seat).latitude,
        longitude=_structure(seat).longitude,
        phone=row.phone,
    )
    association = f"Organization/association-{_structure(seat).parent_id}"
    return slot_resources.location(place, organization=association, profile=systems.PROFILE_SOS_LOCATION)


def _associations(seats: Iterable[Seat]) -> list[Json]:
    ids = dict.fromkeys(_structure(seat).parent_id for seat in seats)
    return [
        slot_resources.organization(
            f"association-{one.pk}",
            national_id=one.national_id,
            name=one.name,
            profile=systems.PROFILE_SOS_ORGANIZATION,
        )
        for one in Structure.objects.filter(pk__in=[pk for pk in ids if pk]).order_by("pk")
    ]


def _unasked(query: ScheduleQuery) -> list[Json]:
    return [
        outcome_resource([warning("incomplete", _incomplete(association))]) | {"id": f"association-{association}"}
        for association in links_of(query.associations)
    ]


def _incomplete(association: str) -> str:
    return f"{association} : l’agenda de son éditeur n’est pas interrogé ; seuls les créneaux de l’agenda SAS sont là."


def _structure(seat: Seat) -> StructureRow:
    assert seat.structure is not None  # noqa: S101 — `structure_seats` made it
    return seat.structure


def _id(seat: Seat) -> str:
    return f"lieu-{_structure(seat).id}"
