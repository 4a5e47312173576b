"""Tasks on participation, where Procrastinate looks for them. Periodic ones run at night (times are UTC)."""

from django.utils import timezone

from sas.participation.sharing.services import purge_hidden_slots
from sas.web.jobs import Priority, Queue, periodic, task


@periodic("47 2 * * *")
@task(
    name="sas.participation.purge_hidden_slots",
    queue=Queue.UPKEEP,
    priority=Priority.NIGHTLY,
    queueing_lock="participation_hidden_slots",
)
def forget_hidden_slots(timestamp: int) -> None:
    """Forget the slots hidden by hand that have started."""
    purge_hidden_slots(by="tâche de nuit", at=timezone.now())
