"""Tasks on accounts, where Procrastinate looks for them. Periodic ones run at night (times are UTC).

Each run does a lot, then asks for the next one: none holds a worker for long, and one that is killed costs nothing,
since every account is a transaction of its own and what was done to it is no longer due.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from sas.accounts import invitations  # noqa: F401 — declares `invite_account`, which Procrastinate looks for here
from sas.accounts.administration import dormant, purging, requests
from sas.accounts.administration.imports import announcing  # noqa: F401 — the same, for `announce_account`
from sas.accounts.delegations import tasks as delegation_tasks  # noqa: F401 — Procrastinate reads this module only
from sas.web.jobs import Priority, Queue, defer, periodic, task


@periodic("40 1 * * *")
@task(
    name="sas.accounts.watch_dormant",
    queue=Queue.UPKEEP,
    priority=Priority.NIGHTLY,
    queueing_lock="accounts_dormant",
)
def watch_dormant(timestamp: int) -> None:
    """Warn accounts that do not serve, close those that were warned twice."""
    watch_dormant_after(0)


@task(name="sas.accounts.watch_dormant_after", queue=Queue.UPKEEP, priority=Priority.NIGHTLY)
def watch_dormant_after(after: int) -> None:
    """The same, from the account that follows `after`."""
    _treat(dormant.dormant_lot, dormant.treat_dormant, watch_dormant_after, after)


@periodic("20 1 * * *")
@task(
    name="sas.accounts.watch_expiring",
    queue=Queue.UPKEEP,
    priority=Priority.NIGHTLY,
    queueing_lock="accounts_expiring",
)
def watch_expiring(timestamp: int) -> None:
    """Close accounts whose last day is past, tell those whose last day is near."""
    watch_expiring_after(0)


@task(name="sas.accounts.watch_expiring_after", queue=Queue.UPKEEP, priority=Priority.NIGHTLY)
def watch_expiring_after(after: int) -> None:
    """The same, from the account that follows `after`."""
    _treat(dormant.expiring_lot, dormant.treat_expiring, watch_expiring_after, after)


@periodic("5 * * * *")
@task(name="sas.accounts.tell_requests", queue=Queue.UPKEEP, queueing_lock="accounts_tell_requests")
def tell_requests(timestamp: int) -> None:
    """Tell account managers of new requests: at most one e-mail an hour each."""
    requests.tell_managers(at=timezone.now())


@periodic("50 2 * * *")
@task(
    name="sas.accounts.purge_traces",
    queue=Queue.UPKEEP,
    priority=Priority.NIGHTLY,
    queueing_lock="accounts_purge_traces",
)
def purge_traces(timestamp: int) -> None:
    """Erase what is no longer kept of people; what is left after a while waits for the next night."""
    at = timezone.now()
    for _ in range(purging.LOTS_A_NIGHT):
        if not purging.purge_lot(at=at):
            return


def _treat(
    lot: Callable[..., Sequence[int]],
    treat: Callable[..., Any],
    again: Any,
    after: int,
) -> None:
    now: datetime = timezone.now()
    found = lot(after=after, now=now)
    for user_id in found:
        treat(user_id=user_id, at=now)
    if len(found) == dormant.LOT:
        with transaction.atomic():
            defer(again, {"after": found[-1]})
