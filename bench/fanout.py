"""Fan-out: what the engine costs above a bare protocol that does the same decoding and merging (performance.md).

Editors live in another process, on loopback, answering after 50 to 150 ms, plain and mutual TLS. Engine and floor take
turns in the same run, so that a busy machine slows both. `measures` prints nothing.
"""

import asyncio
import json
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import trustme

from bench.fanout_floor import Floor
from bench.fanout_payload import SLOTS, practitioners
from config.collector import settled
from sas.aggregator.engine.editors import EditorConfig
from sas.aggregator.engine.fanout import Engine
from sas.aggregator.engine.flows import Flow
from sas.aggregator.engine.outcomes import Question
from sas.fhir.offered import OfferedSlot
from sas.fhir.slot_query import build_slot_query
from sas.fhir.slots import read

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
END = NOW + timedelta(days=3)
DEADLINE = 0.5
_CONTENT_TYPE = "application/fhir+json;charset=UTF-8"
_SHORTEST, _LONGEST = 0.050, 0.150  # seconds


@dataclass
class _Samples:
    """CPU and wall seconds per search."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    async def add(self, search: Callable[[], Awaitable[object]]) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        await search()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)


@dataclass(frozen=True)
class _Certificates:
    directory: Path

    def make(self) -> ssl.SSLContext:
        """Writes the server's side for the editors, returns the client's."""
        authority = trustme.CA()
        client = ssl.create_default_context()
        authority.configure_trust(client)
        authority.issue_cert("sas@example.org").configure_cert(client)
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(self.server))
        authority.cert_pem.write_to_path(str(self.authority))
        return client

    @property
    def server(self) -> Path:
        return self.directory / "server.pem"

    @property
    def authority(self) -> Path:
        return self.directory / "authority.pem"


@contextmanager
def _editors(delays: list[float | None], *, mtls: bool) -> Iterator[tuple[list[int], ssl.SSLContext | None]]:
    with tempfile.TemporaryDirectory() as directory:
        certificates = _Certificates(Path(directory))
        client = certificates.make() if mtls else None
        orders = {"delays": delays, "first": NOW.isoformat()}
        if mtls:
            orders |= {"certificate": str(certificates.server), "client_authority": str(certificates.authority)}
        command = [sys.executable, "-m", "bench.fanout_editors"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(orders) + "\n")
            process.stdin.flush()
            yield json.loads(process.stdout.readline()), client
        finally:
            process.stdin.close()
            process.wait(timeout=10)
            process.stdout.close()


def _engine(ports: list[int], tls: ssl.SSLContext | None) -> Engine:
    scheme = "https" if tls else "http"
    configs = [
        EditorConfig(key=f"e{rank}", name=f"E{rank}", base_url=f"{scheme}://127.0.0.1:{port}/fhir", ssl=tls)
        for rank, port in enumerate(ports)
    ]
    return Engine(configs, clock=lambda: NOW, flows={"ps": Flow(build_slot_query, read)})


async def _ask(engine: Engine, editors: int, deadline: float = 7.0) -> int:
    """One search through the engine, past its cache. Returns the number of slots."""
    ids = practitioners()
    question = Question(NOW, END, {f"e{rank}": ids for rank in range(editors)}, fresh=True)
    merged: dict[str, list[OfferedSlot]] = {}
    async for answer in engine.answers(question, deadline=deadline):
        for slot in answer.slots:
            merged.setdefault(slot.practitioner, []).append(slot)
    return sum(map(len, merged.values()))


def _request() -> bytes:
    query = build_slot_query(practitioners(), start=NOW, end=END)
    return f"GET /fhir/{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/fhir+json\r\n\r\n".encode()


async def _floor(floor: Floor, request: bytes, *, decode: bool) -> int:
    merged: dict[str, list[OfferedSlot]] = {}
    ids = practitioners()

    def merge(body: bytes) -> None:
        for slot in read(body, asked=ids, start=NOW, end=END, now=NOW, content_type=_CONTENT_TYPE).slots:
            merged.setdefault(slot.practitioner, []).append(slot)

    await floor.search(request, merge if decode else len)
    return sum(map(len, merged.values()))


async def _compare(ports: list[int], tls: ssl.SSLContext | None, rounds: int) -> dict[str, _Samples]:
    samples = {"engine": _Samples(), "floor": _Samples(), "bare": _Samples()}
    request = _request()
    expected = len(ports) * SLOTS
    async with Floor(ports, tls) as floor, _engine(ports, tls) as engine:
        for _ in range(2):  # connections, caches of the interpreter
            assert await _ask(engine, len(ports)) == expected
            assert await _floor(floor, request, decode=True) == expected
        turns: list[tuple[str, Callable[[], Awaitable[int]]]] = [
            ("floor", lambda: _floor(floor, request, decode=True)),
            ("engine", lambda: _ask(engine, len(ports))),
            ("bare", lambda: _floor(floor, request, decode=False)),
        ]
        with settled():  # as in a web worker
            for _ in range(rounds):
                for who, search in turns:
                    await samples[who].add(search)
                turns.append(turns.pop(0))  # each follows each: the one before leaves its memory in the caches
    return samples


def _row(case: str, value: float, floor: float, floor_name: str, target: float, unit: str = "ms") -> dict[str, Any]:
    return {
        "case": case,
        "value": value,
        "unit": unit,
        "floor": floor,
        "floor_name": floor_name,
        "ratio": value / floor,
        "target": target,
        "sense": "<=",
    }


def _fanout(editors: int, *, mtls: bool, rounds: int) -> Iterator[dict[str, Any]]:
    step = (_LONGEST - _SHORTEST) / (editors - 1)
    delays: list[float | None] = [_SHORTEST + rank * step for rank in range(editors)]
    with _editors(delays, mtls=mtls) as (ports, tls):
        samples = asyncio.run(_compare(ports, tls, rounds))
    name = f"{editors} editors, {SLOTS} slots each, {'mTLS' if mtls else 'plain'}"
    cpu = {who: 1000 * _quiet(sample.cpu) for who, sample in samples.items()}
    added = {who: 1000 * (_quiet(sample.wall) - _LONGEST) for who, sample in samples.items()}
    yield _row(f"{name}: CPU per search", cpu["engine"], cpu["floor"], "protocol + httptools, same decode", 1.3)
    target = 3.0 if editors == 8 else 4.5
    yield _row(f"{name}: added latency", added["engine"], added["bare"], "protocol + httptools, no decode", target)


def _quiet(seconds: list[float]) -> float:
    """The lower quartile: what else runs on the machine only ever adds."""
    return quantiles(seconds, n=4, method="inclusive")[0]


async def _cut(ports: list[int], rounds: int) -> float:
    """Seconds of a search that its deadline cuts, at worst."""
    samples = _Samples()
    async with _engine(ports, None) as engine:
        for _ in range(rounds):
            await samples.add(lambda: _ask(engine, len(ports), DEADLINE))
    return max(samples.wall)


def _deadline(editors: int, rounds: int) -> dict[str, Any]:
    delays: list[float | None] = [None, *([_SHORTEST] * (editors - 1))]
    with _editors(delays, mtls=False) as (ports, _):
        wall = asyncio.run(_cut(ports, rounds))
    case = f"{editors} editors, one silent: whole search, deadline {DEADLINE:g} s"
    return _row(case, 1000 * wall, 1000 * DEADLINE, "the deadline", 1.01)


def measures(*, small: bool) -> list[dict[str, Any]]:
    """Rows for the frame. `small`: a few rounds, for correctness only."""
    rounds = 3 if small else 30
    rows: list[dict[str, Any]] = []
    for editors in (8, 32):
        for mtls in (False, True):
            rows.extend(_fanout(editors, mtls=mtls, rounds=rounds))
    rows.append(_deadline(8, 2 if small else 6))
    return rows


if __name__ == "__main__":
    for row in measures(small="--small" in sys.argv):
        print(row)
