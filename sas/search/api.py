"""The answer of `/api/v1/recherche`, in the shape of the fixed interface (docs: interfaces §2). Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from sas.aggregator.queries import EditorRow
from sas.directory.vocabulary import label, profession_labels
from sas.search.contacts import contact_of
from sas.search.conversation import Card, Conversation
from sas.search.criteria import encode_cursor
from sas.search.ranking import CardSlot, window_end


class SlotAnswer(msgspec.Struct, frozen=True, gc=False):
    """One slot of a card, in the words of the interface; a struct since there are thousands."""

    id: str
    start: datetime
    end: datetime
    modalities: tuple[str, ...]
    types: tuple[str, ...]
    booking: str
    reasons: tuple[str, ...]
    source: str
    editor: str | None
    url: str | None
    capacity: int
    taken: int
    checked_at: datetime | None


def answer(
    conversation: Conversation, *, editors: Mapping[str, EditorRow], path: str, sees_participation: bool
) -> dict[str, Any]:
    """Place, window, one line per editor, cards in order, and the address of what follows.

    `sees_participation`: without it, who participates is `null`, that is not told (platform.md §1).
    """
    lot, place = conversation.lot, conversation.lot.place
    told = {key: (editor.name, editor.books) for key, editor in editors.items()}
    zone = ZoneInfo(place.timezone)
    following = None
    if lot.next_cursor is not None:
        query = conversation.criteria.query(suite=encode_cursor(lot.next_cursor), graine=str(lot.seed))
        following = f"{path}?{query}"
    return {
        "place": {
            "label": place.label,
            "kind": place.kind,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "radius_km": lot.radius_km,
            "source": place.source,
        },
        "window": {
            "start": lot.now.astimezone(zone).isoformat(timespec="seconds"),
            "end": window_end(lot.now, zone, lot.days).isoformat(timespec="seconds"),
        },
        "editors": [
            {
                "name": editors[report.editor].name if report.editor in editors else report.editor,
                "outcome": report.kind,
                "elapsed_ms": report.elapsed_ms,
                "asked": report.asked,
                "slots": report.slots,
                "findings": report.findings,
            }
            for report in conversation.reports()
        ],
        "cards": [_card(card, told, sees_participation) for card in conversation.shown()],
        "next": following,
    }


def _card(card: Card, editors: Mapping[str, tuple[str, bool]], sees_participation: bool) -> dict[str, Any]:
    """`editors`: by key, their name and whether a slot may be booked on their pages."""
    row = card.seat.candidate
    return {
        "id": card.seat.key,
        "kind": card.seat.kind,
        "national_id": row.national_id,
        "name": " ".join(part for part in (row.given_name, row.family_name) if part),
        "profession": profession_labels().get(row.profession, row.profession),
        "specialties": [label(row.specialty)],
        "place": {
            "label": row.name,
            "line": row.line,
            "postal_code": row.postal_code,
            "city": row.city,
            "insee": row.insee,
            "latitude": row.latitude,
            "longitude": row.longitude,
            "distance_m": card.seat.distance_m,
            "timezone": row.timezone,
        },
        "phone": contact_of(card, sees_participation=sees_participation).number or None,
        "convention": row.convention,
        "participates": row.participates if sees_participation else None,
        "participates_via": _via(card) if row.participates and sees_participation else None,
        "accepts_overbooking": row.participates if sees_participation else None,
        "preferred_doctor": card.seat.preferred,
        "availability": card.availability,
        "slots": [_slot(slot, *editors.get(slot.editor or "", (slot.editor, False))) for slot in card.slots],
    }


def _via(card: Card) -> str | None:
    """A structure takes part as what it is."""
    if card.seat.structure is None:
        return card.seat.via
    kind = card.seat.structure.kind.removesuffix("_place")
    return kind if kind in ("cpts", "msp", "sos", "cds") else None


def _slot(slot: CardSlot, editor: str | None, books: bool) -> SlotAnswer:
    return SlotAnswer(
        slot.id,
        slot.start,
        slot.end,
        slot.modalities,
        slot.types,
        slot.booking,
        slot.reasons,
        slot.source,
        editor,
        slot.url if books else None,
        slot.capacity,
        slot.taken,
        slot.checked_at,
    )
