"""What keeps the queue healthy: jobs of dead workers are given back, finished ones forgotten, failed ones retried."""

from datetime import datetime, timedelta

from asgiref.sync import sync_to_async
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from sas.web import audit
from sas.web.job_failures import record_failure
from sas.web.jobs import STALLED_AFTER, job_manager
from sas.web.models import JobFailure

MOST_DEATHS = 12
"""Tries after which a job that was in hand when its worker died is not given to another: it may be what kills them."""

KEPT_SUCCEEDED = timedelta(days=7)
KEPT_FAILED = timedelta(days=90)

HOUR = timedelta(hours=1)


class JobRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """This job cannot be run again; the message (French) says why."""


async def rescue_stalled_jobs(manager: JobManager) -> int:
    """Queue again what dead workers left `doing`, then forget these workers; how many jobs came back.

    Idempotent, and safe beside another run: a job that somebody else gave back meanwhile is left alone.
    """
    silence = STALLED_AFTER.total_seconds()
    rescued = 0
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=silence):
        try:
            if job.attempts + 1 >= MOST_DEATHS:
                await _give_up(manager, job)
            else:
                await manager.retry_job(job)
                rescued += 1
        except ConnectorException:  # « not in doing status »: it ended, or another run gave it back
            continue
    await manager.prune_stalled_workers(silence)
    return rescued


async def _give_up(manager: JobManager, job: Job) -> None:
    await manager.finish_job(job, Status.FAILED, delete_job=False)
    error = f"Le travailleur s’est arrêté pendant cette tâche ({job.attempts + 1} essais)"
    await sync_to_async(record_failure)(job, error)


async def purge_finished_jobs(manager: JobManager) -> None:
    """Forget what succeeded a week ago, what failed or was cancelled three months ago, and the errors with them."""
    await manager.delete_old_jobs(nb_hours=KEPT_SUCCEEDED // HOUR)
    await manager.delete_old_jobs(
        nb_hours=KEPT_FAILED // HOUR, include_failed=True, include_cancelled=True, include_aborted=True
    )
    await sync_to_async(_forget_failures)()


def _forget_failures() -> None:
    JobFailure.objects.exclude(job_id__in=ProcrastinateJob.objects.values("id")).delete()


@transaction.atomic
def retry_job(*, job_id: int, by: str, at: datetime) -> None:
    """Run a failed job once more, at once. Raises `JobRefused` when it is not (or no longer) failed."""
    # Locked: asked twice, it would be taken back from the worker that the first one gave it to, and run twice.
    failed = ProcrastinateJob.objects.select_for_update(of=("self",), no_key=True).filter(id=job_id, status="failed")
    job = failed.first()
    if job is None:
        raise JobRefused("Cette tâche n’est pas en échec, ou n’existe plus : rechargez la page.")
    job_manager().retry_job_by_id(job_id, retry_at=at)
    after = {"task": job.task_name, "attempts": job.attempts}
    audit.record("retry_job", by=by, at=at, target=f"tâche {job_id}", after=after)
