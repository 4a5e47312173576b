"""What operators do to messages: send again under a new id, or give up. One transaction, one audit line."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sas.lrm.hub.queries import RESENDABLE, asking_for_somebody
from sas.lrm.models import Message
from sas.lrm.outbox import lock_subject
from sas.lrm.returns import send_again
from sas.lrm.states import CONFLICT
from sas.web import audit

AT_ONCE = 200


class MessageRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """This cannot be done to this message; the message (French) says why."""


@transaction.atomic
def resend_message(*, uuid: UUID, by: str, at: datetime) -> Message:
    """The same snapshot, under a new id. Raises `MessageRefused`: received meanwhile, or a later one left."""
    message = _locked(uuid)
    latest = Message.objects.filter(lrm=message.lrm_id, subject=message.subject).order_by("-rank")[:1].get()
    if latest.pk != message.pk:
        raise MessageRefused("Une version plus récente de cette orientation est déjà partie, ou va partir.")
    if message.state not in RESENDABLE:
        raise MessageRefused(f"Ce message ne peut pas être renvoyé : il est « {message.get_state_display()} ».")
    again = send_again(message, as_update=message.error_code == CONFLICT, at=at)
    message.needs_hand = False
    message.save(update_fields=["needs_hand"])
    after = {"message": str(again.uuid)}
    audit.record("resend_message", by=by, at=at, target=f"message {message.uuid}", after=after)
    return again


@transaction.atomic
def abandon_message(*, uuid: UUID, by: str, at: datetime) -> Message:
    """It will not be sent, nor waited for. Raises `MessageRefused` when it was received, or given up already."""
    message = _locked(uuid)
    if message.state in (Message.State.ACKNOWLEDGED, Message.State.ABANDONED):
        raise MessageRefused(f"Rien à abandonner : ce message est « {message.get_state_display()} ».")
    before = {"state": message.state}
    message.state, message.needs_hand = Message.State.ABANDONED, False
    message.save(update_fields=["state", "needs_hand"])
    after = {"state": message.state}
    audit.record("abandon_message", by=by, at=at, target=f"message {message.uuid}", before=before, after=after)
    return message


def resend_all(*, by: str, at: datetime) -> tuple[int, int]:
    """The oldest messages that ask for somebody, each as `resend_message`: how many left, how many still ask."""
    sent = 0
    for uuid in list(asking_for_somebody().order_by("pk").values_list("uuid", flat=True)[:AT_ONCE]):
        try:
            resend_message(uuid=uuid, by=by, at=at)
            sent += 1
        except MessageRefused:
            continue  # answered meanwhile
    return sent, asking_for_somebody().count()


def _locked(uuid: UUID) -> Message:
    message = Message.objects.filter(uuid=uuid).first()
    if message is None:
        raise MessageRefused("Ce message n’existe pas.")
    lock_subject(message.subject)
    return Message.objects.select_for_update(of=("self",), no_key=True).select_related("lrm").get(pk=message.pk)
