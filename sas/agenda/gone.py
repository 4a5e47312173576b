"""« Plus libre »: the office says on the phone that nothing is left of a slot, the regulator says so in one key.

The slot leaves everyone's page at once. The doctor is told by e-mail a minute later, unless the regulator took it back
meanwhile, and reads it on the agenda (platform.md §7.2).
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from sas.accounts.models import User
from sas.agenda.models import Hold, Use
from sas.agenda.sheets import AgendaRefused
from sas.agenda.tasks import tell_slot_gone
from sas.agenda.uses import FULL, GONE, lock_series, occurrence_at
from sas.web import audit
from sas.web.jobs import defer

UNDO = timedelta(seconds=60)
TOO_LATE = "Ce créneau n’est plus à rendre : une minute a passé, ou le professionnel l’a déjà rouvert."
SAY = """
INSERT INTO agenda_use (series_id, starts_at, ends_at, capacity, taken, marked, gone, gone_by, gone_at)
VALUES (%(series)s, %(starts_at)s, %(ends_at)s, %(capacity)s, %(capacity)s, %(capacity)s, %(capacity)s, %(by)s, %(at)s)
ON CONFLICT (series_id, starts_at) DO UPDATE
   SET marked = agenda_use.marked + agenda_use.capacity - agenda_use.taken,
       gone = agenda_use.gone + agenda_use.capacity - agenda_use.taken,
       taken = agenda_use.capacity,
       gone_by = EXCLUDED.gone_by,
       gone_at = EXCLUDED.gone_at
 WHERE agenda_use.taken < agenda_use.capacity
RETURNING *
"""


@transaction.atomic
def slot_gone(*, series_id: int, starts_at: datetime, holder: User, at: datetime) -> Use:
    """Nothing is left of this occurrence, says `holder`, whose hold ends. Raises `AgendaRefused`."""
    series = lock_series(series_id)
    span = occurrence_at(series, starts_at)
    if span is None or span[1] <= at.timestamp():
        raise AgendaRefused(GONE)
    row: dict[str, Any] = {
        "series": series.pk,
        "starts_at": starts_at,
        "ends_at": datetime.fromtimestamp(span[1], at.tzinfo),
        "capacity": series.capacity,
        "by": holder.audit_label,
        "at": at,
    }
    said = list(Use.objects.raw(SAY, row))
    if not said:
        raise AgendaRefused(FULL)
    (use,) = said
    Hold.objects.filter(use=use, holder=holder).delete()
    defer(tell_slot_gone, {"use_id": use.pk, "said_at": at.isoformat()}, not_before=at + UNDO)
    audit.record("say_slot_gone", by=holder.audit_label, at=at, target=f"série {series_id}")
    return use


@transaction.atomic
def slot_not_gone(*, series_id: int, starts_at: datetime, holder: User, at: datetime) -> Use:
    """It was a mistake: what `holder` said less than a minute ago is free again. Raises `AgendaRefused`."""
    told = Use.objects.filter(series_id=series_id, starts_at=starts_at, gone__gt=0)
    undone = told.filter(gone_by=holder.audit_label, gone_at__gte=at - UNDO).update(
        taken=F("taken") - F("gone"), marked=F("marked") - F("gone"), gone=0, gone_by=None, gone_at=None
    )
    if not undone:
        raise AgendaRefused(TOO_LATE)
    audit.record("take_back_slot_gone", by=holder.audit_label, at=at, target=f"série {series_id}")
    return Use.objects.get(series_id=series_id, starts_at=starts_at)
