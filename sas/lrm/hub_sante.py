"""The Hub Santé: AMQP 0-9-1, mutual TLS, publisher confirms, our two queues (hub-and-lrm.md §1).

Nothing is declared there, our rights do not allow it. Whatever goes wrong is `HubLost`, with a French sentence.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aiormq import exceptions as amqp
from pamqp.exceptions import PAMQPException
from yarl import URL

EXCHANGE = "hubsante"
CONTENT_TYPE = "application/json"
CONNECT_SECONDS = 10.0
HEARTBEAT_SECONDS = 30
PREFETCH = 50
"""Returns in hand at once: each is written before it is acknowledged."""


BROKEN = (amqp.AMQPError, PAMQPException, OSError, TimeoutError, RuntimeError, ValueError)
"""All that the libraries below raise when the Hub, the network or a setting is at fault."""


Receiver = Callable[[AbstractIncomingMessage], Awaitable[Any]]


class HubSettings(Protocol):
    """What `config.environment.Hub` holds."""

    @property
    def url(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def certificate(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def authorities(self) -> str: ...
    @property
    def message_life(self) -> timedelta: ...


class HubLost(Exception):  # noqa: N818 — an outcome, not a fault of ours
    """The Hub cannot be reached, refuses us, or went away; the message (French) says which. Everything waits."""


class NotKept(Exception):  # noqa: N818 — an outcome of one message
    """The broker did not keep this message; the others may pass."""


@dataclass
class Broker:
    """An open connection. `lost` is set, with its reason, when the Hub closes it or one of its channels."""

    exchange: AbstractExchange
    client_id: str
    lost: "asyncio.Future[None]"

    async def publish(self, body: bytes) -> None:
        """Returns when the broker keeps the message. Raises `NotKept`, or `HubLost`."""
        message = aio_pika.Message(
            body, content_type=CONTENT_TYPE, delivery_mode=aio_pika.DeliveryMode.PERSISTENT, priority=0
        )
        try:
            await self.exchange.publish(message, self.client_id, mandatory=True)
        except amqp.DeliveryError:
            raise NotKept("le Hub n’a pas gardé le message") from None
        except BROKEN as error:
            raise HubLost(sentence(error)) from error


@asynccontextmanager
async def connected(hub: HubSettings, received: Receiver) -> AsyncIterator[Broker]:
    """Connected, with confirms, `received` being called with what comes by `.ack` and `.info`."""
    try:
        connection = await aio_pika.connect(_address(hub), ssl_context=_tls(hub), timeout=CONNECT_SECONDS)
    except BROKEN as error:
        raise HubLost(sentence(error)) from error
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def lose(_: Any, error: BaseException | None = None) -> None:
        if not lost.done():
            lost.set_exception(HubLost(sentence(error)))
            lost.exception()  # seen: whoever waits for it raises it

    connection.close_callbacks.add(lose)
    try:
        yield Broker(await _channels(connection, hub.client_id, received, lose), hub.client_id, lost)
    finally:
        await _close(connection)


async def _channels(
    connection: AbstractConnection, client_id: str, received: Receiver, lose: Callable[..., None]
) -> AbstractExchange:
    """One channel to publish, one to receive: what the Hub closes on one says nothing of the other."""
    try:
        publishing = await connection.channel(publisher_confirms=True, on_return_raises=True)
        publishing.close_callbacks.add(lose)
        receiving = await connection.channel(publisher_confirms=False)
        receiving.close_callbacks.add(lose)
        await receiving.set_qos(prefetch_count=PREFETCH)
        for kind in ("ack", "info"):
            queue = await receiving.get_queue(f"{client_id}.{kind}", ensure=True)
            await queue.consume(received)
        return await publishing.get_exchange(EXCHANGE, ensure=False)
    except BROKEN as error:
        raise HubLost(sentence(error)) from error


async def _close(connection: AbstractConnection) -> None:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await connection.close()
    except BROKEN:
        pass  # it was gone already


def _address(hub: HubSettings) -> URL:
    url = URL(hub.url).update_query(heartbeat=str(HEARTBEAT_SECONDS))
    return url.update_query(auth="EXTERNAL") if url.scheme == "amqps" else url


def _tls(hub: HubSettings) -> ssl.SSLContext | None:
    if not hub.url.startswith("amqps:"):
        return None
    context = ssl.create_default_context(cafile=hub.authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(hub.certificate, hub.key)
    return context


def sentence(error: BaseException | None) -> str:
    """Why we are not connected, for operators. The address, which may hold a password, is never quoted."""
    while error is not None:
        said = _said(error)
        if said:
            return said
        error = error.__cause__ or error.__context__
    return "la connexion au Hub est coupée"


def _said(error: BaseException) -> str:
    match error:
        case amqp.ProbableAuthenticationError() | amqp.AuthenticationError():
            return "le Hub ne reconnaît pas notre certificat ou notre mot de passe"
        case amqp.ConnectionNotAllowed() | PAMQPException():
            return "le Hub nous refuse l’espace (vhost) de HUB_URL"
        case amqp.ChannelAccessRefused():
            return "le Hub nous refuse l’accès : HUB_CLIENT_ID n’est pas le nom qu’il connaît à ce certificat"
        case amqp.ChannelNotFoundEntity():
            return "les files de HUB_CLIENT_ID n’existent pas dans cet espace (vhost) du Hub"
        case ssl.SSLError():
            return "la connexion TLS au Hub échoue : vérifiez HUB_CERT, HUB_KEY et HUB_CA"
        case TimeoutError():
            return "le Hub ne répond pas à temps"
        case ConnectionRefusedError():
            return "personne ne répond à l’adresse de HUB_URL"
        case _:
            return ""
