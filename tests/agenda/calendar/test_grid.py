"""Where blocks stand in a week: inside the grid, never one over the other while there are lanes enough."""

from datetime import time
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from sas.agenda.calendar.grid import MOST_LANES, cells, hours_shown

MINUTES = st.integers(0, 287).map(lambda step: step * 5)
SPANS = st.lists(
    st.tuples(MINUTES, MINUTES)
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: (clock(pair[0]), clock(pair[1]))),
    max_size=12,
).map(sorted)


def clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


@given(SPANS)
def test_every_block_stands_inside_the_hours_that_are_shown(spans: list[tuple[time, time]]) -> None:
    hours = hours_shown(spans)
    for cell in cells(spans, hours):
        assert 1 <= cell.row <= cell.row + cell.span - 1 <= (hours.last - hours.first) * 4
        assert 1 <= cell.lane <= cell.lanes <= MOST_LANES


@given(SPANS)
def test_two_blocks_never_share_a_quarter_in_a_lane_that_is_not_the_last(spans: list[tuple[time, time]]) -> None:
    for one, other in combinations(cells(spans, hours_shown(spans)), 2):
        if one.lane == other.lane < MOST_LANES:
            assert one.row + one.span <= other.row or other.row + other.span <= one.row


def test_an_empty_week_shows_seven_to_nine_in_the_evening() -> None:
    assert hours_shown([]) == (7, 21)


def test_a_week_grows_to_what_it_holds() -> None:
    assert hours_shown([(time(5, 30), time(6)), (time(20), time(23, 5))]) == (5, 24)


def test_what_stands_alone_takes_the_whole_width_beside_others_that_share_it() -> None:
    spans = [(time(8), time(10)), (time(9), time(10)), (time(14), time(15))]
    assert [(cell.lane, cell.to_the_end) for cell in cells(spans, hours_shown(spans))] == [
        (1, False),
        (2, True),
        (1, True),
    ]
