"""Places of an occurrence that are taken: « pris » by the doctor in one tap, or by an orientation.

One conditional statement takes a place: nobody reads, then writes. What changes or closes an occurrence that an
orientation has used is announced to those who listen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sas.agenda.models import Series, Use


@dataclass(frozen=True)
class UsedSlot:
    """An occurrence with somebody in it, and what befell it: `change` is "closed", "changed" or "hidden"."""

    use_id: int
    series_id: int
    starts_at: datetime
    ends_at: datetime
    taken: int
    change: str


Listener = Callable[[Sequence[UsedSlot], str, datetime], None]
"""(slots, by, at), inside the transaction of the change."""

_listeners: list[Listener] = []


def on_used_slot_changed(listener: Listener) -> None:
    """Call this one, from now on, with the occurrences that an orientation used and somebody changed."""
    if listener not in _listeners:
        _listeners.append(listener)


def announce(slots: Sequence[UsedSlot], *, by: str, at: datetime) -> None:
    """Tell the listeners; services of this package call it inside their transaction."""
    if slots:
        for listener in _listeners:
            listener(slots, by, at)


def take_place(*, series_id: int, starts_at: datetime, by: str, at: datetime) -> Use:
    """One patient is sent there: one more place taken, never beyond capacity. Raises `AgendaRefused` (full, gone)."""
    raise NotImplementedError


def give_back_place(*, use: Use, by: str, at: datetime) -> Use:
    """An orientation was cancelled: one place less is taken."""
    raise NotImplementedError


def mark_taken(*, series: Series, starts_at: datetime, by: str, at: datetime) -> Use:
    """« Pris », said by the doctor: one more place. Raises `AgendaRefused` when full, past its end, or gone."""
    raise NotImplementedError


def unmark_taken(*, series: Series, starts_at: datetime, by: str, at: datetime) -> Use:
    """Undo one « pris ». Places taken by orientations stay. Raises `AgendaRefused` when none was marked."""
    raise NotImplementedError
