"""Tasks of the search, where Procrastinate looks for them: the counts of « qui a vu mes créneaux »."""

from django.utils import timezone

from sas.search.seen.services import AT_ONCE, purge_shown_counts, roll_up
from sas.web.jobs import Priority, Queue, periodic, task

MOST_LOTS = 20
"""A run ends within a minute; what is left waits for the next quarter of an hour."""


@periodic("7,22,37,52 * * * *")
@task(name="sas.search.roll_up_showings", queue=Queue.UPKEEP, priority=Priority.NIGHTLY, queueing_lock="search_roll_up")
def roll_up_showings(timestamp: int) -> None:
    """Add searches up, a lot at a time: one that is killed costs nothing."""
    for _ in range(MOST_LOTS):
        if roll_up() < AT_ONCE:
            return


@periodic("13 3 * * *")
@task(name="sas.search.purge_shown_counts", queue=Queue.UPKEEP, priority=Priority.NIGHTLY, queueing_lock="search_purge")
def purge_counts(timestamp: int) -> None:
    """Forget counts of more than twelve months."""
    purge_shown_counts(by="tâche de nuit", at=timezone.now())
