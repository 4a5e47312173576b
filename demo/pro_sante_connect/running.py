"""Starting and stopping a provider: in a thread for tests, or on this loop for the command.

with running_provider(people=[person("899900000001", "DURAND", "Zoé")], client_id=…, client_secret=…,
                      redirect_uris=[…], post_logout_uris=[…]) as provider:
    callback_url = provider.sign_in(authorization_url, "899900000001")
    provider.set_behaviour("wrong_nonce"), provider.rotate_keys(), provider.change_person("899900000001", email=None)
"""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TypedDict, Unpack

from aiohttp import web

from demo.pro_sante_connect.behaviour import SLOW_SECONDS
from demo.pro_sante_connect.browser import Browser
from demo.pro_sante_connect.oauth import Client
from demo.pro_sante_connect.people import Claims
from demo.pro_sante_connect.provider import Provider
from demo.pro_sante_connect.server import create_app

STOP_SECONDS = 0.1
"""How long answers under way may take to finish when the provider stops: a slow answer must not hold the command."""


class RunningProvider(Provider):
    """A provider that serves, with a browser to play the person in front of it."""

    def browser(self) -> Browser:
        """A new browser, which nobody signed in with."""
        return Browser(self.issuer)

    def sign_in(self, authorization_url: str, national_id: str) -> str:
        """Follow `authorization_url` in a new browser, choose the person; the URL where the service is called back."""
        return self.browser().sign_in(authorization_url, national_id)


class ProviderOptions(TypedDict, total=False):
    """How a provider is started. `port` 0 (the default) takes a free one; `clock` returns aware datetimes."""

    people: Iterable[Claims]
    client_id: str
    client_secret: str
    redirect_uris: Iterable[str]
    post_logout_uris: Iterable[str]
    host: str
    port: int
    clock: Callable[[], datetime]
    slow_seconds: float


def now_utc() -> datetime:
    """The clock of a provider that nobody gave another."""
    return datetime.now(UTC)


@asynccontextmanager
async def serving_provider(**options: Unpack[ProviderOptions]) -> AsyncIterator[RunningProvider]:
    """A provider serving on this loop until the block ends.

    Raises OSError when the port cannot be had, PeopleError when the people cannot be used.
    """
    host = options.get("host", "127.0.0.1")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, options.get("port", 0)), family=family, backlog=128) as listening:
        provider = RunningProvider(
            site=_site(listening),
            client=Client(
                options.get("client_id", "plateforme-sas"),
                options.get("client_secret", "secret-de-demonstration"),
                tuple(options.get("redirect_uris", ())),
                tuple(options.get("post_logout_uris", ())),
            ),
            people=options.get("people", ()),
            clock=options.get("clock", now_utc),
            slow_seconds=options.get("slow_seconds", SLOW_SECONDS),
        )
        # handler_cancellation: a caller that goes away frees its handler at once, slow or not.
        runner = web.AppRunner(
            create_app(provider), handler_cancellation=True, access_log=None, shutdown_timeout=STOP_SECONDS
        )
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            yield provider
        finally:
            await runner.cleanup()


@contextmanager
def running_provider(**options: Unpack[ProviderOptions]) -> Iterator[RunningProvider]:
    """The same for synchronous tests: the provider serves from a thread of its own until the block ends."""
    started: list[RunningProvider | BaseException] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with serving_provider(**options) as provider:
            started.append(provider)
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

    thread = threading.Thread(target=run, name="pro-sante-connect", daemon=True)
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


def _site(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
