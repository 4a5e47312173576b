"""An editor that misbehaves on request: a raw loopback server, so that every byte and every silence is ours to choose.

A *behaviour* is a coroutine that receives a `Call` and writes what it likes. Nothing here sleeps: an editor that must
be slow waits for an event that the test sets, or for ever.
"""

import asyncio
import contextlib
import gzip
import json
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from urllib.parse import unquote

IDNPS = "urn:oid:1.2.250.1.71.4.2.1"


@dataclass
class Call:
    """One request as received, and the connection to answer on."""

    editor: "HostileEditor"
    target: str
    headers: dict[str, str]
    writer: asyncio.StreamWriter

    @property
    def ids(self) -> list[str]:
        """The national ids that this call asks about."""
        _, _, rest = self.target.partition("schedule.actor:Practitioner.identifier=")
        return [unquote(item).rpartition("|")[2] for item in rest.partition("&")[0].split(",") if item]

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(
        self, body: bytes, *, status: int = 200, content_type: str = "application/fhir+json", headers: str = ""
    ) -> None:
        """A complete HTTP answer; `headers` are whole lines ending in CRLF."""
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        await self.send(head.encode() + body)


Behaviour = Callable[[Call], Awaitable[None]]


class HostileEditor:
    """`async with HostileEditor(behaviour) as editor:` then `editor.base_url`.

    `calls`: what was received. `arrived`: set at the first call. `hung_up`: set when a caller leaves before its answer.
    `release`: behaviours that hold wait for it. `most_at_once`: peak of simultaneous calls.
    """

    def __init__(self, behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> None:
        self.behaviour = behaviour
        self.calls: list[Call] = []
        self.arrived = asyncio.Event()
        self.hung_up = asyncio.Event()
        self.release = asyncio.Event()
        self.connections = 0
        self.at_once = 0
        self.most_at_once = 0
        self.base_url = ""
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrivals: list[tuple[int, asyncio.Event]] = []

    @property
    def asked(self) -> list[str]:
        """Every id ever asked, in order, repeated if asked twice."""
        return [national_id for call in self.calls for national_id in call.ids]

    async def has_received(self, count: int) -> None:
        """Waits for that many calls."""
        if len(self.calls) < count:
            event = asyncio.Event()
            self._arrivals.append((count, event))
            await event.wait()

    async def __aenter__(self) -> "HostileEditor":
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}/fhir"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            taken = b""
            while not writer.is_closing():
                head = (taken + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                taken = await self._one(head, reader, writer)
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()

    async def _one(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        line, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (item.partition(":") for item in lines if item)}
        call = Call(self, line.split(" ")[1], headers, writer)
        self.calls.append(call)
        self.arrived.set()
        for count, event in self._arrivals:
            if len(self.calls) >= count:
                event.set()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        answering = asyncio.ensure_future(self.behaviour(call))
        leaving = asyncio.ensure_future(reader.read(1))  # an end: the caller left; a byte: its next call
        try:
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
            else:
                self.hung_up.set()
                writer.close()
        finally:
            self.at_once -= 1
            for task in (answering, leaving):
                task.cancel()
            _, taken = await asyncio.gather(answering, leaving, return_exceptions=True)
        return taken if isinstance(taken, bytes) else b""


def bundle(
    ids: Iterable[str], *, first: datetime, each: int = 1, next_url: str | None = None, step: timedelta | None = None
) -> bytes:
    """A small conformant search set: `each` slots per id from `first`, every 15 minutes."""
    entries: list[dict[str, object]] = []
    for national_id in ids:
        entries += _resources(national_id, first, each, step or timedelta(minutes=15))
    slots = sum(entry["search"] == {"mode": "match"} for entry in entries)
    links = [{"relation": "self", "url": "urn:self"}]
    if next_url is not None:
        links.append({"relation": "next", "url": next_url})
    body = {"resourceType": "Bundle", "type": "searchset", "total": slots, "link": links, "entry": entries}
    return json.dumps(body).encode()


def _resources(national_id: str, first: datetime, each: int, step: timedelta) -> Iterable[dict[str, object]]:
    def entry(mode: str, resource: dict[str, object]) -> dict[str, object]:
        url = f"http://editor.example/fhir/{resource['resourceType']}/{resource['id']}"
        return {"fullUrl": url, "resource": resource, "search": {"mode": mode}}

    reference = f"Practitioner/{national_id}"
    identifier = {"type": {"coding": [{"code": "IDNPS"}]}, "system": IDNPS, "value": national_id}
    yield entry("include", {"resourceType": "Practitioner", "id": national_id, "identifier": [identifier]})
    actor = [{"reference": reference}]
    yield entry("include", {"resourceType": "Schedule", "id": f"s{national_id}", "actor": actor})
    for rank in range(each):
        start = first + rank * step
        yield entry(
            "match",
            {
                "resourceType": "Slot",
                "id": f"{national_id}-{rank}",
                "schedule": {"reference": f"Schedule/s{national_id}"},
                "status": "free",
                "start": start.isoformat(timespec="milliseconds"),
                "end": (start + step).isoformat(timespec="milliseconds"),
                "comment": f"https://editor.example/book/{national_id}?rank={rank}",
                "meta": {"security": [{"system": "https://x", "code": "PUBLIC"}]},
                "appointmentType": {"coding": [{"code": "ROUTINE"}]},
            },
        )


def answers_slots(first: datetime, each: int = 1) -> Behaviour:
    """Answers at once, `each` slots per id asked."""

    async def behave(call: Call) -> None:
        await call.answer(bundle(call.ids, first=first, each=each))

    return behave


def waits_then(behaviour: Behaviour) -> Behaviour:
    """Answers when the test sets `editor.release`."""

    async def behave(call: Call) -> None:
        await call.editor.release.wait()
        await behaviour(call)

    return behave


async def never_answers(call: Call) -> None:
    """Accepts and stays silent."""
    await asyncio.Event().wait()


async def hangs_up(call: Call) -> None:
    """Closes the connection without a word."""
    call.writer.close()


def stops_mid_body(body: bytes) -> Behaviour:
    """Announces the whole body, sends half, closes."""

    async def behave(call: Call) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n"
        await call.send(head.encode() + body[: len(body) // 2])
        call.writer.close()

    return behave


async def drips(call: Call) -> None:
    """Starts a long body, one byte, and will not be done before anybody's patience is."""
    await call.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000000\r\n\r\n{")
    await asyncio.Event().wait()


def says(
    body: bytes, *, status: int = 200, content_type: str = "application/fhir+json", headers: str = ""
) -> Behaviour:
    """Always the same answer."""

    async def behave(call: Call) -> None:
        await call.answer(body, status=status, content_type=content_type, headers=headers)

    return behave


def redirects_to(location: Callable[[Call], str], status: int = 302) -> Behaviour:
    """Sends the caller elsewhere, always."""

    async def behave(call: Call) -> None:
        await call.answer(b"", status=status, headers=f"Location: {location(call)}\r\n")

    return behave


def pours(megabytes: int, *, announced: bool) -> Behaviour:
    """A body of that size made of blanks, with or without Content-Length; never ends well before."""

    async def behave(call: Call) -> None:
        block = b" " * 1_000_000
        framing = f"Content-Length: {megabytes * len(block)}" if announced else "Transfer-Encoding: chunked"
        await call.send(f"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n{framing}\r\n\r\n".encode())
        for _ in range(megabytes):
            await call.send(block if announced else b"%x\r\n%s\r\n" % (len(block), block))
        if not announced:
            await call.send(b"0\r\n\r\n")

    return behave


def gzipped(body: bytes) -> Behaviour:
    """The body, compressed."""
    return says(gzip.compress(body), headers="Content-Encoding: gzip\r\n")


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """The first call gets the first behaviour, and so on; the last one stays."""
    served: list[Call] = []

    async def behave(call: Call) -> None:
        served.append(call)
        await behaviours[min(len(served), len(behaviours)) - 1](call)

    return behave
