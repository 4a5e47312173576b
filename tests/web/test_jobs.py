"""Asking for jobs, retrying them, giving back those of dead workers: on the real queue, without a worker."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job

from sas.web import job_upkeep
from sas.web.job_failures import record_failure
from sas.web.job_queries import UNKNOWN_TASK, job_counts, jobs_overview, last_failures, oldest_waiting, workers
from sas.web.job_upkeep import JobRefused, purge_finished_jobs, rescue_stalled_jobs, retry_job
from sas.web.jobs import (
    BACKOFF,
    STALLED_AFTER,
    Backoff,
    OutsideTransactionError,
    PermanentFailure,
    Priority,
    app,
    defer,
    defer_many,
    job_manager,
)
from sas.web.mail_sending import send_mail
from sas.web.models import AuditLine, JobFailure
from sas.web.tasks import rescue_jobs

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def execute(sql: str, *parameters: str | int | None) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def asked(**options: object) -> int:
    return defer(send_mail, {"mail_id": 1}, **options)  # type: ignore[arg-type]


def with_status(job_id: int, status: str, attempts: int = 1) -> int:
    execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", job_id)
    execute("UPDATE procrastinate_jobs SET status = %s, attempts = %s WHERE id = %s", status, attempts, job_id)
    return job_id


def let_time_pass() -> None:
    """A job given back may run « now », and the database's « now » is the start of the test's transaction."""
    execute("UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - interval '1 minute'")


def fetched() -> Job | None:
    """What a worker would take next."""
    worker = execute("SELECT worker_id FROM procrastinate_register_worker_v1()")[0][0]
    return async_to_sync(job_manager().fetch_job)(queues=None, worker_id=worker)  # type: ignore[arg-type]


def test_a_job_is_undone_with_the_transaction_of_its_fact() -> None:
    def fact() -> None:
        with transaction.atomic():
            asked()
            raise LookupError

    with pytest.raises(LookupError):
        fact()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_job_is_not_asked_for_outside_a_transaction() -> None:
    with pytest.raises(OutsideTransactionError):
        asked()
    assert not ProcrastinateJob.objects.exists()


def test_many_jobs_are_asked_for_in_one_statement(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        ids = defer_many(send_mail, [{"mail_id": number} for number in range(300)])
    assert len(set(ids)) == 300
    assert defer_many(send_mail, []) == []


def test_what_protects_goes_before_what_waits_and_the_rescue_before_all() -> None:
    defer_many(send_mail, [{"mail_id": number} for number in range(2200)])
    asked(priority=Priority.NIGHTLY)
    urgent = asked(priority=Priority.URGENT)
    (rescue,) = defer_many(rescue_jobs, [{"timestamp": 0}])
    taken = [fetched() for _ in range(3)]
    assert [job.id for job in taken if job][:2] == [rescue, urgent]
    assert taken[2] is not None
    assert taken[2].priority == Priority.NORMAL


def test_a_job_is_not_taken_before_its_time() -> None:
    asked(not_before=datetime.now(UTC) + timedelta(hours=1))
    assert fetched() is None


def test_what_a_dead_worker_held_is_given_back_and_what_a_living_one_holds_is_left() -> None:
    asked(lock="compte 12")
    asked(lock="compte 12")
    asked()
    dead, living = fetched(), fetched()
    assert dead
    assert living
    assert dead.id
    assert living.id
    assert fetched() is None  # the second of the lock waits behind the first
    silence = f"{STALLED_AFTER.total_seconds() + 1} seconds"
    execute(
        "UPDATE procrastinate_workers SET last_heartbeat = now() - %s::interval"
        " WHERE id = (SELECT worker_id FROM procrastinate_jobs WHERE id = %s)",
        silence,
        dead.id,
    )
    assert async_to_sync(rescue_stalled_jobs)(job_manager()) == 1
    rows = dict(ProcrastinateJob.objects.values_list("id", "status"))
    assert (rows[dead.id], rows[living.id]) == ("todo", "doing")
    let_time_pass()
    again = fetched()
    assert again
    assert (again.id, again.attempts) == (dead.id, 1)
    assert async_to_sync(rescue_stalled_jobs)(job_manager()) == 0


def test_a_job_of_a_worker_that_is_no_longer_listed_is_given_back() -> None:
    asked()
    job = fetched()
    execute("DELETE FROM procrastinate_workers")
    assert async_to_sync(rescue_stalled_jobs)(job_manager()) == 1
    let_time_pass()
    again = fetched()
    assert job
    assert again
    assert again.id == job.id


def test_a_job_that_keeps_killing_its_worker_ends_in_failure_and_says_so() -> None:
    job = with_status(asked(), "doing", attempts=job_upkeep.MOST_DEATHS - 1)
    assert async_to_sync(rescue_stalled_jobs)(job_manager()) == 0
    (failure,) = last_failures()
    assert (failure.id, failure.parked) == (job, True)
    assert "s’est arrêté" in failure.error


def test_a_job_that_another_rescue_gave_back_first_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        """Found two jobs, one of which somebody gave back meanwhile."""

        def __init__(self) -> None:
            self.retried: list[int | None] = []

        async def get_stalled_jobs(self, *, seconds_since_heartbeat: float) -> list[Job]:
            return [Job(id=n, queue="q", lock=None, queueing_lock=None, task_name="t") for n in (1, 2)]

        async def retry_job(self, job: Job) -> None:
            if job.id == 1:
                raise ConnectorException
            self.retried.append(job.id)

        async def prune_stalled_workers(self, silence: float) -> list[int]:
            return []

    slow = Slow()
    assert asyncio.run(rescue_stalled_jobs(slow)) == 1  # type: ignore[arg-type]
    assert slow.retried == [2]


def test_the_rescue_is_periodic_first_of_all_and_cannot_wait_for_itself() -> None:
    (known,) = [each for each in app.periodic_registry.periodic_tasks.values() if each.task is rescue_jobs]
    assert known.cron == "* * * * * */20"
    assert rescue_jobs.priority == max(Priority)
    assert rescue_jobs.lock is None


@given(attempts=st.integers(1, 200))
def test_waits_grow_up_to_a_limit_and_never_fall_together(attempts: int) -> None:
    backoff = Backoff(first=timedelta(seconds=10), longest=timedelta(hours=1), most=12)
    whole = min(timedelta(seconds=10) * 2 ** min(attempts - 1, 30), timedelta(hours=1))
    assert whole / 2 <= backoff.wait(attempts) <= whole


@pytest.mark.parametrize(
    ("attempts", "error", "again"),
    [(0, LookupError(), True), (10, LookupError(), True), (11, LookupError(), False), (0, PermanentFailure(), False)],
)
def test_a_job_is_tried_a_bounded_number_of_times(attempts: int, error: Exception, again: bool) -> None:
    job = Job(id=1, queue="mail", lock=None, queueing_lock=None, task_name="t", attempts=attempts)
    assert (BACKOFF.get_retry_decision(exception=error, job=job) is not None) == again


def test_a_failed_job_is_run_again_by_somebody_once() -> None:
    job = with_status(asked(), "failed", attempts=12)
    retry_job(job_id=job, by="compte 1", at=AT)
    assert ProcrastinateJob.objects.get(id=job).status == "todo"
    line = AuditLine.objects.get(act="retry_job")
    assert (line.actor, line.target, line.after) == (
        "compte 1",
        f"tâche {job}",
        {"task": send_mail.name, "attempts": 12},
    )
    for status in ("todo", "doing"):
        execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", status, job)
        with pytest.raises(JobRefused, match="n’est pas en échec"):
            retry_job(job_id=job, by="compte 1", at=AT)
    assert AuditLine.objects.filter(act="retry_job").count() == 1


def test_finished_jobs_are_forgotten_after_a_while_and_failed_ones_later() -> None:
    old_success, success = with_status(asked(), "succeeded"), with_status(asked(), "succeeded")
    old_failure, failure = with_status(asked(), "failed"), with_status(asked(), "failed")
    waiting = asked()
    for job, days in ((old_success, 8), (success, 6), (old_failure, 91), (failure, 89), (waiting, 400)):
        execute("UPDATE procrastinate_events SET at = now() - %s * interval '1 day' WHERE job_id = %s", days, job)
        JobFailure.objects.create(job_id=job, task="t", attempts=1, error="e", at=AT)
    async_to_sync(purge_finished_jobs)(job_manager())
    kept = {success, failure, waiting}
    assert set(ProcrastinateJob.objects.values_list("id", flat=True)) == kept
    assert set(JobFailure.objects.values_list("job_id", flat=True)) == kept


def test_operators_see_workers_counts_failures_and_what_waits_in_a_constant_number_of_queries(
    django_assert_num_queries: object,
) -> None:
    now = datetime.now(UTC)
    execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1 minute')")
    parked, unknown, retried = (with_status(asked(), status) for status in ("failed", "failed", "todo"))
    for job_id in (parked, retried):
        seen = Job(id=job_id, queue="mail", lock=None, queueing_lock=None, task_name="t", attempts=3)
        record_failure(seen, "ConnectionError : refusée")
    first = asked()
    defer_many(send_mail, [{"mail_id": number} for number in range(30)])
    execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour' WHERE id = %s", retried)
    with django_assert_num_queries(6):  # type: ignore[operator]
        overview = jobs_overview(now=now)
    assert [worker.alive for worker in overview.workers] == [True, False]
    assert overview.worker_alive
    assert {(c.queue, c.status_label, c.count) for c in overview.counts} == {
        ("mail", "en échec", 2),
        ("mail", "en attente", 32),
    }
    assert [(f.id, f.parked, f.error) for f in overview.failures] == [
        (parked, True, "ConnectionError : refusée"),
        (unknown, True, UNKNOWN_TASK),
        (retried, False, "ConnectionError : refusée"),
    ]
    assert overview.failures[2].next_try_at
    assert overview.oldest_waiting
    assert overview.oldest_waiting.id == first
    assert overview.oldest_waiting.since


def test_an_empty_queue_is_shown_empty() -> None:
    now = datetime.now(UTC)
    assert (workers(now=now), job_counts(), last_failures(), oldest_waiting(now=now)) == ([], [], [], None)
