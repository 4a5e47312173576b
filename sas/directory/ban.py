"""Adapter: the national address API (Base adresse nationale, protocol of addok and of the Géoplateforme).

`GET {base}/search/?q=&limit=&autocomplete=&citycode=` and `GET {base}/reverse/?lat=&lon=` answer a GeoJSON
FeatureCollection. Calls are synchronous (a view thread waits) under one total deadline, which a server sending a byte
a second cannot stretch; answers are kept for an hour; after repeated failures the service is left alone for a while.
What is searched is never logged: with a time, an address may tell where a patient is.
"""

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import msgspec

logger = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024
LONGEST_QUESTION = 200  # the API's own limit


class BanError(Exception):
    """The address service gave no usable answer."""


class BanUnavailable(BanError):  # noqa: N818 (a state, as it reads in `except`)
    """Down, slow, talking nonsense, or left alone after failures: go on without it; later it may answer."""


class BanRefused(BanError):  # noqa: N818
    """It understood and refuses this question (4xx): asking again is useless."""


class Address(msgspec.Struct, frozen=True):
    """One answer, named as in the API. `type`: housenumber, street, locality or municipality. `score`: 0 to 1."""

    label: str
    type: str
    score: float
    citycode: str
    latitude: float
    longitude: float
    postcode: str | None = None
    city: str | None = None


class _Properties(msgspec.Struct):
    label: str
    type: str
    citycode: str
    score: float = 0.0
    postcode: str | None = None
    city: str | None = None


class _Geometry(msgspec.Struct):
    coordinates: tuple[float, float]


class _Feature(msgspec.Struct):
    geometry: _Geometry
    properties: _Properties


class _Collection(msgspec.Struct):
    features: list[_Feature]


_decoder = msgspec.json.Decoder(_Collection)


class Ban:
    """One per process. Thread-safe; its connections live on an event loop of its own, started at first use."""

    def __init__(
        self,
        base_url: str,
        *,
        connect_s: float = 0.5,
        total_s: float = 1.5,
        kept_s: float = 3600,
        most_kept: int = 2048,
        failures_before_pause: int = 3,
        pause_s: float = 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=total_s, sock_connect=connect_s)
        self._total_s = total_s
        self._answers = _Answers(kept_s, most_kept, clock)
        self._breaker = _Breaker(failures_before_pause, pause_s, clock)
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: aiohttp.ClientSession | None = None

    def search(
        self, question: str, *, limit: int = 5, citycode: str | None = None, autocomplete: bool = False
    ) -> tuple[Address, ...]:
        """Addresses that the text may mean, the likeliest first. Raises `BanUnavailable` or `BanRefused`."""
        asked = {"q": question[:LONGEST_QUESTION], "limit": str(limit), "autocomplete": "1" if autocomplete else "0"}
        return self._ask("/search/", asked | ({"citycode": citycode} if citycode else {}))

    def reverse(self, latitude: float, longitude: float) -> tuple[Address, ...]:
        """Addresses around a point (degrees WGS 84), the nearest first. Raises like `search`."""
        return self._ask("/reverse/", {"lat": f"{latitude:.6f}", "lon": f"{longitude:.6f}"})

    def close(self) -> None:
        """Close connections and end the loop's thread. The object may be used again."""
        with self._starting:
            loop, session, self._loop, self._session = self._loop, self._session, None, None
        if loop is None:
            return
        if session is not None:
            asyncio.run_coroutine_threadsafe(session.close(), loop).result(timeout=5)
        loop.call_soon_threadsafe(loop.stop)

    def _ask(self, path: str, parameters: Mapping[str, str]) -> tuple[Address, ...]:
        key = (path, *parameters.values())
        known = self._answers.get(key)
        if known is not None:
            return known
        if not self._breaker.lets_pass():
            raise BanUnavailable("left alone after repeated failures")
        try:
            found = self._fetch(path, parameters)
        except BanRefused:
            self._breaker.heard()
            raise
        except BanUnavailable as error:
            self._breaker.failed()
            logger.warning("address service unavailable: %s", error)
            raise
        self._breaker.heard()
        self._answers.put(key, found)
        return found

    def _fetch(self, path: str, parameters: Mapping[str, str]) -> tuple[Address, ...]:
        loop = self._running_loop()
        pending = asyncio.run_coroutine_threadsafe(self._get(path, parameters), loop)
        try:
            # The deadline is aiohttp's; the margin only guards against a loop that is stuck.
            status, body = pending.result(timeout=self._total_s + 1)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            pending.cancel()
            raise BanUnavailable(type(error).__name__) from None  # the message may carry the address
        if status != 200:
            known_refusal = 400 <= status < 500 and status not in (408, 425, 429)
            raise (BanRefused if known_refusal else BanUnavailable)(f"HTTP {status}")
        return _read(body)

    async def _get(self, path: str, parameters: Mapping[str, str]) -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        async with self._session.get(self._base_url + path, params=parameters, allow_redirects=False) as answer:
            body = bytearray()
            async for piece in answer.content.iter_any():
                body += piece
                if len(body) > MOST_BYTES:
                    raise ValueError("answer too large")
            return answer.status, bytes(body)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(self._loop,), name="ban", daemon=True).start()
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _read(body: bytes) -> tuple[Address, ...]:
    try:
        features = _decoder.decode(body).features
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BanUnavailable("unreadable answer") from None
    found = []
    for feature in features:
        said, (longitude, latitude) = feature.properties, feature.geometry.coordinates
        if -90 <= latitude <= 90 and -180 <= longitude <= 180:
            found.append(
                Address(
                    *(said.label, said.type, said.score, said.citycode, latitude, longitude, said.postcode, said.city)
                )
            )
    return tuple(found)


class _Answers:
    """Recent answers, bounded in number and age; the longest unused leaves first."""

    def __init__(self, kept_s: float, most_kept: int, clock: Callable[[], float]) -> None:
        self._kept_s, self._most_kept, self._clock = kept_s, most_kept, clock
        self._lock = threading.Lock()
        self._found: OrderedDict[tuple[Any, ...], tuple[float, tuple[Address, ...]]] = OrderedDict()

    def get(self, key: tuple[Any, ...]) -> tuple[Address, ...] | None:
        with self._lock:
            until, found = self._found.get(key, (float("-inf"), ()))
            if until < self._clock():
                self._found.pop(key, None)
                return None
            self._found.move_to_end(key)
            return found

    def put(self, key: tuple[Any, ...], found: tuple[Address, ...]) -> None:
        with self._lock:
            self._found[key] = (self._clock() + self._kept_s, found)
            while len(self._found) > self._most_kept:
                self._found.popitem(last=False)


class _Breaker:
    """Closed; open for `pause_s` after `failures_before_pause` in a row; then one probe at a time decides."""

    def __init__(self, failures_before_pause: int, pause_s: float, clock: Callable[[], float]) -> None:
        self._most, self._pause_s, self._clock = failures_before_pause, pause_s, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._paused_until = float("-inf")

    def lets_pass(self) -> bool:
        with self._lock:
            if self._failures < self._most:
                return True
            if self._clock() < self._paused_until:
                return False
            self._paused_until = self._clock() + self._pause_s  # this caller is the probe; others keep waiting
            return True

    def heard(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._paused_until = self._clock() + self._pause_s
