"""The two jobs that tell editors of accounts: one account to all editors, or one editor about all that is due.

Neither is given what to say: both read the facts when they run. Run twice, the second finds nothing due.
"""

from django.db import transaction
from django.utils import timezone

from sas.aggregator import provisioning_delivery as delivery
from sas.web.jobs import Priority, Queue, defer, task


@task(queue=Queue.EDITORS, name="sas.aggregator.deliver_account")
def deliver_account(account_id: int) -> None:
    """Tell every editor what is due of this account."""
    delivery.deliver_account(account_id, clock=timezone.now)


@task(queue=Queue.EDITORS, name="sas.aggregator.drain_editor", priority=Priority.NIGHTLY)
def drain_editor(editor_id: int) -> None:
    """Tell this editor what is due; a long list is continued by another job, so that no place is held for minutes."""
    if delivery.drain_editor(editor_id, clock=timezone.now):
        with transaction.atomic():
            defer(drain_editor, {"editor_id": editor_id})
