"""From a row that waits to the SAMU's acknowledgement, on a real RabbitMQ with the Hub's rights and checks."""

import gc
import json
import signal
import subprocess
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import trustme
from django.db import transaction
from django.utils import timezone

from sas.lrm import relay_rows
from sas.lrm.models import HubReceipt, Message, RelayBeat
from sas.lrm.outbox import enqueue
from tests.fakes.hub_dispatcher import HubDispatcher, ack
from tests.fakes.rabbitmq import DISPATCHER, HASTY, OTHER, SAS, RabbitMq
from tests.lrm.relaying import Settings, in_state, relay_process, running_relay, until
from tests.lrm.told import SAMU_59, lrm, queued, told

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("rabbitmq"),
    # The AMQP library forgets to close a connection whose TLS fails; it is collected where it is made.
    pytest.mark.filterwarnings("ignore:coroutine 'Connection.close' was never awaited:RuntimeWarning"),
]


def test_a_snapshot_reaches_the_samu_and_its_acknowledgement_comes_back(
    hub: HubDispatcher, settings_of_hub: Settings
) -> None:
    samu = lrm()
    with running_relay(settings_of_hub):
        until(lambda: RelayBeat.objects.filter(connected=True).exists())
        first = queued(samu)
        until(in_state("acknowledged", 1))
        change = told(subject=first.subject, status="cancelled")
        with transaction.atomic():
            enqueue(change, territory_id=samu.territory_id, origin="", at=timezone.now())
        until(in_state("acknowledged", 2))
    created, cancelled = hub.told(first.subject)
    assert (created["method"], created["status"]) == ("CreateAppointment", "booked")
    assert (cancelled["method"], cancelled["status"]) == ("UpdateAppointment", "cancelled")
    assert created["regulator"]["regulatorEmail"] == "alix.testeur@example.org"
    assert (hub.refused, set(hub.dispatched.values())) == ([], {1})
    first.refresh_from_db()
    assert first.published_at is not None
    assert first.answered_at is not None
    assert first.receipts.get().kind == HubReceipt.Kind.ACK
    assert not RelayBeat.objects.exists()  # it stopped of its own accord


def test_snapshots_of_one_orientation_leave_in_their_order_whatever_waits(
    hub: HubDispatcher, settings_of_hub: Settings
) -> None:
    samu, subjects = lrm(), [told() for _ in range(8)]
    for status in ("pending", "booked", "fulfilled"):
        for each in subjects:
            now = replace(each, status=status)
            enqueue(now, territory_id=samu.territory_id, origin="", at=timezone.now())
    with running_relay(settings_of_hub), running_relay(settings_of_hub):
        until(in_state("acknowledged", 24))
    for each in subjects:
        assert [one["status"] for one in hub.told(each.subject)] == ["pending", "booked", "fulfilled"]
    assert set(hub.delivered.values()) == {1}  # two relays at once, nothing sent twice


@pytest.mark.parametrize(
    ("behaviour", "code", "trouble"),
    [("error", 700, "erreur interne du LRM"), ("refuse", None, "ne dit pas pourquoi"), ("odd", 999, "code inconnu")],
)
def test_what_the_lrm_refuses_asks_for_somebody(
    hub: HubDispatcher, settings_of_hub: Settings, behaviour: str, code: int | None, trouble: str
) -> None:
    hub.behaviours[SAMU_59] = behaviour
    message = queued(lrm())
    with running_relay(settings_of_hub):
        until(in_state("refused", 1))
    message.refresh_from_db()
    assert (message.needs_hand, message.error_code) == (True, code)
    assert trouble in message.trouble
    assert Message.objects.count() == 1


def test_an_orientation_that_the_lrm_knows_already_is_sent_again_as_an_update(
    hub: HubDispatcher, settings_of_hub: Settings
) -> None:
    hub.behaviours[SAMU_59] = "conflict"
    first = queued(lrm())
    with running_relay(settings_of_hub):
        until(in_state("acknowledged", 1))
    refused, again = Message.objects.order_by("rank")
    assert (refused.state, refused.needs_hand, refused.error_code) == ("refused", False, 409)
    assert (again.replaces_id, again.payload["method"]) == (refused.pk, "UpdateAppointment")
    assert [each["method"] for each in hub.told(first.subject)] == ["UpdateAppointment"]


def test_a_recipient_that_the_hub_does_not_know_asks_for_somebody(
    hub: HubDispatcher, settings_of_hub: Settings
) -> None:
    message = queued(lrm(client="fr.health.samu000"))
    with running_relay(settings_of_hub):
        until(in_state("refused", 1))
    message.refresh_from_db()
    assert (message.error_code, message.needs_hand) == (501, True)
    assert "destinataire inconnu" in message.trouble
    assert "NO_ROUTE" in message.receipts.get().cause


def test_a_message_that_nobody_reads_is_sent_again_under_new_ids_then_given_up(
    hub: HubDispatcher, settings_of_hub: Settings
) -> None:
    message = queued(lrm(client=HASTY))
    with running_relay(settings_of_hub):
        until(lambda: Message.objects.filter(needs_hand=True).exists())
    states = list(Message.objects.order_by("rank").values_list("state", "needs_hand", "error_code"))
    assert states == [("expired", False, 500)] * 3 + [("expired", True, 500)]
    assert len(hub.dispatched) == 4
    assert {each.payload["appointmentId"] for each in Message.objects.all()} == {str(message.subject)}


def test_a_message_already_expired_at_the_hub_is_sent_again(hub: HubDispatcher, settings_of_hub: Settings) -> None:
    queued(lrm())
    with running_relay(replace(settings_of_hub, message_life=timedelta(seconds=-1))):
        until(lambda: Message.objects.filter(error_code=400).exists())
    with running_relay(settings_of_hub):
        until(in_state("acknowledged", 1))
    assert set(Message.objects.exclude(state="acknowledged").values_list("state", flat=True)) == {"expired"}


def test_a_returned_queue_entry_counts_once_and_rubbish_never_stops_the_relay(
    hub: HubDispatcher, settings_of_hub: Settings
) -> None:
    hub.behaviours[SAMU_59] = "silent"
    message = queued(lrm())
    known = HubReceipt.objects.count()
    with running_relay(settings_of_hub):
        until(in_state("published", 1))
        answer = ack(SAMU_59, SAS, f"{SAS}_{message.uuid}")
        foreign = ack("fr.health.samu620", SAS, f"{SAS}_{message.uuid}")
        for body in (b"\xff\x00", b"[]", foreign):
            hub.post(body, routing_key=f"{SAS}.info", user=DISPATCHER)
        until(lambda: HubReceipt.objects.filter(refers_to=None).exists())
        assert in_state("published", 1)()  # one SAMU does not answer for another
        for _ in range(3):
            hub.post(answer, routing_key=f"{SAS}.ack", user=DISPATCHER)
        until(in_state("acknowledged", 1))
        until(lambda: RelayBeat.objects.filter(unreadable=2).exists())
    assert message.receipts.count() == 1
    assert HubReceipt.objects.count() == known + 2


def test_a_wrong_client_id_sends_nothing_loses_nothing_and_says_so(hub: HubDispatcher, broker: RabbitMq) -> None:
    queued(lrm())
    with running_relay(Settings(broker.url(OTHER), SAS)):
        until(lambda: RelayBeat.objects.filter(trouble__contains="HUB_CLIENT_ID").exists())
    with running_relay(Settings(broker.url("fr.health.nobody"), SAS)):
        until(lambda: RelayBeat.objects.filter(trouble__contains="ne reconnaît pas").exists())
    with running_relay(Settings(broker.url(SAS).replace("15-sas", "15-nothing"), SAS)):
        until(lambda: RelayBeat.objects.filter(trouble__contains="vhost").exists())
    assert in_state("waiting", 1)()
    with running_relay(Settings(broker.url(SAS), SAS)):
        until(in_state("acknowledged", 1))
    assert sum(hub.dispatched.values()) == 1


def test_the_certificate_says_who_we_are(hub: HubDispatcher, broker: RabbitMq) -> None:
    chain, key = broker.certificate(SAS)
    right = Settings(broker.tls_url, SAS, chain, key, str(broker.ca))
    stranger = trustme.CA()
    false_chain, false_key = broker.certificate("fr.health.stranger", authority=stranger)
    queued(lrm())
    with running_relay(replace(right, certificate=false_chain, key=false_key)):
        until(lambda: RelayBeat.objects.filter(connected=False).exclude(trouble="connexion en cours").exists())
    gc.collect()
    assert in_state("waiting", 1)()
    with running_relay(right):
        until(in_state("acknowledged", 1))


def test_a_broker_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    hub: HubDispatcher, broker: RabbitMq, settings_of_hub: Settings
) -> None:
    samu = lrm()
    for _ in range(60):
        queued(samu)
    with running_relay(settings_of_hub):
        until(lambda: Message.objects.exclude(state="waiting").count() >= 20)
        broker.kill()
        for _ in range(20):
            queued(samu)  # nobody who orients notices
        until(lambda: RelayBeat.objects.filter(connected=False).exists())
        broker.start()
        until(in_state("acknowledged", 80))
    assert len(hub.effects) == 80
    assert set(hub.effects) == {f"{SAS}_{uuid}" for uuid in Message.objects.values_list("uuid", flat=True)}


def test_a_message_that_left_and_was_not_written_leaves_again_under_the_same_id(
    hub: HubDispatcher, settings_of_hub: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, faults = relay_rows.mark_published, [psycopg.OperationalError("gone")]

    async def mark(*given: Any, **named: Any) -> None:
        if faults:
            raise faults.pop()
        await known(*given, **named)

    monkeypatch.setattr(relay_rows, "mark_published", mark)
    hub.behaviours[SAMU_59] = "silent"
    message = queued(lrm())
    with running_relay(settings_of_hub):
        until(lambda: hub.delivered[f"{SAS}_{message.uuid}"] == 2)
        until(in_state("published", 1))
    assert len(hub.delivered) == 1


def kill_between_publishing_and_writing(process: "subprocess.Popen[bytes]", hub: HubDispatcher, after: int) -> None:
    until(lambda: sum(hub.dispatched.values()) >= after)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_killing_the_relay_again_and_again_sends_every_message_with_one_effect(
    hub: HubDispatcher, settings_of_hub: Settings
) -> None:
    samu = lrm()
    for _ in range(200):
        queued(samu)
    for after in (10, 100):
        with relay_process(settings_of_hub) as process:
            kill_between_publishing_and_writing(process, hub, after)
    with relay_process(settings_of_hub) as process:
        until(in_state("acknowledged", 200))
        process.terminate()
        assert process.wait(20) == 0
    assert len(hub.effects) == 200
    assert all(count >= 1 for count in hub.dispatched.values())
    assert json.dumps(sorted(hub.effects)) == json.dumps(
        sorted(f"{SAS}_{uuid}" for uuid in Message.objects.values_list("uuid", flat=True))
    )
