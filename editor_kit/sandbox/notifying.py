"""Telling the platform of appointments (INT_R03): a queue in memory, tried again until the platform answers.

The messages of one appointment leave one after the other, in the order of what happened: an update never overtakes
the creation. A message is a snapshot: tried again, it is the same bytes, which the platform takes for the same
(interop.md §1.5.3). What the platform refuses (4xx) is not tried again, but for 408 and 429.
"""

import asyncio
import contextlib
import logging
import random
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import aiohttp
import msgspec
from aiohttp import hdrs
from yarl import URL

from editor_kit.sandbox.appointments import appointment_body, appointment_query
from editor_kit.sandbox.reservations import Reservation
from sas.fhir.systems import FHIR_JSON

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 600.0
TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)
AT_ONCE = 4
"""Messages under way, whatever the number of appointments."""

FLUSH_SECONDS = 2.0
"""How long a sandbox that stops still tries."""

MESSAGES_KEPT = 20_000
_TRIED_AGAIN = frozenset({408, 429})
_LONGEST_ANSWER = 64 * 1024
_LONGEST_REASON = 400

Sleep = Callable[[float], Awaitable[None]]


class Standing(StrEnum):
    """How far a message went."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"


class Message(msgspec.Struct):
    """One message, in order of `rank`. `answer` is the last status received (0: none), `said` what came with it."""

    rank: int
    method: str
    value: str
    status: str
    body: bytes
    standing: Standing = Standing.WAITING
    attempts: int = 0
    answer: int = 0
    said: str = ""


class Notifier:
    """The messages of one sandbox. `base_url` is the platform's, `system` that of the sandbox's identifiers."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        base_url: str,
        token: str,
        system: str,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.system = system
        self.journal: deque[Message] = deque(maxlen=MESSAGES_KEPT)
        self._http = http
        self._headers = {
            hdrs.AUTHORIZATION: f"Bearer {token}",
            hdrs.CONTENT_TYPE: FHIR_JSON,
            hdrs.ACCEPT: FHIR_JSON,
        }
        self._sleep = sleep
        self._now = now
        self._rank = 0
        self._pending: dict[str, deque[Message]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._latest: dict[str, Message] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._closing = asyncio.Event()
        self._tried = asyncio.Event()

    def tell(self, made: Reservation) -> None:
        """Put the present state of a reservation in the queue: created the first time, updated afterwards.

        A reservation without an operator cannot be told (the profile requires one).
        """
        if made.operator is None:
            return
        self._rank += 1
        body = appointment_body(made, made.operator, system=self.system)
        method = hdrs.METH_PUT if made.told else hdrs.METH_POST
        message = Message(self._rank, method, made.value, made.status.value, body)
        made.told = True
        self.journal.append(message)
        self._latest[made.value] = message
        while len(self._latest) > MESSAGES_KEPT:
            del self._latest[next(iter(self._latest))]
        self._pending.setdefault(made.value, deque()).append(message)
        if made.value not in self._tasks:
            self._tasks[made.value] = asyncio.create_task(self._send_all(made.value))

    def latest(self, made: Reservation) -> Message | None:
        """The last message about a reservation."""
        return self._latest.get(made.value)

    async def first_answer(self, made: Reservation, *, within: float) -> None:
        """Wait until the last message about a reservation was tried, for so many seconds at most."""
        message = self.latest(made)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while message is not None and message.standing is Standing.WAITING and not message.said:
                    await self._tried.wait()

    def counts(self) -> Counter[str]:
        """How many messages of the journal stand where."""
        return Counter(message.standing.value for message in self.journal)

    def report(self) -> dict[str, Any]:
        """What `GET /_sandbox/notifications` shows; never the token."""
        shown = [
            {name: value for name, value in msgspec.structs.asdict(message).items() if name != "body"}
            for message in tuple(self.journal)
        ]
        return {"url": self.base_url, "system": self.system, "journal": shown}

    async def close(self) -> None:
        """Try what is left once more, for `FLUSH_SECONDS` at most, then forget it."""
        self._closing.set()
        if tasks := list(self._tasks.values()):
            await asyncio.wait(tasks, timeout=FLUSH_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if lost := self.counts()[Standing.WAITING]:
            logger.warning("%d message(s) to the platform never left", lost)

    async def _send_all(self, value: str) -> None:
        """Send the messages of one appointment, in order, until there is none left."""
        pending = self._pending[value]
        try:
            while pending:
                if not await self._deliver(pending[0]):
                    return  # closing
                pending.popleft()
        finally:
            del self._tasks[value], self._pending[value]

    async def _deliver(self, message: Message) -> bool:
        """Try until the platform took it or refused it; False when the sandbox stops first."""
        pause = FIRST_PAUSE
        while True:
            last = self._closing.is_set()
            async with self._at_once:
                asked = await self._try(message)
            self._tried.set()  # whoever waits looks again; the next ones wait for the next try
            self._tried = asyncio.Event()
            if message.standing is not Standing.WAITING:
                return True
            if last:
                return False
            # Full jitter above the half: sandboxes that failed together do not come back together.
            drawn = pause * (0.5 + random.random() / 2)
            await self._pause(min(drawn if asked is None else max(drawn, asked), LONGEST_PAUSE))
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _try(self, message: Message) -> float | None:
        """Send once, and write down what was answered; the seconds to wait that the platform asked for, if it did."""
        message.attempts += 1
        update = message.method == hdrs.METH_PUT
        path = appointment_query(self.system, message.value) if update else "Appointment"
        url = URL(f"{self.base_url}/{path}", encoded=True)
        try:
            async with self._http.request(
                message.method, url, data=message.body, headers=self._headers, allow_redirects=False
            ) as answer:
                message.answer = answer.status
                reason = _reason(await _read(answer))
                if answer.status in (200, 201):
                    message.standing, message.said = Standing.SENT, ""
                    return None
                message.said = reason or f"La plateforme a répondu {answer.status}, sans dire pourquoi."
                if answer.status < 500 and answer.status not in _TRIED_AGAIN:
                    message.standing = Standing.REFUSED
                return self._asked(answer.headers.get(hdrs.RETRY_AFTER, ""))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            message.answer = 0
            message.said = f"La plateforme ne répond pas ({type(error).__name__})."
            return None

    async def _pause(self, seconds: float) -> None:
        """Wait, less when the sandbox stops."""
        waits = {asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._closing.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _asked(self, told: str) -> float | None:
        """`Retry-After`: seconds, or a date."""
        told = told.strip()
        if told.isascii() and told.isdecimal():
            return float(told[:9])
        try:
            until = parsedate_to_datetime(told)
        except ValueError:
            return None
        return (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - self._now().timestamp()


@asynccontextmanager
async def running_notifier(
    *, base_url: str, token: str, system: str, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[Notifier]:
    """A notifier until the block ends; what is waiting then has a last chance."""
    # No proxy: what the environment says of one does not concern this exchange.
    async with aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as http:
        notifier = Notifier(http, base_url=base_url, token=token, system=system, sleep=sleep)
        try:
            yield notifier
        finally:
            await notifier.close()


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """What was answered, as far as it is needed."""
    read = b""
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        while len(read) < _LONGEST_ANSWER and (part := await answer.content.read(_LONGEST_ANSWER)):
            read += part
    return read


class _Issue(msgspec.Struct):
    diagnostics: str = ""
    expression: list[str] = msgspec.field(default_factory=list)


class _Outcome(msgspec.Struct):
    issue: list[_Issue] = msgspec.field(default_factory=list)


def _reason(body: bytes) -> str:
    """What an OperationOutcome says, with the element concerned."""
    try:
        told = msgspec.json.decode(body, type=_Outcome).issue
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    parts = (f"{issue.diagnostics} ({', '.join(issue.expression)})" if issue.expression else issue.diagnostics
             for issue in told)  # fmt: skip
    return " ".join(part for part in parts if part)[:_LONGEST_REASON]
