"""From answers to cards: what is known so far of one lot, told again each time an editor speaks. Pure.

Unknown is not none: a card is `NONE` only when every source it has was heard and really has nothing.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sas.aggregator.engine.outcomes import Answer, EditorReport, Kind, Question
from sas.aggregator.engine.reports import reports
from sas.fhir.offered import OfferedSlot
from sas.search.criteria import Criteria, Modality
from sas.search.lots import Lot, Seat
from sas.search.matching import place_of
from sas.search.ranking import (
    SHOWN_TYPES,
    Availability,
    CardSlot,
    Rank,
    Ranked,
    keep,
    order_key,
    rank_of,
    window_end,
)


@dataclass(frozen=True, slots=True)
class Silence:
    """An editor that was asked about this person and could not be heard."""

    editor: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Card:
    """One professional at one place, as known now. `slots` passed the filters; `all_slots` did not have to."""

    seat: Seat
    availability: Availability
    slots: tuple[CardSlot, ...]
    all_slots: tuple[CardSlot, ...]
    silences: tuple[Silence, ...]
    elsewhere: int
    checked_at: datetime | None
    rank: Rank
    order: str


@dataclass(slots=True)
class _Heard:
    """What each editor said about one person."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    slots: dict[str, tuple[OfferedSlot, ...]] = field(default_factory=dict)
    checked_at: dict[str, datetime | None] = field(default_factory=dict)


class Conversation:
    """The state of one search. `hear` answers as they come; `cards` at any moment."""

    def __init__(self, lot: Lot, criteria: Criteria) -> None:
        self.lot = lot
        self.criteria = criteria
        self.question: Question = lot.question()
        self._answers: list[Answer] = []
        self._heard: dict[str, _Heard] = {}
        self._cards: dict[int, Card] = {}
        self._seats: dict[str, list[Seat]] = {}
        self._remote_wanted = criteria.filters.modalities == frozenset({Modality.VR})
        self._seat(lot.seats)

    def widen(self, ring: Lot) -> Question:
        """Take the candidates of a wider circle in; returns the question about them alone."""
        self._seat(ring.seats)
        asked = ring.question()
        merged = {key: tuple(ids) for key, ids in self.question.ids_by_editor.items()}
        for key, ids in asked.ids_by_editor.items():
            merged[key] = (*merged.get(key, ()), *ids)
        end = max(self.question.end, asked.end)
        self.question = Question(start=self.question.start, end=end, ids_by_editor=merged)
        self.lot = Lot(
            what=ring.what,
            place=ring.place,
            seats=self.lot.seats + ring.seats,
            radius_km=ring.radius_km,
            maximum_km=ring.maximum_km,
            seed=ring.seed,
            now=ring.now,
            days=ring.days,
            widened_from=ring.widened_from,
            next_cursor=ring.next_cursor,
        )
        return asked

    def hear(self, answer: Answer) -> list[Card]:
        """Note one answer; returns the cards it changes, in no order."""
        self._answers.append(answer)
        by_person: dict[str, list[OfferedSlot]] = {}
        for slot in answer.slots:
            by_person.setdefault(slot.practitioner, []).append(slot)
        changed: list[Card] = []
        for person in answer.asked:
            heard = self._heard.setdefault(person, _Heard())
            if not answer.kind.known and heard.kinds.get(answer.editor, answer.kind).known:
                continue  # what was heard a moment ago is worth more than a silence now
            heard.kinds[answer.editor] = answer.kind
            heard.slots[answer.editor] = tuple(by_person.get(person, ()))
            heard.checked_at[answer.editor] = answer.checked_at
            for seat in self._seats.get(person, ()):
                card = self._made(seat)
                self._cards[seat.candidate.location_id] = card
                changed.append(card)
        return changed

    def cards(self) -> list[Card]:
        """Every card, in order."""
        return sorted(self._cards.values(), key=lambda card: card.order)

    def shown(self) -> list[Card]:
        """The cards a page shows, in order: nothing pending, the filters applied, the rest only when asked."""
        return [card for card in self.cards() if self.is_shown(card)]

    def is_shown(self, card: Card) -> bool:
        """Does this card belong on the page now?"""
        filters, has_slots = self.criteria.filters, bool(card.slots)
        if card.availability is Availability.PENDING and not has_slots:
            return False
        if filters.participants_only and not card.seat.candidate.participates:
            return False
        if has_slots:
            return True
        if card.availability is Availability.UNKNOWN:
            return not filters.known_only
        if filters.on_slots and card.all_slots:
            return False  # it has slots, none of those that are wanted
        return not filters.on_slots and (card.rank is not Rank.REST or self.criteria.show_rest)

    def with_slots(self) -> int:
        """How many professionals have a slot to offer, filters aside: what widening looks at."""
        return len({card.seat.candidate.national_id for card in self._cards.values() if card.all_slots})

    def reports(self) -> tuple[EditorReport, ...]:
        """One line per editor asked."""
        return reports(self.question, self._answers)

    def _seat(self, seats: Iterable[Seat]) -> None:
        for seat in seats:
            self._seats.setdefault(seat.candidate.national_id, []).append(seat)
            self._cards[seat.candidate.location_id] = self._made(seat)

    def _made(self, seat: Seat) -> Card:
        heard = self._heard.get(seat.candidate.national_id) or _Heard()
        here, elsewhere = self._slots(seat, heard)
        slots = tuple(keep(here, self.criteria.filters, now=self.lot.now))
        silences = tuple(
            Silence(editor, kind) for editor, kind in heard.kinds.items() if not kind.known and editor in seat.editors
        )
        if here:
            availability = Availability.KNOWN
        elif silences:
            availability = Availability.UNKNOWN
        elif any(editor not in heard.kinds for editor in seat.editors):
            availability = Availability.PENDING
        else:
            availability = Availability.NONE
        ranked = Ranked(
            index=seat.index,
            participates=seat.candidate.participates,
            availability=availability,
            slots=slots,
            distance_m=seat.distance_m,
        )
        moments = [at for editor, at in heard.checked_at.items() if at and heard.kinds[editor].known]
        return Card(
            seat=seat,
            availability=availability,
            slots=slots,
            all_slots=tuple(here),
            silences=silences,
            elsewhere=elsewhere,
            checked_at=min(moments, default=None),
            rank=rank_of(ranked),
            order=order_key(ranked, sort=self.criteria.sort, remote_wanted=self._remote_wanted),
        )

    def _slots(self, seat: Seat, heard: _Heard) -> tuple[list[CardSlot], int]:
        """Slots of this person at this place inside the window, by start; and how many are at another place."""
        zone = ZoneInfo(seat.candidate.timezone)
        last = window_end(self.lot.now, zone, self.lot.days)
        here: dict[str, CardSlot] = {}
        elsewhere = 0
        for editor, offered in heard.slots.items():
            for slot in offered:
                if not self.lot.now <= slot.start <= last or not SHOWN_TYPES.intersection(slot.types):
                    continue
                key = place_of(slot.place, seat.places)
                if key != seat.candidate.place_key:
                    elsewhere += key is None
                    continue
                made = _card_slot(slot, editor, zone, heard.checked_at.get(editor), key)
                here[made.id] = made
        return sorted(here.values(), key=lambda slot: (slot.start, slot.id)), elsewhere


def _card_slot(slot: OfferedSlot, editor: str, zone: ZoneInfo, checked_at: datetime | None, place: str) -> CardSlot:
    return CardSlot(
        id=slot_id(slot, editor, place),
        start=slot.start.astimezone(zone),
        end=slot.end.astimezone(zone),
        modalities=slot.modalities,
        types=tuple(kind for kind in slot.types if kind in SHOWN_TYPES),
        booking=slot.booking,
        reasons=slot.reasons,
        source="editor",
        editor=editor,
        url=slot.url,
        checked_at=checked_at,
    )


def slot_id(slot: OfferedSlot, editor: str, place: str) -> str:
    """A name for this slot that survives the editor answering again: who, where, when, how; not the editor's own id."""
    parts = [editor, slot.practitioner, place, slot.start.timestamp(), slot.end.timestamp(), slot.booking]
    parts += sorted(slot.modalities)
    return hashlib.blake2s("|".join(str(part) for part in parts).encode(), digest_size=9).hexdigest()
