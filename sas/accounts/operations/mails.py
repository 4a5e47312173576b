"""E-mails as operators see them: those in trouble, the recent ones by state. Never the body."""

from dataclasses import dataclass
from datetime import datetime

from sas.web.mail_queries import SHOWN, MailSeen, count_mails_in_trouble, mails_in_trouble
from sas.web.models import OutgoingMail

RECENT = 50


@dataclass(frozen=True)
class MailPage:
    """What the page shows. `state` is empty when recent e-mails of every state are shown."""

    in_trouble: list[MailSeen]
    count_in_trouble: int
    recent: list["RecentMail"]
    state: str

    @property
    def more(self) -> int:
        """How many are in trouble and not shown."""
        return self.count_in_trouble - len(self.in_trouble)


@dataclass(frozen=True)
class RecentMail:
    """An e-mail, newest first."""

    id: int
    subject: str
    to: str
    about: str
    created_at: datetime
    state_label: str
    tone: str
    attempts: int
    sent_at: datetime | None


TONES = {
    OutgoingMail.State.WAITING.value: "info",
    OutgoingMail.State.SENT.value: "success",
    OutgoingMail.State.FAILED.value: "error",
}


def mail_page(*, state: str = "") -> MailPage:
    """Three queries. A state that does not exist is as if none was asked."""
    wanted = state if state in OutgoingMail.State.values else ""
    return MailPage(mails_in_trouble(), count_mails_in_trouble(), _recent(wanted), wanted)


def state_choices() -> list[tuple[str, str]]:
    """States that can be asked for."""
    return [("", "tous"), *((value, str(label)) for value, label in OutgoingMail.State.choices)]


def _recent(state: str) -> list[RecentMail]:
    found = OutgoingMail.objects.filter(state=state) if state else OutgoingMail.objects.all()
    return [
        RecentMail(
            mail.pk,
            mail.subject,
            mail.to,
            mail.about,
            mail.created_at,
            mail.get_state_display(),
            TONES[mail.state],
            mail.attempts,
            mail.sent_at,
        )
        for mail in found.only(*SHOWN).order_by("-pk")[:RECENT]
    ]
