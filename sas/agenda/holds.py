"""« En cours »: a place of an occurrence kept for a regulator who is on the phone (platform.md §7.2).

A hold counts as a place taken for every other regulator, and for nothing once it is over. The doctor who says « pris »
decides alone: holds do not count then.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from sas.accounts.models import User
from sas.agenda.models import Hold
from sas.agenda.queries import unavailable_during
from sas.agenda.sheets import AgendaRefused
from sas.agenda.uses import AWAY, GONE, lock_series, occurrence_at, why_not
from sas.web import audit

HOLD = timedelta(seconds=90)
"""How long a place is kept for a regulator who is on the phone."""

PLACE = """
WITH held AS (
     INSERT INTO agenda_use (series_id, starts_at, ends_at, capacity, taken, marked)
     VALUES (%(series)s, %(starts_at)s, %(ends_at)s, %(capacity)s, 0, 0)
     ON CONFLICT (series_id, starts_at) DO UPDATE SET taken = agenda_use.taken
     RETURNING id, taken, capacity)
INSERT INTO agenda_hold (use_id, holder_id, placed_at, expires_at)
SELECT held.id, %(holder)s, %(at)s, %(until)s
  FROM held
 WHERE held.taken + (
       SELECT count(*) FROM agenda_hold other
        WHERE other.use_id = held.id AND other.expires_at > %(at)s AND other.holder_id <> %(holder)s) < held.capacity
ON CONFLICT (use_id, holder_id) DO UPDATE SET placed_at = EXCLUDED.placed_at, expires_at = EXCLUDED.expires_at
RETURNING id
"""
SWEEP = """
DELETE FROM agenda_hold
 WHERE id IN (SELECT id FROM agenda_hold WHERE expires_at <= %s ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED)
"""
"""What is over, wherever it is: whoever holds a place removes it, and nobody waits for it."""


@transaction.atomic
def hold_place(*, series_id: int, starts_at: datetime, holder: User, at: datetime) -> Hold:
    """Keep one place for 90 s, or for 90 s more. Raises `AgendaRefused`: full, all places being taken, over, away.

    The series is locked: a place that is being taken is taken before it is counted here, and a hold placed here is seen
    by whoever takes one next (docs/locking.md).
    """
    series = lock_series(series_id, alone=True)
    if unavailable_during(series, starts_at):
        raise AgendaRefused(AWAY)
    span = occurrence_at(series, starts_at)
    if span is None or span[1] <= at.timestamp():
        raise AgendaRefused(GONE)
    asked: dict[str, Any] = {
        "series": series_id,
        "starts_at": starts_at,
        "ends_at": datetime.fromtimestamp(span[1], at.tzinfo),
        "capacity": series.capacity,
        "holder": holder.pk,
        "at": at,
        "until": at + HOLD,
    }
    with connection.cursor() as cursor:
        cursor.execute(SWEEP, [at])
        cursor.execute(PLACE, asked)
        placed = cursor.fetchone()
    if placed is None:
        raise AgendaRefused(why_not(series_id, starts_at, holder, at))
    audit.record("hold_place", by=holder.audit_label, at=at, target=f"série {series_id}")
    return Hold.objects.select_related("use").get(pk=placed[0])


@transaction.atomic
def give_up_hold(*, series_id: int, starts_at: datetime, holder: User, at: datetime) -> None:
    """The panel was closed: the place is free again. Nothing to give up is nothing."""
    held = Hold.objects.filter(use__series_id=series_id, use__starts_at=starts_at, holder=holder)
    if held.delete()[0]:
        audit.record("give_up_hold", by=holder.audit_label, at=at, target=f"série {series_id}")


def hold_of(*, series_id: int, starts_at: datetime, holder: User, at: datetime) -> Hold | None:
    """What this person still holds there."""
    held = Hold.objects.filter(use__series_id=series_id, use__starts_at=starts_at, holder=holder, expires_at__gt=at)
    return held.first()
