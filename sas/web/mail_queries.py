"""Reads of e-mails on their way, for the help sheet of a person and the operations page. Bodies are not among them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from sas.web.models import OutgoingMail

MOST = 200
SHOWN = (
    "pk",
    "kind",
    "to",
    "subject",
    "about",
    "created_at",
    "state",
    "attempts",
    "last_error",
    "next_try_at",
    "sent_at",
)


@dataclass(frozen=True)
class MailSeen:
    """An e-mail as operators see it. `state` is `waiting`, `sent` or `failed`; `state_label` says it in French."""

    id: int
    kind: str
    to: str
    subject: str
    about: str
    created_at: datetime
    state: str
    state_label: str
    attempts: int
    last_error: str
    next_try_at: datetime
    sent_at: datetime | None

    @property
    def can_retry(self) -> bool:
        """Whether `retry_mail` makes sense: failed, or waiting after a failure."""
        return self.state != OutgoingMail.State.SENT and self.attempts > 0


def mails_about(label: str, *, most: int = 20) -> list[MailSeen]:
    """The last e-mails that concern this person (« compte 12 »), newest first."""
    return _seen(OutgoingMail.objects.filter(about=label).order_by("-created_at", "-pk"), most)


def mails_in_trouble(*, most: int = MOST) -> list[MailSeen]:
    """Failed for good, or tried in vain and waiting; the oldest trouble first."""
    return _seen(_in_trouble().order_by("created_at", "pk"), most)


def count_mails_in_trouble() -> int:
    """How many `mails_in_trouble` would show, without its limit."""
    return _in_trouble().count()


def _in_trouble() -> "QuerySet[OutgoingMail]":
    unsent = ~Q(state=OutgoingMail.State.SENT)  # as the partial index says it
    return OutgoingMail.objects.filter(unsent, Q(state=OutgoingMail.State.FAILED) | Q(attempts__gt=0))


def _seen(rows: "QuerySet[OutgoingMail]", most: int) -> list[MailSeen]:
    return [
        MailSeen(
            id=mail.pk,
            kind=mail.kind,
            to=mail.to,
            subject=mail.subject,
            about=mail.about,
            created_at=mail.created_at,
            state=mail.state,
            state_label=mail.get_state_display(),
            attempts=mail.attempts,
            last_error=mail.last_error,
            next_try_at=mail.next_try_at,
            sent_at=mail.sent_at,
        )
        for mail in rows.only(*SHOWN)[:most]
    ]
