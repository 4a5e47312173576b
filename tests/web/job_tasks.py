"""Tasks of tests: what each one did is written in the table `job_probe`, which `probes` makes."""

from django.db import connection, transaction
from django.utils import timezone

from sas.web.jobs import Backoff, PermanentFailure, Queue, defer, task
from sas.web.mail_sending import send_mail

GATE = 5_140


@task(queue=Queue.UPKEEP, name="tests.mark")
def mark(key: int) -> None:
    """Says that it runs, waits for the gate, then does its work: once, however often it runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO job_probe (key, runs) VALUES (%s, 1)"
            " ON CONFLICT (key) DO UPDATE SET runs = job_probe.runs + 1",
            [key],
        )
        cursor.execute("SELECT pg_advisory_lock_shared(%s), pg_advisory_unlock_shared(%s)", [GATE, GATE])
    with transaction.atomic(), connection.cursor() as cursor:
        # The key of the job is what makes the second run harmless.
        cursor.execute("SELECT done_by FROM job_probe WHERE key = %s FOR UPDATE", [key])
        if cursor.fetchone() == (None,):
            cursor.execute("UPDATE job_probe SET done_by = 'mark', done = done + 1 WHERE key = %s", [key])


@task(queue=Queue.UPKEEP, name="tests.fail", retry=Backoff(most=1))
def fail() -> None:
    """Fails, and would tell an address and a number if errors were kept as they come."""
    raise LookupError("nobody@example.org, 810001234567\nDETAIL: Key (email)=(nobody@example.org)")


@task(queue=Queue.UPKEEP, name="tests.refuse")
def refuse() -> None:
    """Fails in a way that trying again cannot cure."""
    raise PermanentFailure("Compte inconnu de l’éditeur")


@task(queue=Queue.UPKEEP, name="tests.ask_then_fail", retry=Backoff(most=1))
def ask_then_fail() -> None:
    """Asks for a job in a transaction that is undone."""
    with transaction.atomic():
        defer(send_mail, {"mail_id": 0}, not_before=timezone.now())
        raise LookupError("undone")
