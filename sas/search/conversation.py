"""From answers to cards: what is known so far of one lot, told again each time an editor speaks. Pure.

Unknown is not none: a card is `NONE` only when every source it has was heard and really has nothing.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from zoneinfo import ZoneInfo

from sas.aggregator.engine.outcomes import Answer, EditorReport, Kind, Question
from sas.aggregator.engine.reports import reports
from sas.fhir.offered import OfferedPlace, OfferedSlot
from sas.search.criteria import Criteria, Modality
from sas.search.lots import Lot, Seat
from sas.search.matching import KnownPlace, place_of
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
    """What each editor said about one person: its slots by place (`None`: a place the directory does not know).

    Slots are worded once, when the editor speaks: a card may be made again each time another editor does.
    """

    kinds: dict[str, Kind] = field(default_factory=dict)
    slots: dict[str, dict[str | None, list[CardSlot]]] = field(default_factory=dict)
    checked_at: dict[str, datetime | None] = field(default_factory=dict)


NOTHING = _Heard()
"""What was heard about somebody nobody spoke of; never written to."""


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
        self._matched: dict[tuple[str, OfferedPlace | None], str | None] = {}
        self._remote_wanted = criteria.filters.modalities == frozenset({Modality.VR})
        self._seat(lot.seats)

    def widen(self, ring: Lot) -> Question:
        """Take the candidates of a wider circle in; returns the question about them alone."""
        self._seat(ring.seats)
        whole = ring.question()
        before = {editor: set(ids) for editor, ids in self.question.ids_by_editor.items()}
        # Someone who also practises in the first circle was asked about already: one answer serves all their places.
        new = {
            editor: tuple(person for person in ids if person not in before.get(editor, ()))
            for editor, ids in whole.ids_by_editor.items()
        }
        asked = replace(whole, ids_by_editor={editor: ids for editor, ids in new.items() if ids})
        merged = dict(self.question.ids_by_editor)
        for editor, ids in asked.ids_by_editor.items():
            merged[editor] = (*merged.get(editor, ()), *ids)
        self.question = replace(self.question, end=max(self.question.end, asked.end), ids_by_editor=merged)
        self.lot = replace(ring, seats=self.lot.seats + ring.seats)
        return asked

    def hear(self, answer: Answer) -> list[Seat]:
        """Note one answer; returns the seats whose card it changes, in no order."""
        self._answers.append(answer)
        by_person: dict[str, list[OfferedSlot]] = {}
        for slot in answer.slots:
            by_person.setdefault(slot.practitioner, []).append(slot)
        changed: list[Seat] = []
        for person in answer.asked:
            heard = self._heard.setdefault(person, _Heard())
            if not answer.kind.known and heard.kinds.get(answer.editor, answer.kind).known:
                continue  # what was heard a moment ago is worth more than a silence now
            seats = self._seats.get(person, ())
            heard.kinds[answer.editor] = answer.kind
            heard.checked_at[answer.editor] = answer.checked_at
            places = seats[0].places if seats else ()
            heard.slots[answer.editor] = _by_place(by_person.get(person, ()), places, answer, self._matched)
            for seat in seats:
                self._cards.pop(seat.candidate.location_id, None)
                changed.append(seat)
        return changed

    def card(self, seat: Seat) -> Card:
        """The card of a seat, as known now."""
        card = self._cards.get(seat.candidate.location_id)
        if card is None:
            card = self._cards[seat.candidate.location_id] = self._made(seat)
        return card

    def end(self) -> list[Seat]:
        """Nothing more will come: whoever was never spoken of is unknown, not absent. Returns the seats it changes."""
        changed: list[Seat] = []
        for editor, ids in self.question.ids_by_editor.items():
            unsaid = tuple(person for person in ids if editor not in self._heard.get(person, NOTHING).kinds)
            if unsaid:
                changed += self.hear(Answer(editor, Kind.NO_ANSWER, unsaid, detail="the search ended before"))
        return changed

    def cards(self) -> list[Card]:
        """Every card, in order."""
        return sorted((self.card(seat) for seat in self.lot.seats), key=lambda card: card.order)

    def shown(self) -> list[Card]:
        """The cards a page shows, in order: nothing pending, the filters applied, the rest only when asked."""
        return [card for card in self.cards() if self.is_shown(card)]

    def is_shown(self, card: Card) -> bool:
        """Does this card belong on the page now?"""
        filters, has_slots = self.criteria.filters, bool(card.slots)
        if card.availability is Availability.PENDING:
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
        return len({seat.candidate.national_id for seat in self.lot.seats if self.card(seat).all_slots})

    def reports(self) -> tuple[EditorReport, ...]:
        """One line per editor asked."""
        return reports(self.question, self._answers)

    def _seat(self, seats: Iterable[Seat]) -> None:
        for seat in seats:
            self._seats.setdefault(seat.candidate.national_id, []).append(seat)

    def _made(self, seat: Seat) -> Card:
        heard = self._heard.get(seat.candidate.national_id, NOTHING)
        here, elsewhere = self._slots(seat, heard)
        slots = tuple(keep(here, self.criteria.filters, now=self.lot.now))
        silences = tuple(
            Silence(editor, kind) for editor, kind in heard.kinds.items() if not kind.known and editor in seat.editors
        )
        if slots:
            availability = Availability.KNOWN
        elif silences:  # even beside slots that the filters leave out: the silent one may have some that pass
            availability = Availability.UNKNOWN
        elif any(editor not in heard.kinds for editor in seat.editors):
            availability = Availability.PENDING
        elif here:
            availability = Availability.KNOWN
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
        now = self.lot.now.timestamp()
        last = window_end(self.lot.now, zone, self.lot.days).timestamp()
        here: dict[str, CardSlot] = {}
        elsewhere = 0
        for by_place in heard.slots.values():
            for slot in by_place.get(seat.candidate.place_key, ()):
                # Told twice (D31): the one that can be booked stays.
                if now <= slot.at <= last and (slot.url or slot.id not in here):
                    here[slot.id] = slot
            elsewhere += sum(now <= slot.at <= last for slot in by_place.get(None, ()))
        return sorted(here.values(), key=attrgetter("at", "id")), elsewhere


def _by_place(
    offered: Sequence[OfferedSlot],
    places: Sequence[KnownPlace],
    answer: Answer,
    matched: dict[tuple[str, OfferedPlace | None], str | None],
) -> dict[str | None, list[CardSlot]]:
    """One person's slots from one editor, at the places the directory knows; hidden types left out (D06).

    `matched` remembers which place a description means: every slot repeats it, and so does every editor.
    """
    found: dict[str | None, list[CardSlot]] = {}
    described: dict[int, tuple[list[CardSlot], ZoneInfo | None, str]] = {}
    for slot in offered:
        if not _is_shown(slot.types):
            continue
        at = described.get(id(slot.place))
        if at is None:
            about = (slot.practitioner, slot.place)
            if about not in matched:
                matched[about] = place_of(slot.place, places)
            key = matched[about]
            zone = next((ZoneInfo(place.timezone) for place in places if place.key == key), None)
            agenda = _agenda(answer.editor, slot.practitioner, key or "")
            at = described[id(slot.place)] = (found.setdefault(key, []), zone, agenda)
        at[0].append(_card_slot(slot, answer, at[1], at[2]))
    return found


def _card_slot(slot: OfferedSlot, answer: Answer, zone: ZoneInfo | None, agenda: str) -> CardSlot:
    """One slot in the clock of its place, and its name: one that survives the editor answering again.

    `<who and where>-<start>-<minutes>-<how>`, in hexadecimal, minutes since 1970; never the editor's own id.
    """
    at = int(slot.start.timestamp())
    start = slot.start.astimezone(zone) if zone else slot.start
    end = slot.end.astimezone(zone) if zone else slot.end
    minutes = (end - start).seconds // 60
    # In the order of the fields, and no f-string: this is made of every slot of a search, thousands of times.
    return CardSlot(
        "%s-%x-%x-%x" % (agenda, at // 60, minutes, _how(slot.booking, slot.modalities)),  # noqa: UP031
        start,
        end,
        slot.modalities,
        slot.types,
        slot.booking,
        slot.reasons,
        "editor",
        answer.editor,
        slot.url,
        answer.checked_at,
        at,
    )


_HOW = {"WALKIN": 1, "AMB": 2, "HH": 4, "VR": 8}


# Cached: this runs for each of the thousands of slots of a search, with a handful of different arguments.
@lru_cache(maxsize=256)
def _how(booking: str, modalities: tuple[str, ...]) -> int:
    return _HOW.get(booking, 0) | sum(_HOW.get(modality, 0) for modality in set(modalities))


@lru_cache(maxsize=256)
def _is_shown(types: tuple[str, ...]) -> bool:
    return not SHOWN_TYPES.isdisjoint(types)


@lru_cache(maxsize=4096)
def _agenda(editor: str, person: str, place: str) -> str:
    return hashlib.blake2s(f"{editor}|{person}|{place}".encode(), digest_size=6).hexdigest()
