"""From answers to cards: what is known so far of one lot, told again each time an editor speaks. Pure.

Unknown is not none: a card is `NONE` only when every source it has was heard and really has nothing.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from sas.aggregator.engine.outcomes import Answer, EditorReport, Kind, Question
from sas.aggregator.engine.reports import reports
from sas.fhir.offered import OfferedSlot
from sas.search.away import covers, present
from sas.search.card_filters import card_passes
from sas.search.cards import Card, Silence
from sas.search.criteria import Criteria, Modality
from sas.search.groups import Group, card_of, grouped, stands
from sas.search.lots import Lot
from sas.search.offers import ByPlace, Offers, by_start, visible
from sas.search.ranking import (
    Availability,
    CardSlot,
    Rank,
    Ranked,
    keep,
    order_key,
    rank_of,
    window_end,
)
from sas.search.seats import Seat

__all__ = ["Card", "Conversation", "Silence"]


@dataclass(slots=True)
class _Heard:
    """What each editor said about one person: its slots by place (`None`: a place the directory does not know).

    Slots are worded once, when the editor speaks: a card may be made again each time another editor does. `visible`:
    what of them may be shown, decided once for all places, until an editor speaks again.
    """

    kinds: dict[str, Kind] = field(default_factory=dict)
    slots: dict[str, ByPlace] = field(default_factory=dict)
    visible: ByPlace | None = None
    checked_at: dict[str, datetime | None] = field(default_factory=dict)


NOTHING = _Heard(visible={})
"""What was heard about somebody nobody spoke of; never written to."""


class Conversation:
    """The state of one search. `hear` answers as they come; `cards` at any moment."""

    def __init__(self, lot: Lot, criteria: Criteria) -> None:
        self.lot = lot
        self.criteria = criteria
        self.question: Question = lot.question()
        self._answers: list[Answer] = []
        self._heard: dict[str, _Heard] = {}
        self._cards: dict[str, Card] = {}
        self._seats: dict[str, list[Seat]] = {}
        self._offers = Offers()
        self._ends: dict[str, float] = {}
        self._groups: dict[int, Group] = {}
        self._group_of: dict[str, Group] = {}
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
        by_person: defaultdict[str, list[OfferedSlot]] = defaultdict(list)
        for slot in answer.slots:
            by_person[slot.practitioner].append(slot)
        editor, kind, is_known = answer.editor, answer.kind, answer.kind.known
        changed: list[Seat] = []
        for person in answer.asked:
            heard = self._heard.get(person)
            if heard is None:
                heard = self._heard[person] = _Heard()
            if not is_known and heard.kinds.get(editor, kind).known:
                continue  # what was heard a moment ago is worth more than a silence now
            seats = self._seats.get(person, ())
            heard.kinds[editor] = kind
            heard.checked_at[editor] = answer.checked_at
            places = seats[0].places if seats else ()
            heard.slots[editor] = self._offers.by_place(by_person.get(person, ()), places, answer)
            heard.visible = None
            for seat in seats:
                self._cards.pop(seat.key, None)
                changed.append(seat)
        return changed

    def card(self, seat: Seat) -> Card:
        """The card of a seat, as known now."""
        card = self._cards.get(seat.key)
        if card is None:
            card = self._cards[seat.key] = self._made(seat)
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
        """The cards a page shows, in order: nothing pending, the filters applied, the rest only when asked; the card of
        a CPTS instead of those of its members."""
        cards = [*self.cards(), *(card for group in self._groups.values() if (card := self._group_card(group)))]
        return sorted((card for card in cards if self.is_shown(card)), key=attrgetter("order"))

    def touched(self, seats: Iterable[Seat]) -> list[Card]:
        """Cards to tell again once these seats have changed, in order: theirs, and those of their CPTS."""
        keys = {seat.key: seat for seat in seats}
        groups = {group.cpts.id: group for key in keys if (group := self._group_of.get(key))}
        for group in groups.values():
            keys |= {seat.key: seat for seat in group.members}
        cards = [self.card(seat) for seat in keys.values()]
        cards += [card for group in groups.values() if (card := self._group_card(group))]
        return sorted(cards, key=attrgetter("order"))

    def is_shown(self, card: Card) -> bool:
        """Does this card belong on the page now?"""
        filters, has_slots = self.criteria.filters, bool(card.slots)
        if card.seat.preferred:
            return True  # first, even without slots, while their editor is awaited, or away
        group = self._group_of.get(card.seat.key)
        if group is not None and not card.away and stands(self._cards_of(group)):
            return False  # the card of the CPTS shows it
        if card.availability is Availability.PENDING or (card.away and not self.lot.by_name):
            return False
        if filters.participants_only and not card.seat.candidate.participates:
            return False
        if not card_passes(card, filters):
            return False
        if has_slots:
            return True
        if card.availability is Availability.UNKNOWN:
            return not filters.known_only
        if filters.on_slots and card.all_slots:
            return False  # it has slots, none of those that are wanted
        return not filters.on_slots and (card.rank is not Rank.REST or self.criteria.show_rest)

    def with_slots(self) -> int:
        """How many professionals have a slot to offer, filters and the patient's own doctor aside: what widening looks
        at."""
        others = (seat for seat in self.lot.seats if not seat.preferred)
        return len({seat.candidate.national_id for seat in others if self.card(seat).all_slots})

    def reports(self) -> tuple[EditorReport, ...]:
        """One line per editor asked."""
        return reports(self.question, self._answers)

    def _seat(self, seats: Iterable[Seat]) -> None:
        seats = list(seats)
        for seat in seats:
            self._seats.setdefault(seat.candidate.national_id, []).append(seat)
        grouped((seat for seat in seats if not seat.preferred), self.lot.zone, into=self._groups)
        self._group_of = {seat.key: group for group in self._groups.values() for seat in group.members}

    def _cards_of(self, group: Group) -> list[Card]:
        return [self.card(seat) for seat in group.members]

    def _group_card(self, group: Group) -> Card | None:
        cards = self._cards_of(group)
        if not stands(cards):
            return None
        return card_of(group, cards, place=self.lot.place, sort=self.criteria.sort, remote_wanted=self._remote_wanted)

    def _made(self, seat: Seat) -> Card:
        heard = self._heard.get(seat.candidate.national_id, NOTHING)
        offered, elsewhere = self._offered(seat, heard)
        here = tuple(present(offered, seat.away) if seat.away else offered)
        filters = self.criteria.filters
        slots = tuple(keep(here, filters, now=self.lot.now)) if filters.on_slots else here
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
        away = self._is_away(seat) or (availability is Availability.NONE and (bool(offered) or seat.emptied))
        ranked = Ranked(
            index=seat.index,
            participates=seat.candidate.participates,
            availability=availability,
            slots=slots,
            distance_m=seat.distance_m,
            preferred=seat.preferred,
        )
        moments = [at for editor, at in heard.checked_at.items() if at and heard.kinds[editor].known]
        return Card(
            seat=seat,
            availability=availability,
            slots=slots,
            all_slots=here,
            silences=silences,
            elsewhere=elsewhere,
            checked_at=min(moments, default=self.lot.now if seat.agenda else None),
            rank=rank_of(ranked),
            order=order_key(ranked, sort=self.criteria.sort, remote_wanted=self._remote_wanted),
            away=away,
        )

    def _offered(self, seat: Seat, heard: _Heard) -> tuple[list[CardSlot], int]:
        """Slots of this person at this place inside the window, SAS agenda and editors together, by start; and how many
        are at a place that is not known."""
        if heard.visible is None:
            if self._waits_for_all(seat, heard):
                return list(seat.agenda), 0
            heard.visible = visible(heard.slots.values(), seat.visibility, now=self.lot.now) if heard.slots else {}
        last = self._window_end(seat)
        here = [slot for slot in heard.visible.get(seat.candidate.place_key, ()) if slot.at <= last]
        elsewhere = sum(slot.at <= last for slot in heard.visible.get(None, ()))
        if seat.agenda:
            here = sorted([*seat.agenda, *here], key=by_start)
        return here, elsewhere

    def _waits_for_all(self, seat: Seat, heard: _Heard) -> bool:
        """So many slots a day over every editor: what the first one offers may be too much beside the others."""
        if seat.visibility.limits.per_day is None:
            return False
        # At all of their places: nobody is asked for one where they are away, which would then count too soon.
        seats = self._seats.get(seat.candidate.national_id, ())
        return any(editor not in heard.kinds for one in seats for editor in one.editors)

    def _is_away(self, seat: Seat) -> bool:
        """From now to the end of the window, without a gap."""
        return bool(seat.away) and covers(seat.away, self.lot.now.timestamp(), self._window_end(seat))

    def _window_end(self, seat: Seat) -> float:
        zone = seat.candidate.timezone
        if zone not in self._ends:
            self._ends[zone] = window_end(self.lot.now, ZoneInfo(zone), self.lot.days).timestamp()
        return self._ends[zone]
