"""The inside of `bench.booking`: needs Django's settings and an empty database in the environment. Prints JSON rows."""

import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any, cast

import django

django.setup()

import psycopg  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench.small_country import AT, OPENS, fill, plages, senders, slot_of  # noqa: E402
from sas.accounts.models import User  # noqa: E402
from sas.agenda.models import Series, Use  # noqa: E402
from sas.agenda.uses import TAKE_BESIDE_HOLDS  # noqa: E402
from sas.orientation.models import Orientation  # noqa: E402
from sas.orientation.services import Asking, OrientationRefused, orient_to_slot  # noqa: E402

THREADS = 6
ATTEMPTS, PLACES = 200, 20
_POOL, _MINE = ThreadPoolExecutor(THREADS), threading.local()
"""One pool for all: each of its threads keeps its connection."""


def main(*, small: bool) -> list[dict[str, Any]]:
    """Fill a small country, then measure bare and whole, shared and apart, each beside its floor."""
    fill(doctors=0, capacity=PLACES, regulators=4)
    rounds, apart = (2, 40) if small else (100, 1_000)
    users = senders()
    statements = _statements(users[0])
    _timed([partial(_trivial, 1)] * THREADS * 4)  # connections are open before anything is measured
    bare, bare_floor = _rounds(rounds, _bare, _trivial, 1)
    some = max(1, rounds // 10)
    whole, whole_floor = _rounds(some, partial(_whole, users), _trivial, statements)
    alone, alone_floor = _apart(apart, _bare, 1)
    spread, spread_floor = _apart(apart, partial(_whole, users), statements)
    shared = f"{ATTEMPTS} attempts on {PLACES} places, 0 wrong in"
    return [
        _row(f"bare: {shared} {rounds} rounds", bare, bare_floor, "SELECT 1", 0.6),
        _row(f"bare: {apart} different slots", alone, alone_floor, "SELECT 1", 0.6),
        _row(f"whole: {shared} {some} rounds", whole, whole_floor, f"{statements} × SELECT 1", None),
        _row(f"whole: {apart} different slots", spread, spread_floor, f"{statements} × SELECT 1", None),
    ]


def _row(case: str, value: float, floor: float, name: str, target: float | None) -> dict[str, Any]:
    given: dict[str, Any] = {"case": case, "value": value, "unit": "/s", "floor": floor, "floor_name": name}
    return given | {"ratio": value / floor, "target": target, "sense": ">="}


def _rounds(
    rounds: int, attempt: Callable[[Series], bool], floor: Callable[[int], bool], statements: int
) -> tuple[float, float]:
    """Attempts and floors per second, round after round in turn; every round takes exactly its places."""
    ours, bare = 0.0, 0.0
    for _ in range(rounds):
        (series,) = plages(1, PLACES)
        spent, taken = _timed([partial(attempt, series)] * ATTEMPTS)
        ours += spent
        bare += _timed([partial(floor, statements)] * ATTEMPTS)[0]
        if taken != PLACES or Use.objects.get(series=series).taken != PLACES:
            raise AssertionError(f"{taken} attempts were told that they took one of {PLACES} places")
    return rounds * ATTEMPTS / ours, rounds * ATTEMPTS / bare


def _apart(slots: int, attempt: Callable[[Series], bool], statements: int) -> tuple[float, float]:
    """One attempt at each of so many slots: all of them succeed."""
    each = plages(slots, 1)
    ours, taken = _timed([partial(attempt, series) for series in each])
    bare, _ = _timed([partial(_trivial, statements)] * slots)
    if taken != slots:
        raise AssertionError(f"{taken} of {slots} slots were taken")
    return slots / ours, slots / bare


def _timed(acts: Sequence[Callable[[], bool]]) -> tuple[float, int]:
    before = time.perf_counter()
    answers = list(_POOL.map(lambda act: act(), acts))
    return time.perf_counter() - before, sum(answers)


def _driver() -> psycopg.Connection[Any]:
    """A connection of this thread that prepares what it has seen before, which Django's do not."""
    if not hasattr(_MINE, "connection"):
        _MINE.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=1)
    return cast("psycopg.Connection[Any]", _MINE.connection)


def _trivial(times: int) -> bool:
    for _ in range(times):
        _driver().execute("SELECT 1").fetchone()
    return True


def _bare(series: Series) -> bool:
    row = {"series": series.pk, "starts_at": OPENS, "ends_at": OPENS + timedelta(hours=4), "capacity": series.capacity}
    row |= {"marked": 0, "marked_by": None, "marked_at": None, "at": AT, "holder": None}
    return _driver().execute(TAKE_BESIDE_HOLDS, row).fetchone() is not None


def _whole(users: list[User], series: Series) -> bool:
    asking = Asking(users[series.pk % len(users)], uuid.uuid4())
    try:
        orient_to_slot(asking=asking, slot=slot_of(series), modality="", by="bench", at=AT)
    except OrientationRefused:
        return False
    return True


def _statements(user: User) -> int:
    """How many statements a whole orientation sends, the beginning and the end of its transaction included."""
    (series,) = plages(1, 2)
    _whole([user], series)
    with CaptureQueriesContext(connection) as sent:
        _whole([user], series)
    if Orientation.objects.count() != 2:
        raise AssertionError("an orientation was refused")
    return len(sent)


if __name__ == "__main__":
    print(json.dumps(main(small="--small" in sys.argv)))
