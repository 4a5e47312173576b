"""The outbox: written with the fact, sent once by a job, visible while it is not."""

from datetime import UTC, datetime

from sas.web.mail import post_mail
from sas.web.mail_sending import deliver
from sas.web.models import AuditLine, OutgoingMail
from tests.fakes.smtp import SmtpSink

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def posted(to: str = "lea@example.org") -> OutgoingMail:
    return post_mail(kind="test", to=to, context={}, about="compte 12", by="compte 1", at=AT)


def test_a_mail_is_sent_once_and_its_body_erased(db: None, smtp_sink: SmtpSink) -> None:
    mail = posted()
    for _ in range(2):
        deliver(mail_id=mail.pk, at=AT)
    mail.refresh_from_db()
    assert (mail.state, mail.sent_at, mail.text, mail.html) == ("sent", AT, "", "")
    assert smtp_sink.recipients == ["lea@example.org"]
    assert AuditLine.objects.filter(target="compte 12").values_list("act", flat=True).count() == 2
