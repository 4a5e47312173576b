"""The night's work on delegations: tell both sides that the end is near, write down what is over.

Each delegation is a transaction of its own, and what was done to it is no longer due: a run that is cut, or missed,
is caught up with by the next one. Nobody acts a day more meanwhile: pages compute what is in force (`queries.known`).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from sas.accounts.delegations.answering import write_end
from sas.accounts.delegations.notices import Notice, Side, tell, tell_both
from sas.accounts.delegations.queries import facts_of, in_force, known, today_of
from sas.accounts.delegations.rules import REMIND_BEFORE, State, lapse, reminder_due, state_of
from sas.accounts.models import Delegation
from sas.web import audit

BY = "tâche des délégations"
LOT = 200


def overdue_lot(*, after: int, now: datetime) -> Sequence[int]:
    """The next open delegations, by primary key, whose date is past or one of whose accounts no longer stands."""
    today = today_of(now)
    gone = Q(("delegator_stands", False)) | Q(("delegate_stands", False)) | Q(ends_on__lt=today)
    found = known(today).filter(gone, pk__gt=after, ended_at=None)
    return list(found.order_by("pk").values_list("pk", flat=True)[:LOT])


@transaction.atomic
def end_overdue(*, delegation: int, at: datetime) -> bool:
    """Write down that it is over, take the role back, tell whom it concerned; False when it is not (any more)."""
    held = _held(delegation, at)
    over = lapse(facts_of(held), today_of(at)) if held is not None else None
    if held is None or over is None:
        return False
    write_end(held, Side.PLATFORM, Delegation.Ending(over), by=BY, at=at)
    context = {"why": str(Delegation.Ending(over).label), "by_date": over == Delegation.Ending.DATE}
    if held.accepted_at is not None:
        tell_both(Notice.ENDED, held, by=BY, at=at, context=context)
    else:
        tell(Notice.ENDED, held, Side.DELEGATOR, by=BY, at=at, context=context)
    return True


def reminder_lot(*, after: int, now: datetime) -> Sequence[int]:
    """The next delegations in force, by primary key, that end within the notice and were not recalled."""
    today = today_of(now)
    near = in_force(today).filter(pk__gt=after, reminded_at=None, ends_on__lte=today + REMIND_BEFORE)
    return list(near.order_by("pk").values_list("pk", flat=True)[:LOT])


@transaction.atomic
def remind(*, delegation: int, at: datetime) -> bool:
    """Tell both sides, once, that the end is near; False when it is not due (any more)."""
    held, today = _held(delegation, at), today_of(at)
    if held is None or state_of(facts_of(held), today) is not State.IN_FORCE:
        return False
    started_at = max(each for each in (held.confirmed_at, held.accepted_at, held.prepared_at) if each is not None)
    reminded = held.reminded_at is not None
    if not reminder_due(started_on=today_of(started_at), ends_on=held.ends_on, reminded=reminded, today=today):
        return False
    held.reminded_at = at
    held.save(update_fields=["reminded_at"])
    audit.record("remind_delegation", by=BY, at=at, target=held.delegator.audit_label, after={"delegation": held.pk})
    tell_both(Notice.ENDING, held, by=BY, at=at)
    return True


def _held(delegation: int, at: datetime) -> Delegation | None:
    """Locked, unless somebody is at it just now: the next run finds it as they leave it."""
    locked = known(today_of(at)).select_for_update(of=("self",), skip_locked=True)
    return locked.filter(pk=delegation, ended_at=None).first()
