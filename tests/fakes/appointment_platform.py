"""The platform's side of INT_R03, for editors under test: the decision table of interop.md §1.5.3, on loopback.

It reads what it receives as the platform does (`sas.fhir.appointments`); `tests/editor_kit/sandbox/test_platform.py`
asks both the same questions. `script` holds what to answer instead, one item a message, until it is empty: a status,
or `HANG_UP` (the connection is closed without an answer), or `LOST` (written, and the answer never leaves).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote

import msgspec
from aiohttp import hdrs, web

from sas.fhir.appointments import AppointmentFacts, Refused, receive_appointment

TOKEN = "sas_editor_of_the_tests"
HANG_UP, LOST = -1, -2


@dataclass
class Received:
    """One message: `facts` are None when it could not be read, `status` is 0 when no answer was given."""

    method: str
    query: str
    facts: AppointmentFacts | None
    status: int = 0


@dataclass
class Platform:
    """`base_url` is its FHIR base. `kept`: facts by (system, value), with the digest of the message."""

    base_url: str = ""
    received: list[Received] = field(default_factory=list)
    kept: dict[tuple[str, str], tuple[str, AppointmentFacts]] = field(default_factory=dict)
    script: deque[int] = field(default_factory=deque)
    headers: dict[str, str] = field(default_factory=dict)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def statuses(self) -> list[tuple[str, int]]:
        """What was received and answered, in order."""
        return [(message.method, message.status) for message in self.received]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One message."""
        await self.ready.wait()
        body = await request.read()
        query = unquote(request.raw_path.partition("?")[2])
        try:
            told = receive_appointment(body)
        except Refused as refused:
            self.received.append(Received(request.method, query, None, refused.status))
            return _outcome(refused.status, *(issue.text for issue in refused.issues))
        message = Received(request.method, query, told.facts)
        self.received.append(message)
        scripted = self.script.popleft() if self.script else 0
        if scripted > 0:
            message.status = scripted
            return _outcome(scripted, "Réponse demandée par le test.", headers=self.headers)
        status = self._decide(request, message, told.digest) if scripted != HANG_UP else 0
        if scripted < 0:
            assert request.transport is not None
            request.transport.close()
            return web.Response(status=503)
        message.status = status
        if status >= 400:
            return _outcome(status, "Refusé.")
        location = {hdrs.LOCATION: f"{self.base_url}/Appointment/{len(self.kept)}"}
        return web.Response(status=status, body=body, content_type="application/fhir+json", headers=location)

    def _decide(self, request: web.Request, message: Received, digest: str) -> int:
        assert message.facts is not None
        if request.headers.get(hdrs.AUTHORIZATION) != f"Bearer {TOKEN}":
            return 401
        key = (message.facts.system, message.facts.value)
        known = self.kept.get(key)
        if request.method == hdrs.METH_POST and known and known[0] != digest:
            return 422
        if request.method == hdrs.METH_PUT and message.query != f"identifier={key[0]}|{key[1]}":
            return 422
        self.kept[key] = (digest, message.facts)
        return 200 if known else 201


@asynccontextmanager
async def running_platform(*, ready: bool = True) -> AsyncIterator[Platform]:
    """The fake on a free port of this machine until the block ends; not `ready`, it answers nobody until it is."""
    platform = Platform()
    if ready:
        platform.ready.set()
    app = web.Application()
    app.router.add_route("POST", "/fhir/Appointment", platform.answer)
    app.router.add_route("PUT", "/fhir/Appointment", platform.answer)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        platform.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/fhir"
        yield platform
    finally:
        await runner.cleanup()


def _outcome(status: int, *texts: str, headers: dict[str, str] | None = None) -> web.Response:
    issues = [{"severity": "error", "code": "invalid", "diagnostics": text} for text in texts]
    body = msgspec.json.encode({"resourceType": "OperationOutcome", "issue": issues})
    return web.Response(status=status, body=body, content_type="application/fhir+json", headers=headers)
