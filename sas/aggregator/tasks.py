"""Tasks of editors, where Procrastinate looks for them. Periodic ones are given the instant they were due at."""

from django.utils import timezone

from sas.aggregator.provisioning import catch_up, sweep
from sas.aggregator.provisioning_jobs import deliver_account, drain_editor
from sas.web.jobs import Priority, Queue, periodic, task

__all__ = ["catch_up_accounts", "deliver_account", "drain_editor", "sweep_accounts"]


@periodic("* * * * *")
@task(
    queue=Queue.EDITORS,
    name="sas.aggregator.sweep_accounts",
    priority=Priority.URGENT,
    queueing_lock="sweep_accounts",
)
def sweep_accounts(timestamp: int) -> None:
    """Give their turn to accounts whose time has come."""
    sweep(at=timezone.now())


@periodic("37 2 * * *")
@task(
    queue=Queue.EDITORS,
    name="sas.aggregator.catch_up_accounts",
    priority=Priority.NIGHTLY,
    queueing_lock="catch_up_accounts",
)
def catch_up_accounts(timestamp: int) -> None:
    """Compare every account with what its editors accepted."""
    catch_up(at=timezone.now())
