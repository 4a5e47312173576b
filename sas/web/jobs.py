"""Background jobs: their priorities, their queues, how they are retried, and the one way to ask for one.

A package declares its tasks in `tasks.py`, which Procrastinate finds by itself (docs/adr/0005):

    @task(queue=Queue.EDITORS)
    def send_account(account_id: int) -> None: ...

and a service asks for one with `defer(send_account, {"account_id": 12})`, in the transaction of the fact: rolled back
with it, and run after it only. Arguments are identifiers, never names nor addresses: they are shown on the operations
page. A task may run twice (its worker was killed): each one is written so that the second run is harmless. A task ends
by itself within a minute or so: it holds one of the worker's `CONCURRENCY` places.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, ParamSpec, TypeVar

from django.db import transaction
from django.utils import timezone
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job, JobDeferrer
from procrastinate.manager import JobManager
from procrastinate.tasks import Task

P = ParamSpec("P")
R = TypeVar("R")

CONCURRENCY = 4
HEARTBEAT = timedelta(seconds=10)
"""How often a worker says that it lives."""

STALLED_AFTER = timedelta(seconds=30)
"""A worker silent for so long is dead, and what it held is given to another: more than two heartbeats."""


class Priority(IntEnum):
    """What goes first when jobs wait; inside one priority, first in first out."""

    RESCUE = 100
    """What gives back the jobs of a dead worker: nothing may starve it."""
    URGENT = 50
    """What protects somebody by being done now: the withdrawal of an account at an editor."""
    NORMAL = 0
    NIGHTLY = -50
    """Catch-ups and purges, by the thousand: never before what a person waits for."""


class Queue(StrEnum):
    """Where jobs wait: one per outside system, so that an operator sees which one is in trouble."""

    UPKEEP = "upkeep"
    MAIL = "mail"
    EDITORS = "editors"


class PermanentFailure(Exception):  # noqa: N818 — an outcome of a task, not a fault of the code
    """Trying again would fail again: the job is not retried, and stays visible with this message."""


class OutsideTransactionError(RuntimeError):
    """A job was asked for outside a transaction: call it from a service, so that both happen or neither."""


@dataclass(frozen=True)
class Backoff(BaseRetryStrategy):
    """Later and later, each time somewhere in the upper half of the wait so that failures that came together do not
    come back together; `None` after `most` tries. The default gives up after about five hours."""

    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(hours=1)
    most: int = 12

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after this many failed tries (1 or more), jitter included."""
        whole = min(self.first * 2 ** min(max(attempts, 1) - 1, 30), self.longest)
        return whole * random.uniform(0.5, 1)  # noqa: S311 — spreads load, protects nothing

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Procrastinate's question after a failure; `job.attempts` counts the tries before this one."""
        if isinstance(exception, PermanentFailure) or job.attempts + 1 >= self.most:
            return None
        return RetryDecision(retry_at=timezone.now() + self.wait(job.attempts + 1))


BACKOFF = Backoff()


def task(
    *,
    queue: Queue,
    priority: Priority = Priority.NORMAL,
    retry: BaseRetryStrategy | None = BACKOFF,
    name: str | None = None,
    queueing_lock: str | None = None,
) -> Callable[[Callable[P, R]], Task[P, R, P]]:
    """Declare a task with our defaults. `name` outlives a move of the function (default: its dotted path);
    `queueing_lock` is for periodic tasks: never two waiting."""

    def declare(function: Callable[P, R]) -> Task[P, R, P]:
        options = {"queue": str(queue), "priority": int(priority), "name": name, "queueing_lock": queueing_lock}
        declared: Task[P, R, P] = app.task(retry=retry or False, **options)(function)  # type: ignore[call-overload]
        return declared

    return declare


def periodic(cron: str) -> Callable[[Task[Any, Any, Any]], Task[Any, Any, Any]]:
    """Above `@task`: run it at these times (UTC; six fields: the last is seconds). It is given `timestamp: int`."""
    return app.periodic(cron=cron)


def defer(
    task: Task[Any, Any, Any],
    arguments: Mapping[str, Any],
    *,
    priority: Priority | None = None,
    lock: str | None = None,
    not_before: datetime | None = None,
) -> int:
    """Ask for one run, in the caller's transaction; returns the job's identifier.

    Jobs of the same `lock` run one at a time, in their order; a killed one blocks the others until it is rescued
    (`STALLED_AFTER`). There is no « only if none waits » here: the waiting job may start before the caller's
    transaction ends, and miss it.
    """
    return defer_many(task, [arguments], priority=priority, lock=lock, not_before=not_before)[0]


def defer_many(
    task: Task[Any, Any, Any],
    arguments: Sequence[Mapping[str, Any]],
    *,
    priority: Priority | None = None,
    lock: str | None = None,
    not_before: datetime | None = None,
) -> list[int]:
    """Like `defer`, once for each of `arguments`, in one statement."""
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransactionError(task.name)
    if not arguments:
        return []
    wanted = None if priority is None else int(priority)
    asked = task.configure(priority=wanted, lock=lock, schedule_at=not_before).job
    return JobDeferrer(job_manager(), asked).batch_defer(*(dict(each) for each in arguments))


def job_manager() -> JobManager:
    """Procrastinate's manager on Django's connection. Inside a worker `app` has a connection of its own, which would
    not share our transaction."""
    return JobManager(DjangoConnector())


__all__ = [
    "BACKOFF",
    "Backoff",
    "OutsideTransactionError",
    "PermanentFailure",
    "Priority",
    "Queue",
    "app",
    "defer",
    "defer_many",
    "job_manager",
    "periodic",
    "task",
]
