"""When nobody is there: spans in which nothing may be shown. Pure.

Spans are [from, to) in epoch seconds, `to` infinite for « until further notice » (sas/agenda/queries.py). They are
merged, so that two adjacent ones cover what lies across them (pitfalls 28).
"""

from collections.abc import Iterable

from sas.agenda.queries import Away
from sas.search.ranking import CardSlot


def merged(*several: Away) -> Away:
    """All of them as one list of separate spans, in order."""
    if sum(bool(spans) for spans in several) <= 1:
        return next((spans for spans in several if spans), ())
    found: list[tuple[float, float]] = []
    for begins, ends in sorted(span for spans in several for span in spans):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return tuple(found)


def covers(away: Away, begins: float, ends: float) -> bool:
    """Whether one span holds all of it."""
    return any(first <= begins and ends < last for first, last in away)


def present(slots: Iterable[CardSlot], away: Away) -> list[CardSlot]:
    """The slots that no span touches, even in part."""
    if not away:
        return list(slots)
    return [slot for slot in slots if not any(first < slot.end.timestamp() and slot.at < last for first, last in away)]


def back_at(away: Away, now: float) -> float | None:
    """When somebody who is away at `now` comes back (infinite: not told); `None` when they are there."""
    return next((last for first, last in away if first <= now < last), None)
