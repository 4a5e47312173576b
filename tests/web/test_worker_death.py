"""Jobs outlive the worker that held them: real workers, killed for good."""

import signal
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from sas.web.job_queries import last_failures
from sas.web.jobs import CONCURRENCY, defer, defer_many
from sas.web.mail import post_mail
from sas.web.models import AuditLine, OutgoingMail
from tests.fakes.smtp import SmtpSink
from tests.web.job_tasks import GATE, ask_then_fail, fail, mark, refuse
from tests.web.test_mail import AT
from tests.web.worker_process import closed_gate, running_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("workers")]


@pytest.fixture
def probes(transactional_db: None) -> Iterator[None]:
    execute("CREATE TABLE job_probe (key int PRIMARY KEY, runs int NOT NULL, done int DEFAULT 0, done_by text)")
    yield
    execute("DROP TABLE job_probe")


def execute(sql: str) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def wait_until(condition: Callable[[], bool]) -> None:
    """Returns as soon as `condition` holds; fails after forty seconds, which nothing here needs."""
    for _ in range(800):
        if condition():
            return
        threading.Event().wait(0.05)
    pytest.fail(f"never came true; jobs: {list(ProcrastinateJob.objects.values_list('task_name', 'status'))}")


def statuses(task: str) -> list[str]:
    return sorted(ProcrastinateJob.objects.filter(task_name=task).values_list("status", flat=True))


def let_time_pass() -> None:
    """As if the threshold had passed (a dead worker is told by its silence) and a new rescue were due."""
    execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    execute("DELETE FROM procrastinate_periodic_defers")


@pytest.mark.usefixtures("probes")
def test_killing_the_worker_in_the_middle_loses_no_job_and_doubles_none() -> None:
    total = 60
    with transaction.atomic():
        defer_many(mark, [{"key": key} for key in range(total)])
    with closed_gate(GATE):
        with running_worker() as killed:
            wait_until(lambda: execute("SELECT count(*) FROM job_probe") == [(CONCURRENCY,)])
            killed.send_signal(signal.SIGKILL)
            killed.wait()
        assert statuses(mark.name) == ["doing"] * CONCURRENCY + ["todo"] * (total - CONCURRENCY)
        let_time_pass()
    with running_worker():
        wait_until(lambda: statuses(mark.name) == ["succeeded"] * total)
    assert execute("SELECT count(*), sum(done), max(done), sum(runs) FROM job_probe") == [
        (total, total, 1, total + CONCURRENCY)
    ]
    # The rescue did not wait for the backlog.
    started = ProcrastinateEvent.objects.filter(type="started").order_by("id")
    order = list(started.values_list("job__task_name", flat=True))
    assert order.index("sas.web.rescue_jobs") < len(order) - 10


def test_a_failure_is_kept_without_what_names_a_person_and_a_permanent_one_is_not_tried_again() -> None:
    with transaction.atomic():
        for task in (fail, refuse, ask_then_fail):
            defer(task, {})
    with running_worker():
        wait_until(lambda: all(statuses(task.name) == ["failed"] for task in (fail, refuse, ask_then_fail)))
    errors = {failure.task: (failure.error, failure.attempts) for failure in last_failures()}
    assert errors[fail.name] == ("LookupError : …@…, …", 1)
    assert errors[refuse.name] == ("PermanentFailure : Compte inconnu de l’éditeur", 1)
    # What a task asked for in a transaction that was undone was never asked for.
    assert statuses("sas.web.send_mail") == []


def test_killing_the_worker_while_mails_leave_loses_none_and_a_double_bears_the_same_identifier(
    smtp_sink: SmtpSink,
) -> None:
    smtp_sink.silent = True  # accepts each message, and never says so
    people = [f"personne{number}@example.org" for number in range(12)]
    for to in people:
        post_mail(kind="test", to=to, context={}, about="compte 12", by="compte 1", at=AT)
    server = {"SAS_EMAIL_URL": f"smtp://127.0.0.1:{smtp_sink.port}"}
    with running_worker(**server) as killed:
        wait_until(lambda: len(smtp_sink.mails) == CONCURRENCY)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert not OutgoingMail.objects.exclude(state="waiting").exists()
    smtp_sink.silent = False
    let_time_pass()
    with running_worker(**server):
        wait_until(lambda: OutgoingMail.objects.filter(state="sent").count() == len(people))
    assert set(smtp_sink.recipients) == set(people)
    assert len(smtp_sink.mails) == len(people) + CONCURRENCY
    assert len({mail["Message-ID"] for mail in smtp_sink.mails}) == len(people)
    assert AuditLine.objects.filter(act="send_mail").count() == len(people)
