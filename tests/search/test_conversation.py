"""What is known of a lot while editors answer: unknown is not none, and nothing heard is lost."""

from datetime import timedelta

import pytest

from sas.aggregator.engine.outcomes import Kind
from sas.fhir.offered import OfferedPlace
from sas.search.conversation import Conversation
from sas.search.criteria import Criteria, Filters, Modality, Moment
from sas.search.facets import facets
from sas.search.ranking import Availability, Rank
from tests.search.making import NOW, answer, lot, offered, seat

EVERYTHING = Criteria(text="", loc="Lille", show_rest=True)
SILENCES = [Kind.NO_ANSWER, Kind.REFUSED, Kind.UNREADABLE, Kind.PAUSED]


def shown(conversation: Conversation) -> list[int]:
    return [card.seat.index for card in conversation.shown()]


def test_slots_of_one_editor_are_shown_beside_the_silence_of_the_other() -> None:
    conversation = Conversation(lot(seat(editors=("alpha", "brume"))), EVERYTHING)
    conversation.hear(answer(offered()))
    conversation.hear(answer(editor="brume", kind=Kind.NO_ANSWER))
    (card,) = conversation.shown()
    assert (card.availability, card.rank) == (Availability.KNOWN, Rank.WITH_SLOTS)
    assert [(silence.editor, silence.kind) for silence in card.silences] == [("brume", Kind.NO_ANSWER)]


@pytest.mark.parametrize("silence", SILENCES)
def test_nothing_here_and_silence_there_is_unknown(silence: Kind) -> None:
    conversation = Conversation(lot(seat(editors=("alpha", "brume"))), EVERYTHING)
    conversation.hear(answer())
    conversation.hear(answer(editor="brume", kind=silence))
    (card,) = conversation.shown()
    assert card.availability is Availability.UNKNOWN


def test_none_needs_every_editor_to_have_been_heard() -> None:
    conversation = Conversation(lot(seat(editors=("alpha", "brume"))), EVERYTHING)
    conversation.hear(answer())
    assert conversation.shown() == []
    conversation.hear(answer(editor="brume"))
    (card,) = conversation.shown()
    assert card.availability is Availability.NONE


def test_whoever_was_never_spoken_of_ends_unknown() -> None:
    conversation = Conversation(lot(seat(1), seat(2)), EVERYTHING)
    conversation.hear(answer(asked=[1]))
    assert shown(conversation) == [1]
    assert [changed.index for changed in conversation.end()] == [2]
    assert [card.availability for card in conversation.shown()] == [Availability.UNKNOWN, Availability.NONE]
    assert conversation.end() == []


@pytest.mark.parametrize("silence", SILENCES)
def test_a_late_answer_turns_the_card(silence: Kind) -> None:
    conversation = Conversation(lot(seat()), EVERYTHING)
    conversation.hear(answer(kind=silence))
    conversation.hear(answer(offered()))
    (card,) = conversation.shown()
    assert (card.availability, card.silences) == (Availability.KNOWN, ())
    assert conversation.reports()[0].unheard == ()


@pytest.mark.parametrize("silence", SILENCES)
def test_a_failure_never_erases_what_was_heard(silence: Kind) -> None:
    conversation = Conversation(lot(seat()), EVERYTHING)
    conversation.hear(answer(offered()))
    assert conversation.hear(answer(kind=silence)) == []
    (card,) = conversation.shown()
    assert len(card.slots) == 1


def test_slots_reserved_to_others_are_never_shown() -> None:
    conversation = Conversation(lot(seat()), EVERYTHING)
    conversation.hear(answer(offered(types=())))
    (card,) = conversation.shown()
    assert (card.slots, card.availability) == ((), Availability.NONE)


def test_slots_outside_the_window_of_the_place_are_not_shown() -> None:
    overseas = seat(1, timezone="America/Martinique")
    conversation = Conversation(lot(overseas, seat(2)), EVERYTHING)
    late = {"hours": 65.5}  # Thursday 2:30 in Paris, Wednesday 21:30 in Martinique
    conversation.hear(answer(offered(1, **late), offered(2, **late), offered(2, -0.1), asked=[1, 2]))
    by_index = {card.seat.index: card for card in conversation.shown()}
    assert [slot.start.isoformat() for slot in by_index[1].slots] == ["2026-11-25T21:30:00-04:00"]
    assert by_index[2].slots == ()
    assert conversation.question.end >= NOW + timedelta(hours=65.5)


def test_a_slot_at_an_unknown_address_is_counted_not_shown() -> None:
    conversation = Conversation(lot(seat()), EVERYTHING)
    far = OfferedPlace(line="2 quai Vauban", postal_code="67000", city="Strasbourg")
    conversation.hear(answer(offered(place=far)))
    (card,) = conversation.shown()
    assert (card.slots, card.elsewhere) == ((), 1)


def test_the_same_slot_told_twice_is_one_and_stays_bookable() -> None:
    conversation = Conversation(lot(seat()), EVERYTHING)
    conversation.hear(answer(offered(), offered(url=None)))
    (card,) = conversation.shown()
    assert [slot.url for slot in card.slots] == ["https://agenda.example/1"]


def test_the_same_time_at_two_editors_stays_two() -> None:
    conversation = Conversation(lot(seat(editors=("alpha", "brume"))), EVERYTHING)
    conversation.hear(answer(offered()))
    conversation.hear(answer(offered(), editor="brume"))
    (card,) = conversation.shown()
    assert sorted(str(slot.editor) for slot in card.slots) == ["alpha", "brume"]


def test_nothing_is_hidden_unless_it_is_asked() -> None:
    seats = [seat(1), seat(2, participates=True), seat(3), seat(4), seat(5, editors=())]
    people = lot(*seats)

    def heard(criteria: Criteria) -> list[int]:
        conversation = Conversation(people, criteria)
        conversation.hear(answer(offered(1), asked=[1, 2, 3]))
        conversation.hear(answer(asked=[4], kind=Kind.NO_ANSWER))
        return shown(conversation)

    assert heard(Criteria(text="", loc="")) == [1, 4, 2]
    assert heard(Criteria(text="", loc="", show_rest=True)) == [1, 4, 2, 3, 5]
    assert heard(Criteria(text="", loc="", filters=Filters(known_only=True))) == [1, 2]
    assert heard(Criteria(text="", loc="", filters=Filters(participants_only=True))) == [2]
    assert heard(Criteria(text="", loc="", filters=Filters(modalities=frozenset({Modality.AMB})))) == [1, 4]
    assert heard(Criteria(text="", loc="", filters=Filters(modalities=frozenset({Modality.HH})))) == [4]


def test_counts_beside_filters_do_not_depend_on_the_filters_ticked() -> None:
    def counted(filters: Filters) -> dict[tuple[str, str], int | None]:
        conversation = Conversation(
            lot(seat(1), seat(2, participates=True), seat(3)), Criteria("", "", filters=filters)
        )
        evening = offered(2, 10, modalities=("VR",))
        conversation.hear(answer(offered(1), evening, offered(1, 30), asked=[1, 2]))
        found = facets(conversation.cards(), filters, now=NOW)
        return {(choice.name, choice.value): choice.count for facet in found for choice in facet.choices}

    counts = counted(Filters())
    assert counts["jour", "aujourdhui"] == 2
    assert counts["jour", "suivants"] == 1
    assert counts["moment", "soir"] == 1
    assert counts["modalite", "VR"] == 1
    assert counts["delai", "0-4"] == 1
    assert counts["participe", "1"] == 1
    assert counts["connu", "1"] == 2
    assert counted(Filters(moments=frozenset({Moment.MORNING}))) == counts


def test_a_wider_circle_asks_nobody_twice() -> None:
    first = seat(1, editors=("alpha", "brume"))
    conversation = Conversation(lot(first), EVERYTHING)
    conversation.hear(answer(offered()))
    again = seat(9, editors=("alpha", "brume"), national_id=first.candidate.national_id)
    asked = conversation.widen(lot(again, seat(2), radius_km=9.0, widened_from=5.0))
    assert dict(asked.ids_by_editor) == {"alpha": (seat(2).candidate.national_id,)}
    assert conversation.lot.radius_km == 9.0
    assert [report.asked for report in conversation.reports()] == [2, 1]
    assert {card.seat.index for card in conversation.cards()} == {1, 2, 9}


def test_a_silent_editor_is_unknown_even_beside_slots_that_the_filters_leave_out() -> None:
    criteria = Criteria(text="", loc="", filters=Filters(modalities=frozenset({Modality.HH})))
    conversation = Conversation(lot(seat(editors=("alpha", "brume"))), criteria)
    conversation.hear(answer(offered()))
    assert conversation.shown() == []
    conversation.hear(answer(editor="brume", kind=Kind.NO_ANSWER))
    (card,) = conversation.shown()
    assert (card.availability, card.rank) == (Availability.UNKNOWN, Rank.UNKNOWN)
    conversation.hear(answer(editor="brume"))
    assert conversation.shown() == []
