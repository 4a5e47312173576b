"""Jobs by task, stuck ones, last nightly runs: what `sas.web.job_queries` does not count by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Min, Q
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from sas.web.job_queries import FailedJob, last_failures
from sas.web.jobs import STALLED_AFTER, Priority, app

LONG = timedelta(minutes=10)
"""A task ends within a minute or so (sas/web/jobs.py): one that runs, or waits, for so long is in trouble."""

MISSED = timedelta(hours=26)
"""A nightly task that has not run for so long missed a night."""

MOST = 100

TASK_LABELS = {
    "sas.accounts.end_delegations": "Délégations arrivées à leur fin",
    "sas.accounts.end_delegations_after": "Délégations arrivées à leur fin, suite",
    "sas.accounts.announce_account": "Changement d’un compte par import, dit aux éditeurs",
    "sas.accounts.invite_account": "Invitation d’un compte importé",
    "sas.accounts.purge_traces": "Effacement des traces anciennes",
    "sas.accounts.remind_delegations": "Rappel de fin des délégations",
    "sas.accounts.remind_delegations_after": "Rappel de fin des délégations, suite",
    "sas.accounts.tell_requests": "Annonce des demandes de compte",
    "sas.accounts.watch_dormant": "Comptes dormants",
    "sas.accounts.watch_dormant_after": "Comptes dormants, suite",
    "sas.accounts.watch_expiring": "Comptes à échéance",
    "sas.accounts.watch_expiring_after": "Comptes à échéance, suite",
    "sas.agenda.tell_slot_gone": "Créneau dit « plus libre », dit au professionnel",
    "sas.aggregator.catch_up_accounts": "Rattrapage des comptes chez les éditeurs",
    "sas.aggregator.deliver_account": "Compte transmis aux éditeurs",
    "sas.aggregator.drain_editor": "Comptes transmis à un éditeur, l’un après l’autre",
    "sas.aggregator.sweep_accounts": "Revue des comptes chez les éditeurs",
    "sas.participation.purge_hidden_slots": "Oubli des créneaux masqués passés",
    "sas.search.purge_shown_counts": "Oubli des vieux comptes d’affichages",
    "sas.search.roll_up_showings": "Comptes de « qui a vu »",
    "sas.web.purge_jobs": "Oubli des tâches finies",
    "sas.web.purge_mails": "Oubli des vieux courriels",
    "sas.web.rescue_jobs": "Reprise des tâches perdues",
    "sas.web.resume_mails": "Rattrapage des courriels",
    "sas.web.send_mail": "Envoi d’un courriel",
}


def task_label(name: str) -> str:
    """What a task does, in words; its own name when nobody gave it any."""
    return TASK_LABELS.get(name, name)


@dataclass(frozen=True)
class TaskCount:
    """How many jobs of a task wait, run, failed; the oldest that could have run is due since `oldest`."""

    name: str
    label: str
    waiting: int
    doing: int
    failed: int
    oldest: datetime | None
    late: bool


def jobs_by_task(*, now: datetime) -> list[TaskCount]:
    """Tasks that have jobs waiting, running or failed; two queries."""
    due = Q(status="todo") & (Q(scheduled_at=None) | Q(scheduled_at__lte=now))
    counted = (
        ProcrastinateJob.objects.filter(status__in=("todo", "doing", "failed"))
        .values("task_name")
        .annotate(
            waiting=Count("id", filter=Q(status="todo")),
            doing=Count("id", filter=Q(status="doing")),
            failed=Count("id", filter=Q(status="failed")),
            first=Min("id", filter=due),
        )
        .order_by("task_name")
    )
    rows = list(counted)
    since = _due_since([row["first"] for row in rows if row["first"] is not None])
    found = []
    for row in rows:
        oldest, name = since.get(row["first"]), row["task_name"]
        late = oldest is not None and now - oldest > LONG
        found.append(TaskCount(name, task_label(name), row["waiting"], row["doing"], row["failed"], oldest, late))
    return found


def _due_since(jobs: list[int]) -> dict[int | None, datetime]:
    asked = ProcrastinateEvent.objects.filter(job_id__in=jobs, type="deferred").values("job_id")
    found = asked.annotate(asked=Min("at"), planned=F("job__scheduled_at"))
    return {row["job_id"]: row["planned"] or row["asked"] for row in found}


@dataclass(frozen=True)
class StuckJob:
    """A job said to run, that nobody runs any more (`orphan`), or that runs for too long."""

    id: int
    task: str
    label: str
    since: datetime | None
    orphan: bool


def stuck_jobs(*, now: datetime) -> list[StuckJob]:
    """Jobs in hand of a silent worker, or for too long; the oldest first, one query."""
    held = ProcrastinateJob.objects.filter(status="doing").annotate(
        since=Max("procrastinateevent__at", filter=Q(procrastinateevent__type="started")),
        beat=F("worker__last_heartbeat"),
    )
    orphan = Q(beat=None) | Q(beat__lt=now - STALLED_AFTER)
    found = held.filter(orphan | Q(since__lt=now - LONG)).order_by("id")[:MOST]
    return [
        StuckJob(
            job.id,
            job.task_name,
            task_label(job.task_name),
            job.since,
            job.beat is None or job.beat < now - STALLED_AFTER,
        )
        for job in found
    ]


@dataclass(frozen=True)
class TroubledTask:
    """Failed jobs of one task, the latest first; `parked` of them wait for somebody, of which some may not be shown."""

    name: str
    label: str
    parked: int
    jobs: list[FailedJob]


def troubled_tasks() -> list[TroubledTask]:
    """Failed jobs, by task; three queries, `MOST` jobs in all."""
    parked = ProcrastinateJob.objects.filter(status="failed").values_list("task_name")
    counts: dict[str, int] = dict(parked.annotate(count=Count("id")))
    by_task: dict[str, list[FailedJob]] = {name: [] for name in counts}
    for job in last_failures(most=MOST):
        by_task.setdefault(job.task, []).append(job)
    return [TroubledTask(name, task_label(name), counts.get(name, 0), jobs) for name, jobs in sorted(by_task.items())]


@dataclass(frozen=True)
class NightlyRun:
    """The last run of a nightly task: `at` is when it ended, or was asked for while it has not ended."""

    name: str
    label: str
    status: str
    at: datetime | None
    missed: bool


def nightly_runs(*, now: datetime) -> list[NightlyRun]:
    """Every nightly task that this version knows, with its last run; two queries."""
    names = sorted({p.task.name for p in app.periodic_registry.periodic_tasks.values() if _nightly(p.task.priority)})
    latest = ProcrastinateJob.objects.filter(task_name__in=names).values("task_name").annotate(last=Max("id"))
    last_of = {row["task_name"]: row["last"] for row in latest}
    seen = ProcrastinateEvent.objects.filter(job_id__in=last_of.values()).values("job_id")
    runs = {row["job_id"]: row for row in seen.annotate(last=Max("at"), status=F("job__status"))}
    found = []
    for name in names:
        run = runs.get(last_of.get(name, 0))
        at = run["last"] if run else None
        missed = at is None or now - at > MISSED
        found.append(NightlyRun(name, task_label(name), run["status"] if run else "", at, missed))
    return found


def _nightly(priority: int) -> bool:
    return priority == Priority.NIGHTLY
