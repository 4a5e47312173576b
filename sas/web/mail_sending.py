"""Sending of waiting e-mails, one a job.

**At least once.** The row is marked sent after the server accepted the message; a process killed between the two sends
it again. Both copies bear the same `Message-ID`, made from the row, by which the recipients' systems tell a double. The
other order would lose e-mails, and nobody would know.
"""

import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from sas.web import audit
from sas.web.jobs import Backoff, Queue, defer, defer_many, task
from sas.web.models import OutgoingMail
from sas.web.safe_text import without_personal_data

BY = "tâche d’envoi des courriels"
TRIES = Backoff(first=timedelta(seconds=30), longest=timedelta(hours=1), most=30)
"""A mail server may be away for a night and a morning: nothing is lost, and it is seen meanwhile."""

LOST_AFTER = timedelta(minutes=5)
"""A mail that should have left so long ago, and for which no job waits, gets a new one."""

State = OutgoingMail.State


@dataclass(frozen=True)
class Postponed:
    """Not now: the server is away, busy or misconfigured."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """Never: this recipient or this message is refused for good."""

    reason: str


@task(queue=Queue.MAIL, name="sas.web.send_mail")
def send_mail(mail_id: int) -> None:
    """Send one waiting e-mail; nothing to do when it left already."""
    deliver(mail_id=mail_id, at=timezone.now())


@transaction.atomic
def deliver(*, mail_id: int, at: datetime) -> None:
    """Try once. The row stays locked meanwhile: whoever finds it so leaves it to the other. A mail that could not be
    sent now gets its next job in this transaction."""
    waiting = OutgoingMail.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    mail = waiting.filter(pk=mail_id, state=State.WAITING).first()
    if mail is None:
        return
    outcome = _attempt(mail)
    mail.attempts += 1
    if outcome is None:
        mail.state, mail.sent_at, mail.text, mail.html, mail.last_error = State.SENT, at, "", "", ""
    else:
        mail.last_error = without_personal_data(outcome.reason)
        if isinstance(outcome, Refused) or mail.attempts >= TRIES.most:
            mail.state = State.FAILED
        else:
            mail.next_try_at = at + TRIES.wait(mail.attempts)
            defer(send_mail, {"mail_id": mail.pk}, not_before=mail.next_try_at)
    mail.save()
    if mail.state != State.WAITING:
        after = {"mail": mail.pk, "kind": mail.kind, "state": mail.state}
        audit.record("send_mail", by=BY, at=at, target=mail.about, after=after)


def _attempt(mail: OutgoingMail) -> Postponed | Refused | None:
    server = get_connection()
    try:
        server.open()
    except (
        OSError
    ) as fault:  # SMTPException is one: unreachable, too slow, our sign-in refused; the operator's to repair
        return Postponed(_named(fault))
    else:
        return _handed_over(_message(mail, server))
    finally:
        server.close()  # also when its sign-in failed half-way


def _message(mail: OutgoingMail, server: BaseEmailBackend) -> EmailMultiAlternatives:
    host = urlsplit(settings.SAS_BASE_URL).hostname or "localhost"
    # Auto-Submitted (RFC 3834): out-of-office robots do not answer a robot.
    headers = {"Message-ID": f"<{mail.key}@{host}>", "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=headers, connection=server)
    message.attach_alternative(mail.html, "text/html")
    return message


def _handed_over(message: EmailMultiAlternatives) -> Postponed | Refused | None:
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        return _judged(*next(iter(refusal.recipients.values())))
    except smtplib.SMTPDataError as refusal:
        return _judged(refusal.smtp_code, refusal.smtp_error)
    except (smtplib.SMTPNotSupportedError, ValueError) as fault:  # an address or a header that this server cannot take
        return Refused(_named(fault))
    except smtplib.SMTPResponseException as answer:  # our own address is refused: the operator's to repair
        return Postponed(_said(answer.smtp_code, answer.smtp_error))
    except OSError as fault:  # cut off, too slow
        return Postponed(_named(fault))
    return None


def _named(fault: Exception) -> str:
    if isinstance(fault, smtplib.SMTPResponseException):
        return _said(fault.smtp_code, fault.smtp_error)
    return f"{type(fault).__name__} : {fault}"


def _judged(code: int, text: bytes | str) -> Postponed | Refused:
    return Refused(_said(code, text)) if 500 <= code < 600 else Postponed(_said(code, text))


def _said(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"


@transaction.atomic
def resume_lost_mails(*, at: datetime) -> int:
    """Ask again for waiting e-mails whose job is gone (purged, failed, restored from a backup); how many."""
    from procrastinate.contrib.django.models import ProcrastinateJob  # models: once the applications are loaded

    late = OutgoingMail.objects.filter(state=State.WAITING, next_try_at__lt=at - LOST_AFTER)
    asked = ProcrastinateJob.objects.filter(task_name=send_mail.name, status__in=("todo", "doing"))
    held = set(asked.values_list("args__mail_id", flat=True))
    lost = [pk for pk in late.order_by("next_try_at").values_list("pk", flat=True) if pk not in held]
    defer_many(send_mail, [{"mail_id": pk} for pk in lost])
    if lost:
        audit.record("resume_lost_mails", by=BY, at=at, target="courriels", after={"count": len(lost)})
    return len(lost)
