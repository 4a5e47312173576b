"""The outbox: written with the fact, sent once by a job, visible while it is not. Against a real mail server."""

import socket
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.template.loader import get_template
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries

from config.environment import REPOSITORY
from sas.web.mail import MailRefused, post_mail, retry_mail
from sas.web.mail_purge import KEPT, KEPT_UNSENT, purge_mails
from sas.web.mail_queries import count_mails_in_trouble, mails_about, mails_in_trouble
from sas.web.mail_sending import LOST_AFTER, TRIES, deliver, resume_lost_mails, send_mail
from sas.web.models import AuditLine, OutgoingMail
from tests.fakes.smtp import SmtpSink
from tests.web.worker_process import address

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def posted(to: str = "lea@example.org", **context: Any) -> OutgoingMail:
    return post_mail(kind="test", to=to, context=context, about="compte 12", by="compte 1", at=AT)


def tried(mail: OutgoingMail, at: datetime = AT) -> OutgoingMail:
    deliver(mail_id=mail.pk, at=at)
    mail.refresh_from_db()
    return mail


def jobs_for(mail: OutgoingMail) -> int:
    return ProcrastinateJob.objects.filter(task_name=send_mail.name, args__mail_id=mail.pk).count()


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_a_mail_and_its_job_are_undone_with_the_fact() -> None:
    def fact() -> None:
        with transaction.atomic():
            posted()
            raise LookupError

    with pytest.raises(LookupError):
        fact()
    assert not OutgoingMail.objects.exists()
    assert not ProcrastinateJob.objects.exists()
    assert not AuditLine.objects.exists()


def test_a_mail_is_sent_once_and_its_body_erased(smtp_sink: SmtpSink) -> None:
    mail = posted()
    assert (jobs_for(mail), mail.state) == (1, "waiting")
    tried(mail)
    tried(mail)
    assert (mail.state, mail.sent_at, mail.text, mail.html, mail.attempts) == ("sent", AT, "", "", 1)
    assert smtp_sink.recipients == ["lea@example.org"]
    acts = AuditLine.objects.filter(target="compte 12").order_by("pk")
    assert list(acts.values_list("act", flat=True)) == ["post_mail", "send_mail"]


def test_a_mail_has_text_and_html_in_french_a_stable_identifier_and_nothing_remote(smtp_sink: SmtpSink) -> None:
    mail = tried(posted())
    (message,) = smtp_sink.mails
    assert message["Subject"] == "Essai d’envoi de la plateforme SAS"
    assert message["Message-ID"] == f"<{mail.key}@127.0.0.1>"
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = part(message, "plain"), part(message, "html")
    assert "Service d’accès aux soins" in text
    assert '<html lang="fr">' in html
    assert "<img" not in html


def test_what_a_person_typed_is_escaped_in_html_and_left_alone_in_text(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    for name in ("typed.subject.txt", "typed.txt", "typed.html"):
        (folder / name).write_text("Bonjour {{ name }}", encoding="utf-8")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    typed = "L’<b>& 'Anne'\r\nBcc: tous@example.org"
    mail = post_mail(kind="typed", to="a@example.org", context={"name": typed}, about="x", by="x", at=AT)
    assert mail.subject == "Bonjour L’<b>& 'Anne' Bcc: tous@example.org"
    assert mail.text == f"Bonjour {typed}"
    assert "&lt;b&gt;&amp; &#x27;Anne&#x27;" in mail.html


@pytest.mark.parametrize("to", ["", "lea", "a@b.fr\nBcc: tous@example.org", "a@b.fr, c@d.fr", "Léa <a@b.fr>", "é@b.fr"])
def test_an_address_that_is_none_is_refused_at_once(to: str) -> None:
    with pytest.raises(MailRefused, match="mal formée"):
        posted(to)


@pytest.mark.parametrize("column", ["to", "subject"])
def test_the_database_refuses_a_header_of_two_lines(column: str) -> None:
    mail = posted()
    with pytest.raises(IntegrityError, match="mail_headers_hold_one_line"):
        OutgoingMail.objects.filter(pk=mail.pk).update(**{column: "a@b.fr\nBcc: c@d.fr"})


@pytest.mark.parametrize("answer", ["450 4.2.1 mailbox busy", "451 4.3.0 try later"])
def test_a_temporary_refusal_is_tried_again_later_and_seen_meanwhile(smtp_sink: SmtpSink, answer: str) -> None:
    smtp_sink.refuse_recipient = answer
    mail = tried(posted())
    assert (mail.state, mail.attempts, mail.last_error) == ("waiting", 1, answer)
    assert timedelta(seconds=15) <= mail.next_try_at - AT <= timedelta(seconds=30)
    assert mail.text
    retrying = ProcrastinateJob.objects.filter(task_name=send_mail.name).latest("id")
    assert retrying.scheduled_at == mail.next_try_at
    (seen,) = mails_in_trouble()
    assert (seen.id, seen.state_label, seen.can_retry, count_mails_in_trouble()) == (mail.pk, "en attente", True, 1)
    smtp_sink.refuse_recipient = ""
    assert tried(mail, mail.next_try_at).state == "sent"
    assert mails_in_trouble() == []


@pytest.mark.parametrize("where", ["refuse_recipient", "refuse_message"])
def test_a_final_refusal_is_not_tried_again_and_can_be_by_hand(smtp_sink: SmtpSink, where: str) -> None:
    setattr(smtp_sink, where, "550 5.1.1 <lea@example.org> unknown")
    mail = tried(posted())
    assert (mail.state, mail.last_error) == ("failed", "550 5.1.1 <…@…> unknown")
    assert jobs_for(mail) == 1
    assert tried(mail).attempts == 1
    setattr(smtp_sink, where, "")
    retry_mail(mail_id=mail.pk, by="compte 1", at=AT)
    assert jobs_for(mail) == 2
    assert tried(mail).state == "sent"
    with pytest.raises(MailRefused, match="déjà parti"):
        retry_mail(mail_id=mail.pk, by="compte 1", at=AT)
    assert AuditLine.objects.filter(act="retry_mail", actor="compte 1", target="compte 12").count() == 1


def test_a_server_that_is_down_or_slow_postpones(smtp_sink: SmtpSink, settings: Any) -> None:
    smtp_sink.silent = True
    slow = tried(posted())
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = closed.getsockname()[1]
        down = tried(posted())
    assert [mail.state for mail in (slow, down)] == ["waiting", "waiting"]
    assert "ConnectionRefusedError" in down.last_error
    assert slow.last_error


def test_a_server_that_refuses_our_sign_in_postpones_since_an_operator_can_repair_that(
    smtp_sink: SmtpSink, settings: Any
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "sas", "secret"
    mail = tried(posted())
    assert (mail.state, mail.attempts) == ("waiting", 1)
    assert "AUTH" in mail.last_error
    assert "secret" not in mail.last_error
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    assert tried(mail).state == "sent"


def test_a_mail_is_given_up_after_a_day_of_tries_and_stays_visible(smtp_sink: SmtpSink) -> None:
    smtp_sink.refuse_recipient = "450 busy"
    mail = posted()
    OutgoingMail.objects.filter(pk=mail.pk).update(attempts=TRIES.most - 1)
    assert tried(mail).state == "failed"
    assert [seen.id for seen in mails_in_trouble()] == [mail.pk]
    waits = [min(TRIES.first * 2**n, TRIES.longest) for n in range(TRIES.most - 1)]
    assert sum(waits, timedelta()) / 2 > timedelta(hours=11)


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_another_worker_holds_is_left_to_it(smtp_sink: SmtpSink) -> None:
    mail = posted()
    with psycopg.connect(address()) as other:
        other.execute("SELECT * FROM web_outgoingmail WHERE id = %s FOR NO KEY UPDATE", [mail.pk])
        assert tried(mail).attempts == 0
    assert tried(mail).state == "sent"
    assert len(smtp_sink.mails) == 1


def test_a_mail_whose_job_is_lost_gets_another_and_only_that_one() -> None:
    lost, held, recent = posted(), posted(), posted()
    late = AT + LOST_AFTER + timedelta(seconds=1)
    OutgoingMail.objects.filter(pk=recent.pk).update(next_try_at=late)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE (args->>'mail_id')::bigint IN (%s, %s)", [lost.pk, recent.pk]
        )
    assert resume_lost_mails(at=late) == 1
    assert [jobs_for(mail) for mail in (lost, held, recent)] == [1, 1, 0]
    assert resume_lost_mails(at=late) == 0


def test_old_mails_are_forgotten(smtp_sink: SmtpSink) -> None:
    sent, failed, waiting = tried(posted()), posted(), posted()
    OutgoingMail.objects.filter(pk=failed.pk).update(state="failed")
    assert purge_mails(at=AT + KEPT_UNSENT) == 0
    assert purge_mails(at=AT + KEPT_UNSENT + timedelta(seconds=1)) == 1
    assert purge_mails(at=AT + KEPT + timedelta(seconds=1)) == 1
    assert list(OutgoingMail.objects.values_list("pk", flat=True)) == [waiting.pk]
    assert not OutgoingMail.objects.filter(pk=sent.pk).exists()


def test_the_mails_of_a_person_are_read_in_one_query_without_their_bodies(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    mails = [posted() for _ in range(3)]
    post_mail(kind="test", to="b@example.org", context={}, about="compte 1", by="compte 1", at=AT)
    with django_assert_num_queries(1) as asked:
        assert [seen.id for seen in mails_about("compte 12")] == [mail.pk for mail in reversed(mails)]
    assert '"html"' not in asked.captured_queries[0]["sql"]


def test_an_operator_sends_a_test_mail(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("send_test_mail", to="ops@example.org")
    assert "en attente d’envoi" in capsys.readouterr().out
    assert OutgoingMail.objects.get().to == "ops@example.org"
    with pytest.raises(CommandError, match="mal formée"):
        call_command("send_test_mail", to="ops")


def test_every_kind_of_mail_has_its_three_parts_and_extends_the_common_page() -> None:
    pages = sorted(REPOSITORY.glob("sas/*/templates/mail/[!_]*.html"))
    assert pages
    for page in pages:
        kind = page.stem
        get_template(f"mail/{kind}.subject.txt")
        get_template(f"mail/{kind}.txt")
        assert '{% extends "mail/_base.html" %}' in page.read_text(encoding="utf-8"), kind
