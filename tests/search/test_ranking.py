"""The order of the page, its window and its filters (platform.md §6)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.search.criteria import Booking, Day, Filters, Modality, Moment, Sort
from sas.search.ranking import Availability, CardSlot, Rank, Ranked, keep, order_key, rank_of, window_end
from tests.search.making import NOW, card_slot

FACE, REMOTE = card_slot(3), card_slot(1, modalities=("VR",))


def ranked(index: int = 0, **given: object) -> Ranked:
    values = {"participates": False, "availability": Availability.NONE, "slots": ()} | given
    return Ranked(index=index, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        (ranked(preferred=True), Rank.PREFERRED),
        (ranked(participates=True, slots=(FACE,), availability=Availability.KNOWN), Rank.PARTICIPANT_WITH_SLOTS),
        (ranked(slots=(FACE,), availability=Availability.KNOWN), Rank.WITH_SLOTS),
        (ranked(slots=(FACE,), availability=Availability.UNKNOWN), Rank.WITH_SLOTS),
        (ranked(participates=True, availability=Availability.UNKNOWN), Rank.PARTICIPANT_UNKNOWN),
        (ranked(participates=True, availability=Availability.PENDING), Rank.PARTICIPANT_UNKNOWN),
        (ranked(availability=Availability.UNKNOWN), Rank.UNKNOWN),
        (ranked(participates=True), Rank.PARTICIPANT_WITHOUT),
        (ranked(), Rank.REST),
    ],
)
def test_each_card_has_its_class(card: Ranked, expected: Rank) -> None:
    assert rank_of(card) is expected
    assert expected.why.endswith(".")


def in_order(cards: list[Ranked], sort: Sort = Sort.NEUTRAL, *, remote_wanted: bool = False) -> list[int]:
    return [card.index for card in sorted(cards, key=lambda c: order_key(c, sort=sort, remote_wanted=remote_wanted))]


def test_inside_a_class_teleconsultation_alone_comes_after_face_to_face() -> None:
    cards = [
        ranked(0, slots=(REMOTE,)),
        ranked(1, slots=(REMOTE, FACE)),
        ranked(2, slots=(REMOTE,), participates=True),
        ranked(3, slots=(card_slot(1, modalities=("AMB", "VR")),)),
    ]
    assert in_order(cards) == [2, 1, 3, 0]


def test_teleconsultation_is_not_put_back_when_it_is_what_is_asked() -> None:
    assert in_order([ranked(0, slots=(REMOTE,)), ranked(1, slots=(FACE,))], remote_wanted=True) == [0, 1]


def test_the_earliest_slot_first_puts_those_without_a_slot_behind_in_their_classes() -> None:
    cards = [
        ranked(0),
        ranked(1, slots=(card_slot(5),), participates=True),
        ranked(2, slots=(card_slot(1),)),
        ranked(3, availability=Availability.UNKNOWN),
        ranked(4, preferred=True),
    ]
    assert in_order(cards, Sort.EARLIEST) == [4, 2, 1, 3, 0]


def test_by_distance_only_the_rest_stays_behind() -> None:
    cards = [
        ranked(0, distance_m=50),
        ranked(1, distance_m=12_000, slots=(FACE,), participates=True),
        ranked(2, distance_m=900, slots=(FACE,)),
        ranked(3, distance_m=90, availability=Availability.UNKNOWN),
        ranked(4, distance_m=99_000, preferred=True),
    ]
    assert in_order(cards, Sort.DISTANCE) == [4, 3, 2, 1, 0]


slots = st.lists(
    st.builds(
        card_slot,
        st.floats(0, 71),
        modalities=st.sampled_from([("AMB",), ("VR",), ("HH",), ("AMB", "VR"), ()]),
        editor=st.sampled_from(["alpha", "brume", "deluge"]),
    ),
    max_size=3,
).map(lambda found: tuple(sorted(found, key=lambda slot: slot.start)))
cards = st.lists(
    st.builds(
        Ranked,
        index=st.integers(0, 999_999),
        participates=st.booleans(),
        availability=st.sampled_from(Availability),
        slots=slots,
        distance_m=st.integers(0, 20_000_000),
        preferred=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda card: card.index,
)


@settings(max_examples=60)
@given(cards, st.sampled_from(Sort), st.booleans(), st.randoms())
def test_the_order_is_total_and_does_not_depend_on_how_cards_came(
    found: list[Ranked], sort: Sort, remote_wanted: bool, random: object
) -> None:
    keys = {order_key(card, sort=sort, remote_wanted=remote_wanted) for card in found}
    assert len(keys) == len(found)
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert in_order(found, sort, remote_wanted=remote_wanted) == in_order(shuffled, sort, remote_wanted=remote_wanted)


@settings(max_examples=60)
@given(cards, st.sampled_from(Sort))
def test_no_editor_is_favoured_swapping_them_changes_nothing(found: list[Ranked], sort: Sort) -> None:
    swap = {"alpha": "deluge", "deluge": "brume", "brume": "alpha"}

    def swapped(slot: CardSlot) -> CardSlot:
        return card_slot(0, id=slot.id, start=slot.start, modalities=slot.modalities, editor=swap[slot.editor or ""])

    other = [
        ranked(
            card.index,
            participates=card.participates,
            availability=card.availability,
            slots=tuple(swapped(slot) for slot in card.slots),
            distance_m=card.distance_m,
            preferred=card.preferred,
        )
        for card in found
    ]
    assert in_order(other, sort) == in_order(found, sort)


@settings(max_examples=60)
@given(cards)
def test_in_the_neutral_order_a_better_class_never_stands_below(found: list[Ranked]) -> None:
    by_index = {card.index: rank_of(card) for card in found}
    classes = [by_index[index] for index in in_order(found)]
    assert classes == sorted(classes)


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2026-11-23T08:00:00+00:00", "Europe/Paris", "2026-11-25T23:59:59+01:00"),
        ("2026-11-23T22:30:00+00:00", "Europe/Paris", "2026-11-25T23:59:59+01:00"),
        ("2026-11-23T23:30:00+00:00", "Europe/Paris", "2026-11-26T23:59:59+01:00"),
        ("2026-11-23T20:30:00+00:00", "Indian/Reunion", "2026-11-26T23:59:59+04:00"),
        ("2026-11-23T03:30:00+00:00", "America/Martinique", "2026-11-24T23:59:59-04:00"),
        ("2026-11-23T09:00:00+00:00", "Pacific/Marquesas", "2026-11-24T23:59:59-09:30"),
        ("2026-03-27T09:00:00+00:00", "Europe/Paris", "2026-03-29T23:59:59+02:00"),
        ("2026-03-29T00:30:00+00:00", "Europe/Paris", "2026-03-31T23:59:59+02:00"),
        ("2026-10-23T09:00:00+00:00", "Europe/Paris", "2026-10-25T23:59:59+01:00"),
        ("2026-10-25T00:30:00+00:00", "Europe/Paris", "2026-10-27T23:59:59+01:00"),
    ],
)
def test_the_window_ends_with_the_second_day_after_today_where_the_place_is(now: str, zone: str, expected: str) -> None:
    assert window_end(datetime.fromisoformat(now), ZoneInfo(zone), 3).isoformat() == expected


def test_today_and_the_moment_of_the_day_are_those_of_the_place() -> None:
    now = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)  # Tuesday 00:30 in La Réunion
    reunion = ZoneInfo("Indian/Reunion")
    early = card_slot(0, start=datetime(2026, 11, 24, 4, 0, tzinfo=UTC).astimezone(reunion))
    assert keep([early], Filters(days=frozenset({Day.TODAY})), now=now) == [early]
    assert keep([early], Filters(moments=frozenset({Moment.MORNING})), now=now) == [early]
    assert keep([early], Filters(days=frozenset({Day.NEXT})), now=now) == []


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (Filters(), [0, 4, 30]),
        (Filters(bands=frozenset({(0, 4)})), [0]),
        (Filters(bands=frozenset({(4, 8), (24, 48)})), [4, 30]),
        (Filters(days=frozenset({Day.TODAY})), [0, 4]),
        (Filters(moments=frozenset({Moment.AFTERNOON})), [4, 30]),
        (Filters(moments=frozenset({Moment.EVENING})), []),
        (Filters(modalities=frozenset({Modality.VR})), [4]),
        (Filters(bookings=frozenset({Booking.WALKIN})), [30]),
        (Filters(bands=frozenset({(0, 4)}), modalities=frozenset({Modality.VR})), []),
    ],
)
def test_filters_of_one_group_add_up_and_groups_narrow_each_other(filters: Filters, kept: list[int]) -> None:
    paris = ZoneInfo("Europe/Paris")
    found = {
        0: card_slot(0, start=NOW.astimezone(paris)),
        4: card_slot(4, start=card_slot(4).start.astimezone(paris), modalities=("AMB", "VR")),
        30: card_slot(30, start=card_slot(30).start.astimezone(paris), booking="WALKIN"),
    }
    left = keep(found.values(), filters, now=NOW)
    assert [hours for hours, slot in found.items() if slot in left] == kept
