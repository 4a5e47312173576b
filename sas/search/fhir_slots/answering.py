"""The answer to a search for slots of named professionals (INT_R01, INT_R04): SAS agenda and editors together.

By the very path of a search: opt-out, partial sharing and unavailability hold, and an editor that cannot be heard is an
outcome of the answer, never an empty one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from sas.aggregator.queries import EditorRow
from sas.directory import queries as directory_queries
from sas.directory.models import Practitioner, Structure
from sas.fhir import slot_resources, systems
from sas.fhir.slot_query import SlotQuery
from sas.fhir.slot_resources import Json, WrittenPlace, WrittenSlot
from sas.search.conversation import Card, Conversation
from sas.search.criteria import Criteria
from sas.search.fhir_slots.outcomes import outcomes_of
from sas.search.lots import single_lot
from sas.search.ranking import CardSlot
from sas.search.rounds import listen
from sas.search.seats import seated

ANYTHING = Criteria(text="", loc="")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it came: its address, for `link`, and our base (`https://…/fhir`)."""

    url: str
    base: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A search set, and the conversation it tells, when it tells any of its slots (« qui a vu mes créneaux »)."""

    bundle: Json
    shown: Conversation | None


def answered(query: SlotQuery, asked: Asked, *, editors: Mapping[str, EditorRow], now: datetime) -> Answered:
    """Ask everybody's editors once, at most for `SAS_EDITOR_DEADLINE`; slots by person, place, then start."""
    conversation = _conversation(query, now) if query.wants_free else None
    if conversation is None:
        return Answered(slot_resources.search_set([], total=0, self_url=asked.url), None)
    listen(conversation, conversation.question, deadline=settings.SAS_EDITOR_DEADLINE)
    conversation.end()
    cards = [conversation.card(seat) for seat in conversation.lot.seats]
    kept = [(card, wanted) for card in cards if (wanted := _wanted(card, query))]
    cpts = _cpts_of((card for card, _ in kept), wanted=query.wants_cpts)
    slots = [_slot(card, slot, asked, cpts, editors) for card, several in kept for slot in several]
    entries = [slot_resources.entry(asked.base, resource, "match") for resource in slots]
    included = [*_people(card for card, _ in kept), *_groups(cpts, slots), *_places((card for card, _ in kept), asked)]
    entries += [slot_resources.entry(asked.base, resource, "include") for resource in included]
    trouble = outcomes_of(conversation, {key: row.name for key, row in editors.items()})
    entries += [slot_resources.entry(asked.base, resource, "outcome") for resource in trouble]
    profile = systems.PROFILE_CPTS_BUNDLE if _has_cpts(slots) else systems.PROFILE_BUNDLE
    bundle = slot_resources.search_set(entries, total=len(slots), self_url=asked.url, profile=profile)
    return Answered(bundle, conversation if slots else None)


def _conversation(query: SlotQuery, now: datetime) -> Conversation | None:
    """About everybody who is asked for and known, at each of their places; None when that is nobody."""
    known = dict(Practitioner.objects.filter(national_id__in=query.practitioners).values_list("national_id", "pk"))
    people = [known[national_id] for national_id in query.practitioners if national_id in known]
    rank = {person: number for number, person in enumerate(people)}
    rows = sorted(directory_queries.places_of(people), key=lambda row: (rank[row.practitioner_id], row.location_id))
    places = list({(row.practitioner_id, row.place_key): row for row in reversed(rows)}.values())[::-1]
    if not places:
        return None
    lot = single_lot(places[0], now=now)
    lot = replace(lot, seats=seated(places, place=lot.place, now=now, days=lot.days))
    return Conversation(lot, ANYTHING)


def _wanted(card: Card, query: SlotQuery) -> list[CardSlot]:
    """Those that start in the window asked; reserved to a CPTS only when CPTS are asked for (§1.1, §1.2)."""
    first, last = query.start.timestamp(), query.end.timestamp()
    inside = [slot for slot in card.all_slots if first <= slot.at <= last]
    return inside if query.wants_cpts else [slot for slot in inside if set(slot.types) != {"CPTS"}]


def _slot(
    card: Card, slot: CardSlot, asked: Asked, cpts: Mapping[int, Structure], editors: Mapping[str, EditorRow]
) -> Json:
    row = card.seat.candidate
    way = card.seat.way
    seen_by = cpts.get(way.structure_id or 0) if way and "CPTS" in slot.types else None
    types = slot.types if seen_by else tuple(code for code in slot.types if code != "CPTS") or slot.types
    written = WrittenSlot(
        id=slot.id,
        schedule=_schedule_id(card),
        start=slot.start,
        end=slot.end,
        types=types,
        modalities=slot.modalities,
        booking=slot.booking,
        reasons=slot.reasons,
        specialties=(row.savoir_faire,) if row.savoir_faire else (),
        comment=_page(slot, asked, editors),
        cpts=(_service_id(seen_by),) if seen_by else (),
    )
    return slot_resources.slot(written, systems.PROFILE_CPTS_SLOT if seen_by else systems.PROFILE_SLOT)


def _page(slot: CardSlot, asked: Asked, editors: Mapping[str, EditorRow]) -> str:
    """Where it is booked: on the editor's page, on ours for the SAS agenda; nowhere (a phone call) otherwise."""
    if slot.editor is None:
        return f"{asked.base.removesuffix('/fhir')}{reverse('orientation_panels:agenda', args=[slot.id])}?"
    return slot.url or "" if slot.editor in editors and editors[slot.editor].books else ""


def _people(cards: Iterable[Card]) -> list[Json]:
    """Each professional, once."""
    rows = {card.seat.candidate.national_id: card.seat.candidate for card in cards}
    return [
        slot_resources.practitioner(id_, national_id=id_, family=row.family_name, given=row.given_name)
        for id_, row in rows.items()
    ]


def _places(cards: Iterable[Card], asked: Asked) -> list[Json]:
    """The Schedule of each place and its PractitionerRole, in which the place is contained."""
    found: list[Json] = []
    for card in cards:
        row, role = card.seat.candidate, f"exercice-{card.seat.candidate.location_id}"
        actors = (f"Practitioner/{row.national_id}", f"PractitionerRole/{role}")
        place = WrittenPlace(
            id="lieu",
            system=asked.base,
            value=str(row.location_id),
            line=row.line or row.name or row.city,
            postal_code=row.postal_code,
            city=row.city,
            insee=row.insee,
            name=row.name,
            latitude=row.latitude,
            longitude=row.longitude,
            phone=row.phone,
        )
        found.append(slot_resources.schedule(_schedule_id(card), actors))
        found.append(
            slot_resources.role(
                role, practitioner_id=row.national_id, place=place, structure_id=row.structure_national_id
            )
        )
    return found


def _cpts_of(cards: Iterable[Card], *, wanted: bool) -> dict[int, Structure]:
    """The CPTS through which these people take part, when they are asked for. One query."""
    ways = (card.seat.way for card in cards) if wanted else ()
    ids = {way.structure_id for way in ways if way and way.via == "cpts" and way.structure_id}
    return Structure.objects.in_bulk(ids) if ids else {}


def _groups(cpts: Mapping[int, Structure], slots: Sequence[Json]) -> list[Json]:
    """A HealthcareService and an Organization for each CPTS that a slot names."""
    found: list[Json] = []
    for one in cpts.values() if _has_cpts(slots) else ():
        found.append(slot_resources.healthcare_service(_service_id(one), organization=one.national_id))
        found.append(
            slot_resources.organization(
                one.national_id, national_id=one.national_id, name=one.name, profile=systems.PROFILE_CPTS_ORGANIZATION
            )
        )
    return found


def _has_cpts(slots: Sequence[Json]) -> bool:
    return any(slot["meta"]["profile"] == [systems.PROFILE_CPTS_SLOT] for slot in slots)


def _schedule_id(card: Card) -> str:
    return f"agenda-{card.seat.candidate.location_id}"


def _service_id(cpts: Structure) -> str:
    return f"service-{cpts.national_id}"
