"""What a worker of ours adds to Procrastinate: the reason of each failure is kept, and shown to operators."""

from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections, transaction
from django.utils import timezone
from procrastinate import App, JobContext
from procrastinate.app import WorkerOptions
from procrastinate.jobs import Job
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from sas.web.jobs import CONCURRENCY, HEARTBEAT, STALLED_AFTER
from sas.web.safe_text import error_text

STOP_SECONDS = 6.0
"""Granted to running jobs when the worker is told to stop; those that need more are cut, and rescued later."""


def configure(app: App) -> None:
    """Called by Procrastinate's Django application once it is ready (`PROCRASTINATE_ON_APP_READY`)."""
    options: WorkerOptions = {
        "concurrency": CONCURRENCY,
        "update_heartbeat_interval": HEARTBEAT.total_seconds(),
        "stalled_worker_timeout": STALLED_AFTER.total_seconds(),
        "shutdown_graceful_timeout": STOP_SECONDS,
        "worker_middleware": [keep_failure],
    }
    app.worker_defaults.update(options)


async def keep_failure(call_next: AsyncCallNext, context: JobContext, worker: Worker) -> Any:
    """Around every job: its error is written down, then goes on to the retry strategy."""
    try:
        return await call_next()
    except Exception as error:
        await sync_to_async(_keep, thread_sensitive=False)(context.job, error_text(error))
        raise


def _keep(job: Job, error: str) -> None:
    close_old_connections()
    try:
        record_failure(job, error)
    finally:
        close_old_connections()


@transaction.atomic
def record_failure(job: Job, error: str) -> None:
    """The last failure of this job replaces the one before."""
    from sas.web.models import JobFailure  # this module is read while the applications load

    if job.id is None:
        return
    seen = {"task": job.task_name, "attempts": job.attempts + 1, "error": error, "at": timezone.now()}
    JobFailure.objects.update_or_create(job_id=job.id, defaults=seen)
