"""The night's tasks on delegations (times are UTC); `sas/accounts/tasks.py` names them to Procrastinate.

Each run does a lot, then asks for the next one: none holds a worker for long.
"""

from django.db import transaction
from django.utils import timezone

from sas.accounts.delegations import ending
from sas.web.jobs import Priority, Queue, defer, periodic, task


@periodic("10 1 * * *")
@task(
    name="sas.accounts.end_delegations",
    queue=Queue.UPKEEP,
    priority=Priority.NIGHTLY,
    queueing_lock="accounts_end_delegations",
)
def end_delegations(timestamp: int) -> None:
    """End what is over."""
    end_delegations_after(0)


@task(name="sas.accounts.end_delegations_after", queue=Queue.UPKEEP, priority=Priority.NIGHTLY)
def end_delegations_after(after: int) -> None:
    """The same, from the delegation that follows `after`."""
    now = timezone.now()
    found = ending.overdue_lot(after=after, now=now)
    for delegation in found:
        ending.end_overdue(delegation=delegation, at=now)
    if len(found) == ending.LOT:
        with transaction.atomic():
            defer(end_delegations_after, {"after": found[-1]})


@periodic("15 1 * * *")
@task(
    name="sas.accounts.remind_delegations",
    queue=Queue.UPKEEP,
    priority=Priority.NIGHTLY,
    queueing_lock="accounts_remind_delegations",
)
def remind_delegations(timestamp: int) -> None:
    """Recall what ends soon."""
    remind_delegations_after(0)


@task(name="sas.accounts.remind_delegations_after", queue=Queue.UPKEEP, priority=Priority.NIGHTLY)
def remind_delegations_after(after: int) -> None:
    """The same, from the delegation that follows `after`."""
    now = timezone.now()
    found = ending.reminder_lot(after=after, now=now)
    for delegation in found:
        ending.remind(delegation=delegation, at=now)
    if len(found) == ending.LOT:
        with transaction.atomic():
            defer(remind_delegations_after, {"after": found[-1]})
