"""Starting and stopping a sandbox: inside a test's own loop, in a thread for synchronous tests, or for the command.

async with running_sandbox(behaviour="slow") as sandbox:
    sandbox.base_url, sandbox.set_behaviour("ok"), sandbox.calls
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TypedDict, Unpack

from aiohttp import web

from editor_kit.sandbox.answers import Agendas
from editor_kit.sandbox.notifying import Notifier, Sleep, running_notifier
from editor_kit.sandbox.people import People, Person, seeded_people
from editor_kit.sandbox.server import create_app
from editor_kit.sandbox.state import Behaviour, Sandbox

STOP_SECONDS = 0.1
"""How long answers under way may take to finish when the sandbox stops: a slow answer must not hold the command."""


def now_utc() -> datetime:
    """The clock of a sandbox that nobody gave another."""
    return datetime.now(UTC)


class SandboxOptions(TypedDict, total=False):
    """How a sandbox is started; `people` come in addition to the seeded ones.

    `accounts`: `required`, the booking page asks for a regulator's account (INT_R02); `open` (the default
    here), it does not. `notify`: the platform's FHIR base, to be told of appointments (INT_R03) with `token`, under
    `system` (the sandbox's own address by default); `sleep` waits between two tries.
    """

    behaviour: Behaviour | str
    latency_ms: int | None
    people: Iterable[Person]
    seed: int
    name: str
    host: str
    port: int
    ssl_context: ssl.SSLContext | None
    clock: Callable[[], datetime]
    accounts: str
    notify: str
    token: str
    system: str
    sleep: Sleep


@asynccontextmanager
async def running_sandbox(**options: Unpack[SandboxOptions]) -> AsyncIterator[Sandbox]:
    """A sandbox serving on this loop until the block ends. `port` 0 (the default) takes a free one.

    Raises OSError when the port cannot be had, PeopleError when two people share an id.
    """
    host, ssl_context = options.get("host", "127.0.0.1"), options.get("ssl_context")
    people = People((*seeded_people(), *options.get("people", ())))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    async with AsyncExitStack() as stack:
        address = (host, options.get("port", 0))
        listening = stack.enter_context(socket.create_server(address, family=family, backlog=1024))
        site = _site(listening, ssl_context)
        sandbox = Sandbox(
            Agendas(people, seed=options.get("seed", 1), site=site),
            name=options.get("name", "Bac à sable"),
            behaviour=Behaviour(options.get("behaviour", Behaviour.OK)),
            latency_ms=options.get("latency_ms"),
            clock=options.get("clock", now_utc),
            accounts_required=options.get("accounts", "open") == "required",
            notifier=await _notifier(stack, site, options),
        )
        # handler_cancellation: a caller that goes away frees its handler at once, and is counted.
        runner = web.AppRunner(
            create_app(sandbox), handler_cancellation=True, access_log=None, shutdown_timeout=STOP_SECONDS
        )
        await runner.setup()
        try:
            await web.SockSite(runner, listening, ssl_context=ssl_context).start()
            yield sandbox
        finally:
            await runner.cleanup()


async def _notifier(stack: AsyncExitStack, site: str, options: SandboxOptions) -> Notifier | None:
    if not options.get("notify"):
        return None
    notifying = running_notifier(
        base_url=options["notify"],
        token=options["token"],
        system=options.get("system") or site,
        sleep=options.get("sleep", asyncio.sleep),
    )
    return await stack.enter_async_context(notifying)


@contextmanager
def sandbox_thread(**options: Unpack[SandboxOptions]) -> Iterator[Sandbox]:
    """The same for synchronous tests: the sandbox serves from a thread of its own until the block ends."""
    started: list[Sandbox | BaseException] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with running_sandbox(**options) as sandbox:
            started.append(sandbox)
            ready.set()
            await stop.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
            started.append(error)
        finally:
            loop.close()
            ready.set()

    thread = threading.Thread(target=run, name="sandbox", daemon=True)
    thread.start()
    ready.wait()
    if isinstance(started[0], BaseException):
        thread.join()
        raise started[0]
    try:
        yield started[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def _site(listening: socket.socket, ssl_context: ssl.SSLContext | None) -> str:
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"{'https' if ssl_context else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
