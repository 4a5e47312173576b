"""The relay: rows that wait → the Hub, what the Hub answers → rows. A process of its own (docs/adr/0016).

At least once, one effect: a message is published, then marked, under one row lock; killed in between, it is published
again with the same `distributionID`, which the LRM knows already. Whatever fails, the rows wait and the pages go on.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
import psycopg
from aio_pika.abc import AbstractIncomingMessage
from django.db import InterfaceError, OperationalError, connection

from sas.lrm import hub_sante, relay_rows
from sas.lrm.beats import beat, end_beats
from sas.lrm.envelopes import Unreadable, read_return, report
from sas.lrm.hub_sante import Broker, HubLost, HubSettings, NotKept
from sas.lrm.relay_rows import Claimed
from sas.lrm.returns import record_return

logger = logging.getLogger("sas.lrm")

DATABASE_LOST = "la base de données ne répond pas"
UNEXPECTED = "erreur inattendue, dans le journal du relais"
LOT_SECONDS = 20.0
"""A lot takes some tenths of a second; well within `relay_rows.HELD_FOR_SECONDS`."""

LONGEST_RETRY = timedelta(minutes=5)


@dataclass(frozen=True)
class Pace:
    """Seconds between two looks at the rows (they also wake the relay), two beats, two attempts to connect.

    A pump locks `lot` messages in one transaction and has `in_flight` of them on the way at once; with two `pumps`, one
    publishes while the other writes what left.
    """

    look: float = 1.0
    beat: float = 5.0
    least_backoff: float = 0.5
    most_backoff: float = 60.0
    lot: int = 128
    in_flight: int = 32
    pumps: int = 2


class Relay:
    """`run` until `stop`. Several may run at once: a row that one holds, the others leave."""

    def __init__(
        self, hub: HubSettings, *, clock: Callable[[], datetime], zone: ZoneInfo, pace: Pace | None = None
    ) -> None:
        self._hub, self._clock, self._zone, self._pace = hub, clock, zone, pace or Pace()
        self._id, self._started_at = uuid4(), clock()
        self._stopping, self._bells = False, set[asyncio.Event]()
        self._failures, self._connected, self._trouble = 0, False, "connexion en cours"
        self._published, self._unreadable = 0, 0
        self._fault: BaseException | None = None
        # A return may wait for the lot that holds its message: what says that we live does not wait behind it.
        self._returns, self._beats = ThreadPoolExecutor(1), ThreadPoolExecutor(1)

    def stop(self) -> None:
        """Finish what is in flight, then return from `run`."""
        self._stopping = True
        self._ring()

    async def run(self) -> None:
        """Relay until `stop`, whatever breaks meanwhile."""
        beating = asyncio.create_task(self._beat())
        try:
            while not self._stopping:
                await self._one_connection()
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await self._beaten(end_beats, relay=self._id)
            self._returns.shutdown()
            self._beats.shutdown()

    async def _one_connection(self) -> None:
        try:
            async with (
                relay_rows.connected() as ear,
                hub_sante.connected(self._hub, self._receive) as broker,
            ):
                self._fault, self._connected, self._trouble = None, True, ""
                logger.info("Relié au Hub Santé.")
                await self._until_lost(ear, broker)
                return
        except (HubLost, psycopg.Error, OSError) as error:
            self._trouble = str(error) if isinstance(error, HubLost) else DATABASE_LOST
        except Exception:
            self._trouble = UNEXPECTED
            logger.exception("Le relais recommence.")
        finally:
            self._connected = False
        self._failures += 1
        longest = min(self._pace.least_backoff * 2 ** min(self._failures, 20), self._pace.most_backoff)
        logger.warning("Non relié au Hub Santé : %s.", self._trouble)
        await self._pause(longest * random.uniform(0.5, 1))  # noqa: S311 — relays that fell together rise apart

    async def _until_lost(self, ear: psycopg.AsyncConnection, broker: Broker) -> None:
        """Pumps until the order to stop, or a fault: then each finishes its lot, and the fault is raised."""
        hearing = asyncio.create_task(relay_rows.listen(ear, self._ring))
        hearing.add_done_callback(self._end)
        broker.lost.add_done_callback(self._end)
        pumps = [asyncio.create_task(self._pump(broker)) for _ in range(self._pace.pumps)]
        for pump in pumps:
            pump.add_done_callback(self._end)
        await asyncio.gather(*pumps, return_exceptions=True)
        hearing.remove_done_callback(self._end)
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        if self._fault is not None:
            raise self._fault

    def _end(self, ended: "asyncio.Future[None]") -> None:
        """What should have gone on has ended: a fault, the first of which is kept."""
        if not ended.cancelled() and (error := ended.exception()) is not None:
            self._fault = self._fault or error
            self._ring()

    async def _pump(self, broker: Broker) -> None:
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            async with relay_rows.connected() as rows:
                while not self._stopping and self._fault is None:
                    bell.clear()
                    if not await self.publish_lot(rows, broker):
                        await _rung(bell, self._pace.look)
        finally:
            self._bells.discard(bell)

    def _ring(self) -> None:
        """Something may have to be done, or undone: whoever waits looks."""
        for bell in self._bells:
            bell.set()

    async def publish_lot(self, rows: psycopg.AsyncConnection, broker: Broker) -> int:
        """One transaction: lock, publish, mark. What the broker confirmed is marked even if the rest is lost."""
        async with rows.transaction():
            sent = self._clock()
            claimed = await relay_rows.claim(rows, most=self._pace.lot, now=sent)
            if not claimed:
                return 0
            expires = sent + self._hub.message_life
            outcomes = await self._published_or_not(broker, [self._envelope(each, sent, expires) for each in claimed])
            by_message = list(zip(claimed, outcomes, strict=True))
            kept = [each.id for each, outcome in by_message if outcome is None]
            await relay_rows.mark_published(rows, kept, at=sent, expires=expires)
            for each, outcome in by_message:
                if isinstance(outcome, NotKept):
                    again = sent + min(LONGEST_RETRY, timedelta(seconds=2 ** min(each.attempts, 10)))
                    await relay_rows.try_later(rows, each.id, again=again, trouble=str(outcome))
        self._published += len(kept)
        if kept:
            self._failures = 0
        for _, outcome in by_message:
            if outcome is not None and not isinstance(outcome, NotKept):
                raise outcome
        return len(claimed)

    async def _published_or_not(self, broker: Broker, bodies: list[bytes]) -> list[BaseException | None]:
        """One outcome by body, None when the broker keeps it. Once the Hub is lost, the rest is not tried."""
        outcomes: list[BaseException | None] = [HubLost("le Hub ne répond pas à temps") for _ in bodies]
        following = iter(enumerate(bodies))

        async def publish() -> None:
            for number, body in following:
                try:
                    await broker.publish(body)
                    outcomes[number] = None
                except NotKept as error:
                    outcomes[number] = error
                except HubLost as error:
                    outcomes[number] = error
                    return

        publishing = {asyncio.create_task(publish()) for _ in range(min(self._pace.in_flight, len(bodies)))}
        ended = asyncio.ensure_future(asyncio.wait(publishing, timeout=LOT_SECONDS))
        either: set[asyncio.Future[Any]] = {ended, broker.lost}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        for task in publishing:
            task.cancel()  # those that are done do not mind
        await asyncio.wait({ended}, timeout=1)
        for task in publishing:
            if task.done() and not task.cancelled() and (fault := task.exception()) is not None:
                raise fault  # not an outcome: a fault of ours
        return outcomes

    def _envelope(self, message: Claimed, sent: datetime, expires: datetime) -> bytes:
        return report(
            msgspec.Raw(message.payload.encode()),
            uuid=message.uuid,
            sender=self._hub.client_id,
            recipient=message.recipient,
            sent=sent,
            expires=expires,
            zone=self._zone,
        )

    async def _receive(self, message: AbstractIncomingMessage) -> None:
        """Written, then acknowledged: the broker gives again what we could not write."""
        answer = read_return(message.body)
        if isinstance(answer, Unreadable):
            self._unreadable += 1
            logger.warning("Retour du Hub illisible : %s.", answer.reason)
            await message.nack(requeue=False)
            return
        try:
            await _written(self._returns, record_return, answer, at=self._clock())
        except (OperationalError, InterfaceError):
            self._fault = HubLost(DATABASE_LOST)  # the connection is closed: what was not acknowledged comes back
            self._ring()
            return
        except Exception:
            self._unreadable += 1
            logger.exception("Retour du Hub impossible à écrire.")
            await message.nack(requeue=False)
            return
        await message.ack()

    async def _beat(self) -> None:
        while True:
            await self._beaten(
                beat,
                relay=self._id,
                started_at=self._started_at,
                connected=self._connected,
                trouble=self._trouble,
                published=self._published,
                unreadable=self._unreadable,
                at=self._clock(),
            )
            await asyncio.sleep(self._pace.beat)

    async def _beaten(self, write: Callable[..., None], **values: Any) -> None:
        try:
            await _written(self._beats, write, **values)
        except (OperationalError, InterfaceError):
            logger.warning("Battement du relais non écrit : %s.", DATABASE_LOST)

    async def _pause(self, seconds: float) -> None:
        """Only the order to stop ends it early."""
        bell = asyncio.Event()
        self._bells.add(bell)
        deadline = asyncio.get_running_loop().time() + seconds
        while not self._stopping and (left := deadline - asyncio.get_running_loop().time()) > 0:
            bell.clear()
            await _rung(bell, left)
        self._bells.discard(bell)


async def _rung(bell: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        pass


async def _written(thread: ThreadPoolExecutor, write: Callable[..., Any], *values: Any, **named: Any) -> None:
    """In that thread, on a connection that is given back."""

    def written() -> None:
        try:
            write(*values, **named)
        finally:
            connection.close()

    await asyncio.get_running_loop().run_in_executor(thread, written)
