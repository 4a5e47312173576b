"""SAS agenda, unavailability, opt-out and partial sharing, in the cards of a search."""

from datetime import timedelta
from math import inf

import pytest

from sas.agenda.queries import Away
from sas.aggregator.engine.outcomes import Kind
from sas.participation.queries import VisibilityNow
from sas.participation.sharing.rules import NO_LIMIT, Limits
from sas.search.away import covers, merged, present
from sas.search.conversation import Conversation
from sas.search.criteria import Criteria
from sas.search.ranking import Availability, Rank
from tests.search.making import NOW, agenda_slot, answer, card_slot, lot, offered, seat

EVERYTHING = Criteria(text="", loc="Lille", show_rest=True)
OPTED_OUT = VisibilityNow(True, NO_LIMIT, frozenset())


def span(first: float, last: float) -> Away:
    """From so many hours from now to so many."""
    now = NOW.timestamp()
    return ((now + first * 3600, now + last * 3600),)


def test_slots_of_the_agenda_and_of_editors_stand_together_in_order() -> None:
    conversation = Conversation(lot(seat(agenda=(agenda_slot(3), agenda_slot(1)))), EVERYTHING)
    conversation.hear(answer(offered(hours=2)))
    (card,) = conversation.shown()
    assert [slot.source for slot in card.slots] == ["agenda", "editor", "agenda"]
    assert card.slots == tuple(sorted(card.slots, key=lambda slot: slot.at))


def test_the_agenda_is_known_before_any_editor_speaks() -> None:
    conversation = Conversation(lot(seat(agenda=(agenda_slot(3),))), EVERYTHING)
    (card,) = conversation.shown()
    assert (card.availability, card.rank) == (Availability.KNOWN, Rank.WITH_SLOTS)


def test_silence_of_an_editor_does_not_hide_the_agenda() -> None:
    conversation = Conversation(lot(seat(agenda=(agenda_slot(3),))), EVERYTHING)
    conversation.hear(answer(kind=Kind.NO_ANSWER))
    (card,) = conversation.shown()
    assert (card.availability, len(card.silences)) == (Availability.KNOWN, 1)


def test_nothing_of_the_editors_is_shown_of_whoever_opted_out_even_if_one_speaks() -> None:
    away_from_editors = seat(editors=(), visibility=OPTED_OUT, agenda=(agenda_slot(3),))
    conversation = Conversation(lot(away_from_editors), EVERYTHING)
    assert conversation.question.ids_by_editor == {}
    conversation.hear(answer(offered()))
    (card,) = conversation.shown()
    assert [slot.source for slot in card.slots] == ["agenda"]


def test_a_quota_counts_over_every_editor_of_a_person() -> None:
    shared = VisibilityNow(False, Limits(per_day=2), frozenset())
    conversation = Conversation(lot(seat(editors=("alpha", "brume"), visibility=shared)), EVERYTHING)
    conversation.hear(answer(offered(hours=3), offered(hours=4)))
    conversation.hear(answer(offered(hours=1), offered(hours=2), editor="brume"))
    (card,) = conversation.shown()
    assert [(slot.editor, slot.start) for slot in card.slots] == [
        ("brume", NOW + timedelta(hours=1)),
        ("brume", NOW + timedelta(hours=2)),
    ]


def test_a_quota_waits_for_every_editor_even_where_one_place_is_away() -> None:
    """Else the first editor's earliest would be shown, then the other's: more than so many a day."""
    shared = VisibilityNow(False, Limits(per_day=1), frozenset())
    gone = ((NOW.timestamp() - 60, inf),)
    here = seat(editors=("alpha", "brume"), visibility=shared)
    absent = seat(location_id=2, place_key="R2", editors=(), visibility=shared, away=gone)
    conversation = Conversation(lot(here, absent), EVERYTHING)
    conversation.hear(answer(offered(hours=3)))
    assert conversation.card(absent).slots == ()
    assert conversation.card(here).slots == ()
    conversation.hear(answer(offered(hours=1), editor="brume"))
    assert [slot.editor for slot in conversation.card(here).slots] == ["brume"]


def test_the_limits_of_sharing_do_not_touch_the_agenda() -> None:
    shared = VisibilityNow(False, Limits(per_day=1), frozenset())
    conversation = Conversation(lot(seat(visibility=shared, agenda=(agenda_slot(1), agenda_slot(5)))), EVERYTHING)
    conversation.hear(answer(offered(hours=3), offered(hours=4)))
    (card,) = conversation.shown()
    assert [slot.source for slot in card.slots] == ["agenda", "editor", "agenda"]


def test_an_unavailability_takes_away_every_slot_that_it_touches() -> None:
    conversation = Conversation(lot(seat(away=span(2.1, 4))), EVERYTHING)
    conversation.hear(answer(offered(hours=1), offered(hours=2), offered(hours=3.9), offered(hours=4)))
    (card,) = conversation.shown()
    assert [slot.start for slot in card.slots] == [NOW + timedelta(hours=1), NOW + timedelta(hours=4)]


def test_who_is_left_with_nothing_by_an_unavailability_leaves_the_page() -> None:
    conversation = Conversation(lot(seat(1, away=span(0, 20)), seat(2)), EVERYTHING)
    conversation.hear(answer(offered(1, hours=1), offered(2, hours=1), asked=[1, 2]))
    assert [card.seat.index for card in conversation.shown()] == [2]


def test_one_day_off_hides_nobody_who_has_slots_the_day_after() -> None:
    conversation = Conversation(lot(seat(away=span(0, 15))), EVERYTHING)
    conversation.hear(answer(offered(hours=26)))
    assert len(conversation.shown()) == 1


def test_who_is_away_for_the_whole_window_is_told_of_only_when_asked_for_by_name() -> None:
    paused = seat(editors=(), away=((NOW.timestamp() - 60, inf),), participates=True)
    assert Conversation(lot(paused), EVERYTHING).shown() == []
    assert len(Conversation(lot(paused, by_name=True), EVERYTHING).shown()) == 1


def test_who_would_offer_something_but_for_a_short_absence_leaves_too() -> None:
    emptied = seat(1, editors=(), away=span(0, 20), emptied=True, participates=True)
    quiet = seat(2, editors=(), away=span(0, 20), participates=True)
    conversation = Conversation(lot(emptied, quiet), EVERYTHING)
    assert [card.seat.index for card in conversation.shown()] == [2]


def test_a_silence_beside_a_short_absence_stays_unknown() -> None:
    conversation = Conversation(lot(seat(editors=("alpha", "brume"), away=span(0, 20))), EVERYTHING)
    conversation.hear(answer(offered(hours=1)))
    conversation.hear(answer(editor="brume", kind=Kind.NO_ANSWER))
    (card,) = conversation.shown()
    assert card.availability is Availability.UNKNOWN


@pytest.mark.parametrize("zone", ["Europe/Paris", "Indian/Reunion", "America/Martinique"])
def test_a_pause_reaches_every_place_in_its_own_zone(zone: str) -> None:
    paused = seat(timezone=zone, away=((NOW.timestamp(), inf),))
    conversation = Conversation(lot(paused), EVERYTHING)
    conversation.hear(answer(offered(hours=30)))
    assert conversation.shown() == []


def test_adjacent_absences_cover_what_lies_across_them() -> None:
    both = merged(span(0, 10), span(10, 80))
    assert covers(both, NOW.timestamp(), NOW.timestamp() + 72 * 3600)
    assert both == span(0, 80)


def test_a_slot_that_ends_when_the_absence_begins_stays() -> None:
    assert present([card_slot(1)], span(1.25, 3)) == [card_slot(1)]
    assert present([card_slot(1)], span(1.2, 3)) == []
