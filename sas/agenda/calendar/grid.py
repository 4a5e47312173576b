"""Where the blocks of a day stand in the grid of a week: rows of a quarter of an hour, lanes side by side. Pure."""

from collections.abc import Sequence
from datetime import time
from typing import NamedTuple

FIRST_HOUR, LAST_HOUR = 7, 21
"""What a week shows even when it is empty; it grows to what it holds (ux: « le reste replié »)."""

QUARTER = 15
MOST_LANES = 6
"""Side by side in a day; what overlaps more still has a lane, the last one, and its own line in the list."""


class Cell(NamedTuple):
    """Of one block. `row`: first quarter of an hour after the top of the grid, from 1; `span`: how many; `lane`:
    from 1; `lanes`: how many the day has; `to_the_end`: nothing stands at its right."""

    row: int
    span: int
    lane: int
    lanes: int
    to_the_end: bool


class Hours(NamedTuple):
    """The hours that a grid shows: from `first` (included) to `last` (excluded, 24 at most)."""

    first: int
    last: int


def hours_shown(spans: Sequence[tuple[time, time]]) -> Hours:
    """7 h to 21 h, and further when something starts earlier or ends later."""
    first = min((start.hour for start, _ in spans), default=FIRST_HOUR)
    last = max((end.hour + (end.minute > 0) for _, end in spans), default=LAST_HOUR)
    return Hours(min(first, FIRST_HOUR), max(last, LAST_HOUR))


def cells(spans: Sequence[tuple[time, time]], hours: Hours) -> list[Cell]:
    """The cell of each block of one day, in the order given (by start). No two share a quarter in one lane, as long as
    there are no more than `MOST_LANES` at once."""
    rows = [_rows(start, end, hours) for start, end in spans]
    lanes: list[int] = []
    free: list[int] = []
    for first, last in rows:
        lane = next((number for number, until in enumerate(free) if until <= first), len(free))
        lane = min(lane, MOST_LANES - 1)
        if lane == len(free):
            free.append(last)
        free[lane] = max(free[lane], last)
        lanes.append(lane)
    return [
        Cell(first + 1, last - first, lanes[number] + 1, max(len(free), 1), _is_last(number, rows, lanes))
        for number, (first, last) in enumerate(rows)
    ]


def _rows(start: time, end: time, hours: Hours) -> tuple[int, int]:
    first = (start.hour * 60 + start.minute - hours.first * 60) // QUARTER
    last = -(-(end.hour * 60 + end.minute - hours.first * 60) // QUARTER)
    return first, max(last, first + 1)


def _is_last(number: int, rows: Sequence[tuple[int, int]], lanes: Sequence[int]) -> bool:
    first, last = rows[number]
    beside = (
        lanes[other] for other, (start, end) in enumerate(rows) if other != number and start < last and first < end
    )
    return max(beside, default=-1) < lanes[number]
