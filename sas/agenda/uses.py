"""Places of an occurrence that are taken: « pris » by the doctor in one tap, or by an orientation.

One conditional statement takes a place: nobody reads, then writes. What changes, closes or hides an occurrence that an
orientation has used is announced to those who listen (platform.md §5: never silently).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Least

from sas.accounts.models import User
from sas.agenda.models import Hold, Series, Use
from sas.agenda.queries import unavailable_during
from sas.agenda.rules import expand
from sas.agenda.sheets import AgendaRefused, pattern_of
from sas.web import audit

GONE = "Ce créneau n’est plus proposé."
FULL = "Toutes les places de ce créneau sont prises."
AWAY = "Indisponibilité déclarée à cette heure."
TAKE = """
INSERT INTO agenda_use (series_id, starts_at, ends_at, capacity, taken, marked, marked_by, marked_at)
VALUES (%(series)s, %(starts_at)s, %(ends_at)s, %(capacity)s, 1, %(marked)s, %(marked_by)s, %(marked_at)s)
ON CONFLICT (series_id, starts_at) DO UPDATE
   SET taken = agenda_use.taken + 1,
       marked = agenda_use.marked + EXCLUDED.marked,
       marked_by = COALESCE(EXCLUDED.marked_by, agenda_use.marked_by),
       marked_at = COALESCE(EXCLUDED.marked_at, agenda_use.marked_at)
 WHERE agenda_use.taken < agenda_use.capacity
RETURNING *
"""
"""Whoever clicks at the same time, PostgreSQL serves one after the other; the last ones get no row."""

TAKE_BESIDE_HOLDS = TAKE.replace(
    "taken < agenda_use.capacity",
    """taken + (
       SELECT count(*) FROM agenda_hold other
        WHERE other.use_id = agenda_use.id AND other.expires_at > %(at)s
          AND other.holder_id IS DISTINCT FROM %(holder)s) < agenda_use.capacity""",
)
"""The same, for a regulator: places that colleagues hold count as taken. A hold is placed under the lock of the series,
which whoever takes a place shares: those that count are all seen."""


LOCK = "SELECT * FROM agenda_series WHERE id = %s AND closed_at IS NULL FOR SHARE"
LOCK_ALONE = "SELECT * FROM agenda_series WHERE id = %s AND closed_at IS NULL FOR NO KEY UPDATE"


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


def announce(slots: Iterable[UsedSlot], *, by: str, at: datetime) -> tuple[UsedSlot, ...]:
    """Tell the listeners, inside the transaction of the change; the same slots, for the screen."""
    told = tuple(slots)
    for listener in _listeners if told else ():
        listener(told, by, at)
    return told


def used(use: Use, change: str) -> UsedSlot:
    """That occurrence, as it is announced."""
    return UsedSlot(use.pk, use.series_id, use.starts_at, use.ends_at, use.taken, change)


@transaction.atomic
def take_place(*, series_id: int, starts_at: datetime, by: str, at: datetime, holder: User | None = None) -> Use:
    """One patient is sent there: one more place taken, never beyond capacity nor what others hold; the hold of `holder`
    ends. Raises `AgendaRefused`: full, being taken by a colleague, over, withdrawn, or away."""
    series = lock_series(series_id)
    if unavailable_during(series, starts_at):
        raise AgendaRefused(AWAY)
    use = _take(series, starts_at, None, at, act="take_place", by=by, holder=holder)
    if holder is not None:
        Hold.objects.filter(use=use, holder=holder).delete()
    return use


@transaction.atomic
def give_back_place(*, use: Use, by: str, at: datetime) -> Use:
    """An orientation was cancelled: one place less is taken. Raises `AgendaRefused` when none was."""
    freed = Use.objects.filter(pk=use.pk, taken__gt=F("marked")).update(taken=F("taken") - 1)
    if not freed:
        raise AgendaRefused("Aucune orientation n’occupe ce créneau.")
    audit.record("give_back_place", by=by, at=at, target=_target(use.series_id))
    return Use.objects.get(pk=use.pk)


@transaction.atomic
def mark_taken(*, series: Series, starts_at: datetime, by: str, at: datetime) -> Use:
    """« Pris », said by the doctor: one more place. Raises `AgendaRefused` when full, over, or withdrawn."""
    return _take(lock_series(series.pk), starts_at, by, at, act="mark_taken", by=by)


@transaction.atomic
def unmark_taken(*, series: Series, starts_at: datetime, by: str, at: datetime) -> Use:
    """Undo one « pris ». Places taken by orientations stay. Raises `AgendaRefused` when none was marked."""
    last = When(marked=1, then=Value(None))
    freed = Use.objects.filter(series=series, starts_at=starts_at, marked__gt=0).update(
        taken=F("taken") - 1,
        marked=F("marked") - 1,
        marked_by=Case(last, default=F("marked_by")),
        marked_at=Case(last, default=F("marked_at")),
        gone=Least(F("gone"), F("marked") - 1),
    )
    if not freed:
        raise AgendaRefused("Ce créneau n’était pas dit pris.")
    audit.record("unmark_taken", by=by, at=at, target=_target(series.pk))
    return Use.objects.get(series=series, starts_at=starts_at)


def _take(
    series: Series,
    starts_at: datetime,
    marked_by: str | None,
    at: datetime,
    *,
    act: str,
    by: str,
    holder: User | None = None,
) -> Use:
    span = occurrence_at(series, starts_at)
    if span is None or span[1] <= at.timestamp():
        raise AgendaRefused(GONE)
    row: dict[str, Any] = {
        "series": series.pk,
        "starts_at": starts_at,
        "ends_at": datetime.fromtimestamp(span[1], at.tzinfo),
        "capacity": series.capacity,
        "marked": 1 if marked_by else 0,
        "marked_by": marked_by,
        "marked_at": at if marked_by else None,
        "holder": holder.pk if holder else None,
        "at": at,
    }
    taken = list(Use.objects.raw(TAKE if marked_by else TAKE_BESIDE_HOLDS, row))
    if not taken:
        raise AgendaRefused(FULL if marked_by else why_not(series.pk, starts_at, holder, at))
    audit.record(act, by=by, at=at, target=_target(series.pk))
    return taken[0]


def occurrence_at(series: Series, starts_at: datetime) -> tuple[int, int] | None:
    """The occurrence (or piece) of this series that starts then."""
    instant = int(starts_at.timestamp())
    found = expand(pattern_of(series), instant, instant)
    return found[0] if found else None


def lock_series(series_id: int, *, alone: bool = False) -> Series:
    """The series, which nobody changes until the end of the transaction; others may take places meanwhile, unless
    `alone`."""
    found = list(Series.objects.raw(LOCK_ALONE if alone else LOCK, [series_id]))
    if not found:
        raise AgendaRefused(GONE)
    return found[0]


def why_not(series_id: int, starts_at: datetime, holder: User | None, at: datetime) -> str:
    """Why no place is left for them: all taken, or some that colleagues hold, and for how long."""
    use = Use.objects.filter(series_id=series_id, starts_at=starts_at).first()
    if use is None or use.taken >= use.capacity:
        return FULL
    others = Hold.objects.filter(use=use, expires_at__gt=at).exclude(holder=holder).order_by("expires_at")
    first = others.values_list("expires_at", flat=True).first()
    if first is None:
        return FULL
    seconds = ceil((first - at).total_seconds())
    return f"Un collègue est en train d’y adresser un patient ; libre dans {seconds} s au plus, s’il y renonce."


def _target(series_id: int) -> str:
    return f"série {series_id}"
