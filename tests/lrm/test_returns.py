"""What comes back is written once, and makes of the message what its code says."""

from uuid import UUID, uuid4

import pytest

from sas.lrm.envelopes import Ack, HubError
from sas.lrm.models import HubReceipt, Message
from sas.lrm.outbox import enqueue
from sas.lrm.returns import record_return
from tests.lrm.told import AT, SAMU_59, SAMU_62, lrm, queued, told

pytestmark = pytest.mark.django_db
HUB = "fr.health.hub"


def published(message: Message) -> Message:
    message.state, message.published_at = Message.State.PUBLISHED, AT
    message.save()
    return message


def acked(message: Message, sender: str = SAMU_59, own: str = "") -> bool:
    return record_return(Ack(own or f"{sender}_{uuid4()}", sender, message.uuid), at=AT)


def failed(uuid: UUID | None, code: int | None, sender: str = HUB) -> bool:
    return record_return(HubError(f"{sender}_{uuid4()}", sender, uuid, code, "cause"), at=AT)


def test_an_acknowledgement_delivered_twice_counts_once() -> None:
    message = published(queued(lrm()))
    assert [acked(message, own="x_1"), acked(message, own="x_1")] == [True, False]
    message.refresh_from_db()
    assert (message.state, message.answered_at) == ("acknowledged", AT)
    assert HubReceipt.objects.count() == 1


def test_an_acknowledgement_that_overtakes_the_relay_is_kept() -> None:
    message = queued(lrm())
    acked(message)
    message.refresh_from_db()
    assert (message.state, message.published_at) == ("acknowledged", AT)


@pytest.mark.parametrize("sender", [SAMU_62, "", "fr.health.nobody"])
def test_another_samu_cannot_answer_for_this_one(sender: str) -> None:
    message = published(queued(lrm()))
    acked(message, sender)
    failed(message.uuid, 300, sender)
    message.refresh_from_db()
    assert message.state == "published"
    assert HubReceipt.objects.filter(refers_to=None).count() == 2


def test_an_answer_about_nothing_of_ours_is_kept_without_effect() -> None:
    assert failed(uuid4(), 300)
    assert failed(None, None)
    assert HubReceipt.objects.count() == 2


def test_what_expired_after_a_later_snapshot_is_not_sent_again() -> None:
    samu, each = lrm(), told()
    first = enqueue(each, territory_id=samu.territory_id, origin="", at=AT)
    assert first is not None
    enqueue(told(subject=each.subject, status="cancelled"), territory_id=samu.territory_id, origin="", at=AT)
    failed(published(first).uuid, 500)
    first.refresh_from_db()
    assert (first.state, first.needs_hand) == ("expired", False)
    assert Message.objects.count() == 2  # an old state never comes after a new one


def test_when_a_creation_and_its_change_expired_unread_what_leaves_again_creates() -> None:
    samu, each = lrm(), told()
    first = enqueue(each, territory_id=samu.territory_id, origin="", at=AT)
    change = enqueue(told(subject=each.subject, status="cancelled"), territory_id=samu.territory_id, origin="", at=AT)
    assert first is not None
    assert change is not None
    failed(published(first).uuid, 500)
    failed(published(change).uuid, 500)
    again = Message.objects.get(rank=3)
    assert (again.payload["method"], again.payload["status"]) == ("CreateAppointment", "cancelled")


def test_a_chain_of_expiries_ends_with_somebody() -> None:
    queued(lrm())
    for _ in range(6):
        waiting = Message.objects.filter(state="waiting").first()
        if waiting is not None:
            failed(published(waiting).uuid, 500)
    states = list(Message.objects.order_by("rank").values_list("state", "needs_hand"))
    assert states == [("expired", False)] * 3 + [("expired", True)]


def test_a_conflict_on_the_update_that_followed_a_conflict_asks_for_somebody() -> None:
    first = published(queued(lrm()))
    failed(first.uuid, 409, SAMU_59)
    again = Message.objects.get(replaces=first)
    assert again.payload["method"] == "UpdateAppointment"
    failed(published(again).uuid, 409, SAMU_59)
    again.refresh_from_db()
    assert (again.state, again.needs_hand) == ("refused", True)
    assert Message.objects.count() == 2
