"""The floor: the least Python that can do the job. One `asyncio.Protocol` per editor kept open, httptools for HTTP.

No limits, no errors, no deadline, no sharing, no cache: what the engine adds to this is what its safety costs.
"""

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Any

import httptools


class _Caller(asyncio.Protocol):
    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._answer: asyncio.Future[bytes] | None = None
        self._parser: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[bytes]":
        self._parser = httptools.HttpResponseParser(self)
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        body, self._chunks = b"".join(self._chunks), []
        assert self._answer is not None
        self._answer.set_result(body)


class Floor:
    """`async with Floor(ports, tls) as floor: await floor.search(request, decode)`."""

    def __init__(self, ports: list[int], tls: ssl.SSLContext | None) -> None:
        self._ports = ports
        self._tls = tls
        self._callers: list[_Caller] = []

    async def __aenter__(self) -> "Floor":
        loop = asyncio.get_running_loop()
        for port in self._ports:
            host = "127.0.0.1" if self._tls else None
            _, caller = await loop.create_connection(_Caller, "127.0.0.1", port, ssl=self._tls, server_hostname=host)
            self._callers.append(caller)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for caller in self._callers:
            caller.transport.close()
        await asyncio.sleep(0)

    async def search(self, request: bytes, use: Callable[[bytes], object]) -> None:
        """Asks everybody, calls `use` on each body as it comes."""
        for answer in asyncio.as_completed([caller.ask(request) for caller in self._callers]):
            use(await answer)
