"""A fake national address API on the loopback: answers in the documented shape, or misbehaves as told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_STATUSES = {"error": 500, "busy": 429, "refuse": 400}
_BODIES = {
    "html": b"<!doctype html><title>Maintenance</title>",
    "garbage": b"\xff\xfe{",
    "array": b"[]",
    "shapeless": b'{"type": "FeatureCollection", "features": [{"geometry": null, "properties": {}}]}',
    "nested": b"[" * 100_000,
    "huge": b" " * 2_000_000,
}


class FakeBan(ThreadingHTTPServer):
    """`behaviour`: ok, empty, error, busy, refuse, html, garbage, array, shapeless, nested, huge, redirect, drip,
    silent. `asked` keeps what each call asked, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behaviour = "ok"
        self.score = 0.97
        self.found: dict[str, Any] = {}
        self.asked: list[dict[str, str]] = []
        self.released = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, asked: dict[str, str]) -> dict[str, Any]:
        """A FeatureCollection with the keys of the public documentation (verified by `test_ban.py`)."""
        features = [] if self.behaviour == "empty" else [_feature(asked, self.score, self.found)]
        return {
            "type": "FeatureCollection",
            "version": "draft",
            "features": features,
            "attribution": "BAN",
            "licence": "ETALAB-2.0",
            "query": asked.get("q", ""),
            "limit": int(asked.get("limit", "5")),
        }


def _feature(asked: dict[str, str], score: float, found: dict[str, Any]) -> dict[str, Any]:
    longitude, latitude = found.get(
        "coordinates", (float(asked.get("lon", "3.063064")), float(asked.get("lat", "50.633333")))
    )
    properties = {
        "label": "12 Rue Nationale 59000 Lille",
        "score": score,
        "housenumber": "12",
        "id": "59350_6525_00012",
        "name": "12 Rue Nationale",
        "postcode": "59000",
        "citycode": "59350",
        "x": 704210.12,
        "y": 7059211.34,
        "city": "Lille",
        "context": "59, Nord, Hauts-de-France",
        "type": "housenumber",
        "importance": 0.71,
        "street": "Rue Nationale",
    }
    properties |= {key: value for key, value in found.items() if key != "coordinates"}
    point = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "Feature", "geometry": point, "properties": properties}


class _Handler(BaseHTTPRequestHandler):
    server: FakeBan

    def do_GET(self) -> None:
        query = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(query.query).items()} | {"path": query.path}
        self.server.asked.append(asked)
        behaviour = self.server.behaviour
        if behaviour == "silent":
            self.server.released.wait(10)
        elif behaviour == "drip":
            self._drip()
        elif behaviour == "redirect":
            self._send(302, b"", {"Location": self.server.base_url + "/elsewhere/"})
        elif behaviour in _STATUSES:
            self._send(_STATUSES[behaviour], b"{}")
        elif behaviour in _BODIES:
            self._send(200, _BODIES[behaviour])
        else:
            self._send(200, json.dumps(self.server.answer(asked)).encode())

    def _drip(self) -> None:
        """One byte at a time, each soon enough for a timeout per read never to fire."""
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(200):
            try:
                self.wfile.write(b" ")
            except OSError:
                return
            if self.server.released.wait(0.05):
                return

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            return  # the client had enough

    def log_message(self, format: str, *arguments: object) -> None:
        """Silent."""


@contextmanager
def fake_ban() -> Iterator[FakeBan]:
    """A running server; its threads end with the block."""
    server = FakeBan()
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        serving.join()
