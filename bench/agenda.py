"""What the SAS agenda costs a search: expanding series, then reading and expanding them from the database.

Floor of the expansion: the same additions on arrays (numpy), all series at once, every rule but the hours left out, and
the pairs of integers that Python needs in the end. Two shapes: ranges split in pieces, and one créneau a day. The
database part (`bench.agenda_inside`) runs in a process of its own, on an ephemeral database; its floor is `SELECT` of
as many columns of as many rows by primary key, on the same connection.
"""

import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from config.embedded_postgres import running
from sas.agenda.rules import Pattern, Span, expand, window_days

TARGET = 5.0
ZONE = "Europe/Paris"
START = datetime(2026, 3, 24, 10, 15, tzinfo=ZoneInfo(ZONE))
"""A Tuesday: the window is on weekdays, so that every series gives something on each of its days."""


def measures(*, small: bool) -> list[dict[str, Any]]:
    """Rows of `bench.frame.Measure`; `small` expands a hundredth."""
    return [*_expansions(1_000 if small else 100_000), *_inside(small)]


def _expansions(slots: int) -> list[dict[str, Any]]:
    start = int(START.timestamp())
    end = start + int(timedelta(hours=72).total_seconds())
    split, daily = _split(slots), _daily(slots)
    cases = (
        (f"{slots} slots of 72 h: ranges in pieces", split, lambda: _pieces_floor(split, start, end)),
        (f"{slots} slots of 72 h: one a day and series", daily, lambda: _daily_floor(daily, start, end)),
    )
    rows = []
    for case, patterns, floor in cases:
        found = [span for pattern in patterns for span in expand(pattern, start, end)]
        if sorted(found) != sorted(floor()):
            raise AssertionError(f"{case}: the floor and the rules do not agree")
        value = _best(partial(_expanded, patterns, start, end))
        base = _best(floor)
        rows.append(_row(f"{case} ({len(found)})", value, base, "numpy", TARGET))
    return rows


def _expanded(patterns: list[Pattern], start: int, end: int) -> list[list[Span]]:
    return [expand(pattern, start, end) for pattern in patterns]


def _split(slots: int) -> list[Pattern]:
    """Weekdays from 8:00 to 20:00, or so, in pieces of 15 minutes."""
    rng = random.Random(4)
    first = date(2026, 1, 5).toordinal()
    return [
        Pattern(ZONE, first, 480 + 5 * rng.randrange(12), 1_200, 15, 1, (0, 1, 2, 3, 4)) for _ in range(slots // 138)
    ]


def _daily(slots: int) -> list[Pattern]:
    """One créneau of 20 minutes on each weekday."""
    rng = random.Random(5)
    first, opening = date(2026, 1, 5).toordinal(), [480 + 5 * rng.randrange(120) for _ in range(slots // 3)]
    return [Pattern(ZONE, first, at, at + 20, 0, 1, (0, 1, 2, 3, 4)) for at in opening]


def _pieces_floor(patterns: list[Pattern], start: int, end: int) -> list[Span]:
    midnights = np.array([day.midnight for day in window_days(ZONE, start, end)], dtype=np.int64)
    opening = np.array([60 * pattern.starts_at for pattern in patterns], dtype=np.int64)
    closing = np.array([60 * pattern.ends_at for pattern in patterns], dtype=np.int64)
    pieces = 900 * np.arange(48, dtype=np.int64)
    offsets = opening[:, None] + pieces[None, :]
    fits = offsets + 900 <= closing[:, None]
    begins = midnights[None, :, None] + offsets[:, None, :]
    kept = begins[fits[:, None, :] & (begins >= start) & (begins <= end)]
    return list(zip(kept.tolist(), (kept + 900).tolist(), strict=True))


def _daily_floor(patterns: list[Pattern], start: int, end: int) -> list[Span]:
    midnights = np.array([day.midnight for day in window_days(ZONE, start, end)], dtype=np.int64)
    opening = np.array([60 * pattern.starts_at for pattern in patterns], dtype=np.int64)
    begins = midnights[None, :] + opening[:, None]
    kept = begins[(begins >= start) & (begins <= end)]
    return list(zip(kept.tolist(), (kept + 1_200).tolist(), strict=True))


def _best(act: Callable[[], object], times: int = 7) -> float:
    """Milliseconds of processor, the best of some: the machine may have other work. Without the garbage collector, for
    both sides: what it costs depends on what else is alive (`config.collector` tames it in servers)."""
    best = float("inf")
    gc.disable()
    try:
        for _ in range(times):
            before = time.process_time()
            act()
            best = min(best, time.process_time() - before)
    finally:
        gc.enable()
    return best * 1e3


def _row(case: str, value: float, floor: float, floor_name: str, target: float | None) -> dict[str, Any]:
    given: dict[str, Any] = {"case": case, "value": value, "unit": "ms", "floor": floor, "floor_name": floor_name}
    return given | {"ratio": value / floor, "target": target, "sense": "<="}


def _inside(small: bool) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as directory, running(Path(directory), ephemeral=True) as url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "SAS_ENVIRONMENT": "test",
            "SAS_DATA_DIR": directory,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "-m", "bench.agenda_inside", *(["--small"] if small else [])]
        run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    return list(json.loads(run.stdout.splitlines()[-1]))
