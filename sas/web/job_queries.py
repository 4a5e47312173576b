"""Reads of the queue, for operators. Procrastinate's tables are read here and nowhere else."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Min, Q
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob, ProcrastinateWorker

from sas.web.jobs import STALLED_AFTER
from sas.web.models import JobFailure

UNKNOWN_TASK = "Tâche inconnue du travailleur, ou interrompue : voir son journal"

LONG_AGO = datetime.min.replace(tzinfo=UTC)

STATUS_LABELS = {
    "todo": "en attente",
    "doing": "en cours",
    "succeeded": "réussie",
    "failed": "en échec",
    "cancelled": "annulée",
    "aborted": "interrompue",
}


@dataclass(frozen=True)
class WorkerSeen:
    """A worker, and whether it gave a sign of life lately."""

    id: int
    last_heartbeat: datetime
    alive: bool


@dataclass(frozen=True)
class JobCount:
    """How many jobs of a queue are in this state."""

    queue: str
    status: str
    status_label: str
    count: int


@dataclass(frozen=True)
class FailedJob:
    """A job whose last try failed. `parked`: it will not be tried again by itself, `retry_job` does."""

    id: int
    queue: str
    task: str
    attempts: int
    error: str
    at: datetime | None
    parked: bool
    next_try_at: datetime | None


@dataclass(frozen=True)
class WaitingJob:
    """A job that could run, and since when."""

    id: int
    queue: str
    task: str
    since: datetime | None


@dataclass(frozen=True)
class JobsOverview:
    """Everything that the operations page shows of jobs."""

    workers: list[WorkerSeen]
    counts: list[JobCount]
    failures: list[FailedJob]
    oldest_waiting: WaitingJob | None

    @property
    def worker_alive(self) -> bool:
        """Whether somebody works."""
        return any(worker.alive for worker in self.workers)


def jobs_overview(*, now: datetime) -> JobsOverview:
    """In a constant number of queries."""
    return JobsOverview(workers(now=now), job_counts(), last_failures(), oldest_waiting(now=now))


def workers(*, now: datetime) -> list[WorkerSeen]:
    """Workers that are registered, the most recently heard first. One that was killed stays until it is pruned."""
    beats = ProcrastinateWorker.objects.order_by("-last_heartbeat").values_list("id", "last_heartbeat")
    return [WorkerSeen(pk, beat, now - beat < STALLED_AFTER) for pk, beat in beats]


def is_worker_alive(*, now: datetime) -> bool:
    """Whether a worker gave a sign of life within the last thirty seconds."""
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=now - STALLED_AFTER).exists()


def job_counts() -> list[JobCount]:
    """Jobs by queue and state; finished ones are forgotten after a while."""
    rows = ProcrastinateJob.objects.values_list("queue_name", "status").annotate(count=Count("id"))
    return [
        JobCount(queue, status, STATUS_LABELS.get(status, status), count)
        for queue, status, count in rows.order_by("queue_name", "status")
    ]


def last_failures(*, most: int = 50) -> list[FailedJob]:
    """Jobs that failed for good, then those that will be tried again, the latest first."""
    failed = Q(status="failed") | Q(status="todo", attempts__gt=0)
    # « failed » comes after « todo » in the type of PostgreSQL.
    jobs = list(ProcrastinateJob.objects.filter(failed).order_by("-status", "-id")[:most])
    known = JobFailure.objects.in_bulk([job.id for job in jobs])
    seen = [_failed(job, known.get(job.id)) for job in jobs]
    return sorted(seen, key=lambda job: (job.parked, job.at or LONG_AGO), reverse=True)


def _failed(job: ProcrastinateJob, known: JobFailure | None) -> FailedJob:
    return FailedJob(
        id=job.id,
        queue=job.queue_name,
        task=job.task_name,
        attempts=job.attempts,
        error=known.error if known else UNKNOWN_TASK,
        at=known.at if known else None,
        parked=job.status == "failed",
        next_try_at=job.scheduled_at if job.status == "todo" else None,
    )


def oldest_waiting(*, now: datetime) -> WaitingJob | None:
    """The job that has waited longest among those that could run now; none: the worker keeps up."""
    due = ProcrastinateJob.objects.filter(Q(scheduled_at=None) | Q(scheduled_at__lte=now), status="todo")
    job = due.order_by("id").first()
    if job is None:
        return None
    asked = ProcrastinateEvent.objects.filter(job_id=job.id, type="deferred").aggregate(at=Min("at"))["at"]
    return WaitingJob(job.id, job.queue_name, job.task_name, job.scheduled_at or asked)
