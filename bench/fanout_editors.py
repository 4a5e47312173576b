"""Benchmark editors: `count` servers in a process of their own, each with its delay, all saying the same canned answer.

`python -m bench.fanout_editors` reads one JSON line of orders on standard input, prints one JSON line of ports, and
ends when its standard input closes. As little work per call as possible: it shares the machine with what is measured.
"""

import asyncio
import json
import ssl
import sys
from datetime import datetime
from typing import Any

from bench.fanout_payload import payload


class _Editor(asyncio.Protocol):
    def __init__(self, answer: bytes, delay: float | None) -> None:
        self._answer = answer
        self._delay = delay
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            _, _, self._received = self._received.partition(b"\r\n\r\n")
            if self._delay is None:
                continue  # this one never answers
            asyncio.get_running_loop().call_later(self._delay, self._reply)

    def _reply(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._answer)


def _tls(orders: dict[str, Any]) -> ssl.SSLContext | None:
    if not orders.get("certificate"):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(orders["certificate"])
    context.load_verify_locations(orders["client_authority"])
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def _serve(orders: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    body = payload(datetime.fromisoformat(orders["first"]))
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json;charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    answer = head.encode() + body
    context = _tls(orders)
    servers = [
        await loop.create_server(lambda d=delay: _Editor(answer, d), "127.0.0.1", 0, ssl=context)
        for delay in orders["delays"]
    ]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.stdin.readline())))
