"""What comes back from the Hub, written once: the receipt, and what it makes of the message it speaks of.

These writes are the relay's and repeat what the Hub says: the receipt is their trace, there is no audit line beside it.
"""

import logging
from datetime import datetime

from django.db import transaction

from sas.lrm import states
from sas.lrm.envelopes import UPDATE, Ack, HubError
from sas.lrm.models import HubReceipt, Message
from sas.lrm.outbox import append, lock_subject, method_for

logger = logging.getLogger("sas.lrm")

KINDS = {Ack: HubReceipt.Kind.ACK, HubError: HubReceipt.Kind.ERROR}
HUB = ".hub"
"""How the Hub signs: `fr.health.hub`."""


@transaction.atomic
def record_return(answer: Ack | HubError, *, at: datetime) -> bool:
    """Keep this return and apply it; False when it was already known (the broker delivers more than once)."""
    message = Message.objects.filter(uuid=answer.refers_to).select_related("lrm").first() if answer.refers_to else None
    if message is not None and not _may_speak_of(answer.sender, message):
        logger.warning("Retour du Hub de %s sur le message d’un autre : gardé, sans effet.", answer.sender)
        message = None
    if message is not None:
        lock_subject(message.subject)
    error = answer if isinstance(answer, HubError) else None
    _, new = HubReceipt.objects.get_or_create(
        distribution_id=answer.distribution_id,
        defaults={
            "kind": KINDS[type(answer)],
            "refers_to": message,
            "code": error.code if error else None,
            "cause": error.cause if error else "",
            "received_at": at,
        },
    )
    if new and message is not None:
        locked = Message.objects.select_for_update(of=("self",), no_key=True).select_related("lrm")
        _apply(locked.get(pk=message.pk), error, at)
    return new


def _may_speak_of(sender: str, message: Message) -> bool:
    """The recipient, or the Hub: the Hub checks who signs, so that one SAMU cannot answer for another."""
    return sender == message.lrm.hub_client_id or sender.endswith(HUB)


def _apply(message: Message, error: HubError | None, at: datetime) -> None:
    standing = _standing(message)
    following = states.after_error(standing, error.code) if error else states.after_ack(standing)
    if following is None:
        return
    message.state = following.state
    message.needs_hand, message.trouble = following.needs_hand, following.trouble
    message.error_code = error.code if error else None
    message.answered_at = at
    message.published_at = message.published_at or at  # it came before the relay could write that it sent it
    message.save()
    if following.resend:
        send_again(message, as_update=following.resend == "update", at=at)
    if following.needs_hand:
        logger.warning("Message %s au LRM : %s", message.uuid, following.trouble)


def _standing(message: Message) -> states.Standing:
    resends, conflict, before = 0, False, message
    while before.replaces is not None and resends <= states.MOST_RESENDS:
        before = before.replaces
        resends += 1
        conflict = conflict or before.error_code == states.CONFLICT
    return states.Standing(
        state=message.state,
        method=message.payload["method"],
        resends=resends,
        superseded=_latest(message).pk != message.pk,
        replaced=message.replaced_by.exists(),
        had_conflict=conflict,
    )


def send_again(message: Message, *, as_update: bool = False, at: datetime) -> Message:
    """The same snapshot under a new id, at the end of the orientation's messages. Under `lock_subject`."""
    payload = message.payload | {"method": UPDATE if as_update else method_for(message.lrm, message.subject)}
    return append(message.lrm, message.subject, payload, after=_latest(message), at=at, replaces=message)


def _latest(message: Message) -> Message:
    return Message.objects.filter(lrm=message.lrm_id, subject=message.subject).order_by("-rank")[:1].get()
