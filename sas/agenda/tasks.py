"""Tasks on the agenda, where Procrastinate looks for them."""

from datetime import datetime

from django.utils import timezone

from sas.agenda.telling import tell_owner
from sas.web.jobs import Queue, task


@task(name="sas.agenda.tell_slot_gone", queue=Queue.MAIL)
def tell_slot_gone(use_id: int, said_at: str) -> None:
    """Tell the doctor that a regulator heard that this slot was not free."""
    tell_owner(use_id=use_id, said_at=datetime.fromisoformat(said_at), by="tâche de fond", at=timezone.now())
