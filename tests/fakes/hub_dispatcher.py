"""The Hub’s dispatcher and the LRMs of SAMUs, on a broker of `tests.fakes.rabbitmq`: in a thread, on a loop of its own.

The dispatcher applies `hub_checks` and routes. An LRM keeps one effect by `distributionID`, and answers as it is told:
`ack`, `refuse` (RC-REF refused), `conflict` (409), `error` (700), or not at all (`silent`).
"""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage
from aiormq.exceptions import AMQPError, DeliveryError

from tests.fakes.hub_checks import Refusal, check
from tests.fakes.rabbitmq import DISPATCHER, HASTY, LRMS, RabbitMq

GONE = (AMQPError, OSError, RuntimeError, TimeoutError)


class HubDispatcher:
    """`start` when the broker runs; it comes back by itself when the broker does."""

    def __init__(self, broker: RabbitMq) -> None:
        self._broker = broker
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._work: Future[None] | None = None
        self.behaviours: dict[str, str] = {}
        self.forget()

    def forget(self) -> None:
        """What happened so far, and how LRMs behave."""
        self.behaviours.clear()
        self.dispatched: Counter[str] = Counter()
        self.refused: list[tuple[str, int]] = []
        self.delivered: Counter[str] = Counter()
        self.effects: dict[str, dict[str, Any]] = {}

    def told(self, subject: object) -> list[dict[str, Any]]:
        """Appointments of this orientation that took effect at an LRM, in order."""
        return [each for each in self.effects.values() if each["appointmentId"] == str(subject)]

    def start(self) -> None:
        """Dispatches from now on."""
        self._thread.start()
        self._work = asyncio.run_coroutine_threadsafe(self._serve(), self._loop)

    def close(self) -> None:
        """Stops, its thread too."""
        assert self._work is not None
        self._work.cancel()
        asyncio.run_coroutine_threadsafe(self._quiet(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def post(self, body: bytes, *, routing_key: str, user: str, **properties: Any) -> None:
        """Publish anything to the Hub, or straight into `distribution` as the Hub itself (`user` the dispatcher)."""
        asyncio.run_coroutine_threadsafe(self._post(body, routing_key, user, properties), self._loop).result(20)

    async def _post(self, body: bytes, routing_key: str, user: str, properties: dict[str, Any]) -> None:
        async with await aio_pika.connect(self._broker.url(user)) as connection:
            channel = await connection.channel(on_return_raises=True)
            name = "distribution" if user == DISPATCHER else "hubsante"
            exchange = await channel.get_exchange(name, ensure=False)
            told: dict[str, Any] = {"content_type": "application/json", "delivery_mode": 2} | properties
            await exchange.publish(aio_pika.Message(body, **told), routing_key)

    async def _quiet(self) -> None:
        current = asyncio.current_task()
        others = {task for task in asyncio.all_tasks() if task is not current}
        while others:  # a connection that says goodbye to a broker which is gone has to be told twice
            for task in others:
                task.cancel()
            _, others = await asyncio.wait(others, timeout=1)

    async def _serve(self) -> None:
        while True:
            try:
                await self._one_connection()
            except GONE:
                await asyncio.sleep(0.1)

    async def _one_connection(self) -> None:
        async with await aio_pika.connect(self._broker.url(DISPATCHER), timeout=10) as connection:
            gone = asyncio.get_running_loop().create_future()
            connection.close_callbacks.add(lambda *_: None if gone.done() else gone.set_exception(ConnectionError()))
            channel = await connection.channel(on_return_raises=True)
            await channel.set_qos(prefetch_count=100)
            exchange = await channel.get_exchange("distribution", ensure=False)
            await self._consume(channel, "dispatch", self._dispatcher(exchange))
            await self._consume(channel, "dispatch.dlq", self._mortician(exchange))
            for lrm in LRMS:
                if lrm != HASTY:
                    await self._consume(channel, f"{lrm}.message", self._lrm(lrm, exchange))
            await gone

    async def _consume(
        self, channel: AbstractChannel, name: str, handle: Callable[[AbstractIncomingMessage], Awaitable[None]]
    ) -> None:
        async def handled(message: AbstractIncomingMessage) -> None:
            try:
                await handle(message)
                await message.ack()
            except GONE:
                pass  # the broker is away: it gives the message again when it is back

        await (await channel.get_queue(name, ensure=False)).consume(handled)

    def _dispatcher(self, exchange: AbstractExchange) -> Callable[[AbstractIncomingMessage], Awaitable[None]]:
        async def dispatch(message: AbstractIncomingMessage) -> None:
            sender = message.routing_key or ""
            persistent = message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
            told: dict[str, Any] = {"persistent": persistent, "routing_key": sender, "now": datetime.now(UTC)}
            identifier, outcome = check(message.body, content_type=message.content_type, **told)
            self.dispatched[identifier] += 1
            if not isinstance(outcome, Refusal):
                try:
                    life = max(outcome.life.total_seconds(), 0.001) if outcome.life else None
                    await exchange.publish(_message(message.body, life), outcome.queue, mandatory=True)
                    return
                except DeliveryError:
                    cause = f"unable do deliver message to {outcome.queue}, cause was NO_ROUTE (312)"
                    outcome = Refusal(501, "UNROUTABLE_MESSAGE", cause)
            await self._refuse(exchange, sender, identifier, outcome)

        return dispatch

    def _mortician(self, exchange: AbstractExchange) -> Callable[[AbstractIncomingMessage], Awaitable[None]]:
        async def bury(message: AbstractIncomingMessage) -> None:
            try:
                envelope = json.loads(message.body)
            except ValueError:
                return
            identifier = envelope["distributionID"]
            cause = f"Message {identifier} has been read from dead-letter-queue; reason was expired"
            refusal = Refusal(500, "DEAD_LETTER_QUEUED", cause)
            await self._refuse(exchange, envelope["senderID"], identifier, refusal)

        return bury

    async def _refuse(self, exchange: AbstractExchange, to: str, identifier: str, refusal: Refusal) -> None:
        self.refused.append((identifier, refusal.code))
        code = {"statusCode": refusal.code, "statusString": refusal.name}
        error = {"errorCode": code, "errorCause": refusal.cause, "sourceMessage": {}}
        body = envelope(DISPATCHER, to, "Error", {"error": error | {"referencedDistributionID": identifier}})
        await exchange.publish(_message(body), f"{to}.info")

    def _lrm(self, name: str, exchange: AbstractExchange) -> Callable[[AbstractIncomingMessage], Awaitable[None]]:
        async def receive(message: AbstractIncomingMessage) -> None:
            received = json.loads(message.body)
            identifier, to = received["distributionID"], received["senderID"]
            appointment = received["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["appointment"]
            self.delivered[identifier] += 1
            behaviour = self.behaviours.get(name, "ack")
            if behaviour == "conflict" and appointment["method"] == "UpdateAppointment":
                behaviour = "ack"
            if behaviour == "ack":
                self.effects.setdefault(identifier, appointment)
            answer = _answer(name, to, identifier, behaviour)
            if answer is not None:
                await exchange.publish(_message(answer[1]), f"{to}.{answer[0]}")

        return receive


def _answer(name: str, to: str, identifier: str, behaviour: str) -> tuple[str, bytes] | None:
    if behaviour == "ack":
        return "ack", ack(name, to, identifier)
    if behaviour == "refuse":
        return "ack", ack(name, to, identifier, refused=True)
    codes = {"conflict": (409, "CONFLICT"), "error": (700, "INTERNAL_CLIENT_ERROR"), "odd": (999, "NEVER_SEEN")}
    if behaviour in codes:
        return "info", error(name, to, identifier, *codes[behaviour])
    return None


def ack(name: str, to: str, identifier: str, *, refused: bool = False) -> bytes:
    """An RC-REF about `identifier`."""
    own = f"{name}_{uuid4()}"
    actors = {"sender": {"name": name, "URI": f"hubex:{name}"}, "recipient": [{"name": to, "URI": f"hubex:{to}"}]}
    reference: dict[str, Any] = {"distributionID": identifier} | ({"refused": True} if refused else {})
    header = {"messageId": own, "sentAt": _now(), "kind": "Ack", "status": "Actual", **actors}
    return envelope(name, to, "Ack", {**header, "reference": reference}, own=own)


def error(name: str, to: str, identifier: str, code: int, text: str) -> bytes:
    """An RS-ERROR about `identifier`."""
    known = {"errorCode": {"statusCode": code, "statusString": text}, "errorCause": "Impossible de créer ce RDV"}
    return envelope(name, to, "Error", {"error": known | {"referencedDistributionID": identifier}})


def envelope(sender: str, to: str, kind: str, message: dict[str, Any], *, own: str = "") -> bytes:
    """An EDXL-DE envelope."""
    return json.dumps(
        {
            "distributionID": own or f"{sender}_{uuid4()}",
            "senderID": sender,
            "dateTimeSent": _now(),
            "dateTimeExpires": _now(timedelta(days=1)),
            "distributionStatus": "Actual",
            "distributionKind": kind,
            "descriptor": {
                "language": "fr-FR",
                "explicitAddress": {"explicitAddressScheme": "hubex", "explicitAddressValue": to},
            },
            "content": [{"jsonContent": {"embeddedJsonContent": {"message": message}}}],
        }
    ).encode()


def _now(later: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) + later).replace(microsecond=0).isoformat()


def _message(body: bytes, life: float | None = None) -> aio_pika.Message:
    return aio_pika.Message(body, content_type="application/json", delivery_mode=2, expiration=life)
