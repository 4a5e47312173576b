"""E-mails that facts ask for: written here, in their transaction; sent by a job once it is committed.

A kind is three templates, in the `templates/mail` folder of the package that owns it: `<kind>.subject.txt` (one line),
`<kind>.txt` (always read by somebody) and `<kind>.html` (which extends `mail/_base.html`). All three are given the
caller's context, `base_url` (no final slash) and `service_name`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.template import Context, engines

from sas.web import audit
from sas.web.context import SERVICE_NAME
from sas.web.jobs import Priority, defer
from sas.web.mail_sending import send_mail
from sas.web.models import OutgoingMail

LONGEST_SUBJECT = 200


class MailRefused(ValueError):  # noqa: N818 — an answer to the caller, not a fault
    """This e-mail cannot be asked for as it is; the message (French) says why."""


@transaction.atomic
def post_mail(
    *,
    kind: str,
    to: str,
    context: Mapping[str, Any],
    about: str,
    by: str,
    at: datetime,
    priority: Priority = Priority.NORMAL,
) -> OutgoingMail:
    """Write the e-mail and ask for its sending, in the caller's transaction: neither happens when that one is undone.

    `about` is the audit label of the person whom it concerns, `by` whoever caused it. Raises `MailRefused` for an
    address that is none, and Django's `TemplateDoesNotExist` for an unknown kind.
    """
    try:
        validate_email(to)
    except ValidationError:
        raise MailRefused("Adresse électronique mal formée : corrigez-la sur le compte.") from None
    full = {"service_name": SERVICE_NAME, "base_url": settings.SAS_BASE_URL, **context}
    # One line, whatever a name holds: a subject is a header.
    subject = " ".join(_rendered(f"mail/{kind}.subject.txt", full, escaped=False).split())[:LONGEST_SUBJECT]
    mail = OutgoingMail.objects.create(
        kind=kind,
        to=to,
        subject=subject,
        text=_rendered(f"mail/{kind}.txt", full, escaped=False),
        html=_rendered(f"mail/{kind}.html", full, escaped=True),
        about=about,
        created_at=at,
        next_try_at=at,
    )
    defer(send_mail, {"mail_id": mail.pk}, priority=priority)
    audit.record("post_mail", by=by, at=at, target=about, after={"mail": mail.pk, "kind": kind})
    return mail


@transaction.atomic
def retry_mail(*, mail_id: int, by: str, at: datetime) -> OutgoingMail:
    """Send again, now, an e-mail that is not sent: failed, or waiting for its next try. Raises `MailRefused`."""
    locked = OutgoingMail.objects.select_for_update(of=("self",), no_key=True)
    mail = locked.filter(pk=mail_id).exclude(state=OutgoingMail.State.SENT).first()
    if mail is None:
        raise MailRefused("Ce courriel est déjà parti, ou n’existe plus : rechargez la page.")
    before = {"mail": mail.pk, "state": mail.state, "attempts": mail.attempts}
    mail.state, mail.attempts, mail.next_try_at = OutgoingMail.State.WAITING, 0, at
    mail.save(update_fields=["state", "attempts", "next_try_at"])
    defer(send_mail, {"mail_id": mail.pk})
    audit.record("retry_mail", by=by, at=at, target=mail.about, before=before, after={"mail": mail.pk})
    return mail


def _rendered(name: str, context: Mapping[str, Any], *, escaped: bool) -> str:
    """Texts are not HTML: nothing is escaped in them, in everything else all is."""
    template = engines["django"].get_template(name).template  # type: ignore[attr-defined]
    return str(template.render(Context(dict(context), autoescape=escaped)))
