"""The first page: what is wrong is at the top, with what to do; jobs and e-mails in difficulty can be tried again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as live_settings
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries, Settings

from sas.accounts.models import User
from sas.accounts.operations import panels, services
from sas.accounts.operations.job_states import jobs_by_task, nightly_runs, stuck_jobs
from sas.accounts.operations.panels import Panel, PanelRow, register_panel
from sas.web.mail_sending import send_mail
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.operations.conftest import execute, job_in, mail_in

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _panels_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_MAKERS", {})


@pytest.fixture
def living_worker(db: None) -> None:
    execute("SELECT procrastinate_register_worker_v1()")


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_no_worker_is_said_with_the_command_that_starts_one(desk: Client) -> None:
    text = page(desk, "/exploitation/")
    assert "aucun travailleur" in text
    assert "./run manage procrastinate worker" in text


def test_a_silent_worker_is_said_with_the_moment_of_its_last_sign(desk: Client, living_worker: None) -> None:
    assert "en marche" in page(desk, "/exploitation/")
    execute("UPDATE procrastinate_workers SET last_heartbeat = '2026-03-02 09:05:00+00'")
    assert "silencieux depuis le 2 mars à 10 h 05" in page(desk, "/exploitation/")


def test_what_is_wrong_is_at_the_top_and_what_is_well_is_not(
    desk: Client, living_worker: None, settings: Settings
) -> None:
    settings.SAS_ENTERING = replace(live_settings.SAS_ENTERING, psc_issuer="https://psc.example.org")
    settings.SAS_TERMS_VERSION = ""
    job_in("failed", error="panne")
    mail_in("failed")
    top = page(desk, "/exploitation/").partition('class="sas-panels"')[0]
    assert "À faire (3)" in top
    assert "Lisez l’erreur" in top
    assert "Corrigez l’adresse" in top
    assert "Personne n’a rien à accepter" in top
    assert "Pro Santé Connect" not in top


def test_nothing_to_do_is_said(desk: Client, living_worker: None, settings: Settings, admin: User) -> None:
    settings.SAS_ENTERING = replace(live_settings.SAS_ENTERING, psc_issuer="https://psc.example.org")
    settings.SAS_TERMS_VERSION = "2026-11"
    admin.terms.create(version="2026-11", at=NOW)
    assert "Rien à faire" in page(desk, "/exploitation/")


def test_another_package_adds_its_panel_and_takes_it_away_when_it_is_empty(desk: Client) -> None:
    rows = [PanelRow("En <erreur>", "3", "error", "Relancez-les.")]
    register_panel(lambda: Panel("Comptes chez les éditeurs", rows, "/ailleurs/"))
    text = page(desk, "/exploitation/")
    assert "En &lt;erreur&gt;" in text
    assert "Relancez-les." in text
    assert 'href="/ailleurs/"' in text
    rows.clear()
    assert "Comptes chez les éditeurs" not in page(desk, "/exploitation/")


def test_the_oldest_that_waits_is_told_by_task_and_what_waits_for_its_time_is_not_late(db: None) -> None:
    job_in("todo", attempts=0)
    late = job_in("todo", attempts=0)
    planned = job_in("todo", attempts=1)
    for job, moment in ((late, NOW - timedelta(hours=1)), (planned, NOW + timedelta(hours=1))):
        execute("UPDATE procrastinate_jobs SET scheduled_at = %s WHERE id = %s", moment, job)
    execute("DELETE FROM procrastinate_jobs WHERE id < %s", late)
    (row,) = jobs_by_task(now=NOW)
    assert (row.name, row.waiting, row.doing, row.failed) == (send_mail.name, 2, 0, 0)
    assert (row.oldest, row.late) == (NOW - timedelta(hours=1), True)


def test_jobs_of_no_worker_and_those_that_last_are_stuck(desk: Client, living_worker: None) -> None:
    orphan, long, fresh = (job_in("doing", started=ago) for ago in ("1 minute", "11 minutes", "1 minute"))
    execute(
        "UPDATE procrastinate_jobs SET worker_id = (SELECT max(id) FROM procrastinate_workers) WHERE id IN (%s, %s)",
        long,
        fresh,
    )
    assert [(job.id, job.orphan) for job in stuck_jobs(now=datetime.now(UTC))] == [(orphan, True), (long, False)]
    text = page(desk, "/exploitation/taches/")
    assert "ne répond plus" in text
    assert "plus de dix minutes" in text


def test_nightly_tasks_are_known_even_when_they_never_ran(db: None) -> None:
    runs = {run.name: run for run in nightly_runs(now=NOW)}
    assert {"sas.web.purge_jobs", "sas.accounts.watch_dormant"} <= set(runs)
    assert "sas.web.send_mail" not in runs
    assert runs["sas.web.purge_jobs"].at is None


def test_a_missed_night_is_said(desk: Client) -> None:
    job = job_in("succeeded")
    execute("UPDATE procrastinate_jobs SET task_name = 'sas.web.purge_jobs' WHERE id = %s", job)
    execute("UPDATE procrastinate_events SET at = now() - interval '27 hours' WHERE job_id = %s", job)
    assert "elle repassera la nuit prochaine" in page(desk, "/exploitation/")


def test_failed_jobs_are_shown_with_their_error_and_hostile_ones_as_text(desk: Client) -> None:
    job_in("failed", error="<script>alert(1)</script>", attempts=7)
    text = page(desk, "/exploitation/taches/")
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert "1 en échec" in text


def test_a_job_is_tried_again_and_refused_once_it_no_longer_failed(desk: Client, admin: User) -> None:
    job = job_in("failed", error="panne")
    for said in ("repart à l’instant", "n’est pas en échec"):
        answer = desk.post("/exploitation/taches/relancer/", {"tache": job}, follow=True)
        assert said in answer.content.decode()
    assert ProcrastinateJob.objects.get(id=job).status == "todo"
    assert AuditLine.objects.get(act="retry_job").actor == admin.audit_label


@pytest.mark.parametrize("typed", ["", "x", "-1", "٣", "9" * 30])
def test_what_is_not_a_job_is_refused_with_a_sentence(desk: Client, typed: str) -> None:
    answer = desk.post("/exploitation/taches/relancer/", {"tache": typed}, follow=True)
    assert "n’est pas en échec, ou n’existe plus" in answer.content.decode()


def test_all_the_jobs_of_a_task_are_tried_again_a_bounded_number_at_a_time(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 2)
    jobs = [job_in("failed") for _ in range(3)]
    answer = desk.post("/exploitation/taches/relancer-toutes/", {"nom": send_mail.name}, follow=True)
    assert "2 relancées, 1 encore en échec" in answer.content.decode()
    assert list(ProcrastinateJob.objects.filter(status="todo").order_by("id").values_list("id", flat=True)) == jobs[:2]
    line = AuditLine.objects.get(act="retry_task")
    assert line.after == {"task": send_mail.name, "count": 2}
    desk.post("/exploitation/taches/relancer-toutes/", {"nom": send_mail.name})
    answer = desk.post("/exploitation/taches/relancer-toutes/", {"nom": send_mail.name}, follow=True)
    assert "Aucune tâche de ce nom" in answer.content.decode()
    assert AuditLine.objects.filter(act="retry_task").count() == 2


def test_emails_are_shown_by_state_and_never_their_body(desk: Client) -> None:
    mail_in("failed", subject="Échoué <b>", last_error="550 inconnu", attempts=1)
    mail_in("waiting", subject="Repris", attempts=2)
    mail_in("waiting", subject="Tout neuf")
    mail_in("sent", subject="Parti")
    text = page(desk, "/exploitation/courriels/")
    assert "CORPS SECRET" not in text
    assert "Échoué &lt;b&gt;" in text
    trouble, _, recent = text.partition("Récents</h2>")
    assert "550 inconnu" in trouble
    assert "Repris" in trouble
    assert "Tout neuf" not in trouble
    assert "Parti" in recent
    only = page(desk, "/exploitation/courriels/?etat=sent").partition("Récents</h2>")[2]
    assert "Parti" in only
    assert "Tout neuf" not in only
    assert "Tout neuf" in page(desk, "/exploitation/courriels/?etat=nimporte").partition("Récents</h2>")[2]


def test_an_email_is_sent_again_and_one_that_left_is_not(desk: Client) -> None:
    failed, sent = mail_in("failed", attempts=30), mail_in("sent")
    assert (
        "repart"
        in desk.post("/exploitation/courriels/relancer/", {"courriel": failed.pk}, follow=True).content.decode()
    )
    assert OutgoingMail.objects.get(pk=failed.pk).state == "waiting"
    answer = desk.post("/exploitation/courriels/relancer/", {"courriel": sent.pk}, follow=True)
    assert "déjà parti" in answer.content.decode()


@pytest.mark.parametrize("path", ["/exploitation/", "/exploitation/taches/", "/exploitation/courriels/"])
def test_pages_cost_the_same_whatever_the_number(
    desk: Client, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            job_in("failed", error="panne")
            job_in("doing", started="20 minutes")
            job_in("todo", attempts=3)
            mail_in("failed", attempts=2)

    fill(1)
    desk.get(path)
    queries = {"/exploitation/": 9, "/exploitation/taches/": 7, "/exploitation/courriels/": 6}[path]
    with django_assert_num_queries(queries):
        desk.get(path)
    fill(12)
    with django_assert_num_queries(queries):
        desk.get(path)
