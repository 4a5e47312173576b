"""The inside of `bench.search`: needs Django's settings and an empty database in the environment. Prints JSON rows."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from math import ceil
from statistics import median
from typing import Any
from urllib.parse import urlencode

import django

django.setup()

import msgspec  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.fanout_payload import practitioners  # noqa: E402
from config.collector import settle  # noqa: E402
from demo.scenario_editors import EDITORS  # noqa: E402
from sas.accounts.own.services import accept_terms  # noqa: E402
from sas.accounts.permissions import Role  # noqa: E402
from sas.accounts.services import create_account  # noqa: E402
from sas.agenda.models import Series  # noqa: E402
from sas.aggregator import registry  # noqa: E402
from sas.aggregator.services import link_people, register_editor  # noqa: E402
from sas.directory.models import PracticeLocation, Practitioner  # noqa: E402
from sas.search import api, live, rounds  # noqa: E402
from sas.search.questions import understood  # noqa: E402

EDITOR_COUNT = 8
AT = datetime(2026, 1, 5, tzinfo=UTC)
QUESTION = {"text": "médecine générale", "loc": "Lille 59000"}


def main(*, small: bool) -> list[dict[str, Any]]:
    """Fill the town, start the editors, measure."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    _fill()
    with _editors(EDITOR_COUNT) as process:
        for number, port in enumerate(process.ports):
            name = f"Editor {number}"
            register_editor(name=name, base_url=f"http://127.0.0.1:{port}/fhir", stage="booking", by="bench", at=AT)
        for editor in _registered():
            link_people(editor=editor, ids=practitioners(), by="bench", at=AT)
        user, _ = create_account(email="bench@example.org", roles=[Role.REGULATOR], by="bench", at=AT)
        accept_terms(user=user, version=settings.SAS_TERMS_VERSION, by="bench", at=AT)
        client = Client()
        client.force_login(user)
        settle()
        rounds_count = 5 if small else 60
        rows = [_cost(client, rounds_count, ""), *_first_event(3 if small else 20)]
        _fill_agendas(people=500 if small else 10_000)
        settle()
        rows.append(_cost(client, rounds_count, f" and {_agenda_slots()} agenda slots nationwide"))
    registry.close()
    return rows + _calls()


class _editors:  # noqa: N801 — used as a function
    """Editors in a process of their own, answering without delay."""

    def __init__(self, count: int) -> None:
        orders = {"delays": [0.0] * count, "first": (timezone.now() + timedelta(minutes=30)).isoformat()}
        command = [sys.executable, "-m", "bench.fanout_editors"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        self.ports: list[int] = json.loads(self._process.stdout.readline())

    def __enter__(self) -> "_editors":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)


def _registered() -> list[Any]:
    from sas.aggregator.models import Editor

    return list(Editor.objects.all())


def _fill() -> None:
    for rank, national_id in enumerate(practitioners()):
        person = Practitioner.objects.create(
            national_id=national_id, family_name=f"NOM{rank}", profession="10", updated_on=date(2026, 1, 5)
        )
        PracticeLocation.objects.create(
            practitioner=person,
            place_key=f"place-{rank}",
            specialty="SM54",
            profession="10",
            national_id=national_id,
            family_name=person.family_name,
            insee="59350",
            city="Lille",
            postal_code="59000",
            department="59",
            latitude=50.63 + rank / 10_000,
            longitude=3.07,
            precision="source",
            timezone="Europe/Paris",
            updated_on=date(2026, 1, 5),
        )


AGENDA_A_DAY = 7
"""Slots of one person a day in the bench: a morning of 3 h 30 in half hours, so that 10,000 people offer 210,000."""


def _fill_agendas(people: int) -> None:
    """A SAS agenda for everybody of the town, and for so many people elsewhere."""
    elsewhere = [
        Practitioner(national_id=f"899{number:09}", family_name=f"AILLEURS{number}", profession="10", updated_on=AT)
        for number in range(people)
    ]
    Practitioner.objects.bulk_create(elsewhere)
    town = PracticeLocation.objects.values_list("practitioner_id", "place_key")
    whose = [*town, *((person.pk, "place") for person in elsewhere)]
    Series.objects.bulk_create(
        Series(
            practitioner_id=pk,
            place_key=place,
            insee="59350",
            timezone="Europe/Paris",
            kind="band",
            first_on=AT,
            starts_at=clock(8),
            ends_at=clock(11, 30),
            split_minutes=30,
            modalities=["AMB"],
            repeat_weeks=1,
            weekdays=list(range(7)),
            created_by="bench",
            created_at=AT,
            changed_by="bench",
            changed_at=AT,
        )
        for pk, place in whose
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE agenda_series")


def _agenda_slots() -> int:
    return Series.objects.count() * AGENDA_A_DAY * 3


def _cpu(acts: Mapping[str, Callable[[], object]], times: int) -> dict[str, float]:
    """Median CPU seconds per call (this process, all threads); acts take turns, so that a busy machine slows all."""
    samples: dict[str, list[float]] = {name: [] for name in acts}
    for turn in range(times + 3):
        for name, act in acts.items():
            began = time.process_time()
            act()
            if turn >= 3:
                samples[name].append(time.process_time() - began)
    return {name: median(values) for name, values in samples.items()}


def _cost(client: Client, times: int, beside: str) -> dict[str, Any]:
    """CPU of the whole request against the sum: candidates (directory, links), fan-out with decoding, JSON."""
    parameters = QueryDict(urlencode(QUESTION))

    def lot() -> Any:
        return understood(parameters, now=timezone.now())

    def request() -> None:
        answer = client.get("/api/v1/recherche", QUESTION)
        assert answer.status_code == 200

    asked = lot()
    conversation = rounds.answered(asked.lot, asked.criteria, deadline=5)
    assert sum(len(card.all_slots) for card in conversation.cards()) > EDITOR_COUNT * 50
    document = api.answer(conversation, editors=registry.editors(), path="/", sees_participation=True)
    question = asked.lot.question()
    parts: dict[str, Callable[[], object]] = {
        "directory": lot,
        "fan-out and decoding": lambda: registry.ask(question, deadline=5),
        "JSON": lambda: msgspec.json.encode(document),
    }
    costs = _cpu(parts | {"request": request}, times)
    whole = costs.pop("request")
    floor = sum(costs.values())
    return _row(
        f"request CPU, 8 editors x 100 slots{beside}",
        whole * 1000,
        "ms",
        floor * 1000,
        "sum of parts",
        whole / floor,
        1.5,
    )


def _first_event(times: int) -> list[dict[str, Any]]:
    """Milliseconds from the start of a stream to its first card, editors answering at once.

    The median is judged. The worst is told beside it: on a machine that does something else too, it says how long the
    system kept this process or the editors' waiting (its CPU time stays that of the median).
    """
    parameters = QueryDict(urlencode(QUESTION))
    samples = []
    for _ in range(times):
        asked = understood(parameters, now=timezone.now())
        began = time.perf_counter()
        stream = live.LiveSearch(
            asked.lot, asked.criteria, card=lambda card: card.order, state=lambda *_: "", apology=""
        )
        first = next(chunk for chunk in stream if chunk.startswith(b"event: carte"))
        samples.append((time.perf_counter() - began) * 1000)
        assert first
        stream.close()
    rows = (("median", median(samples), 1.0), ("worst", max(samples), None))
    return [
        _row(f"first card of a stream, {which}", value, "ms", 50.0, "50 ms after the editor", value / 50, target)
        for which, value, target in rows
    ]


def _calls() -> list[dict[str, Any]]:
    """Calls of one search of 200 candidates against « every editor for every lot of 25 », nothing in the cache."""
    rows = []
    for editors, target in ((len(EDITORS), None), (40, 0.1)):
        draw = random.Random(59)
        ours = []
        for _ in range(200):
            linked = [sum(draw.random() < editor.share for _ in range(200)) for editor in EDITORS]
            ours.append(sum(ceil(people / 25) for people in linked))
        mean, naive = sum(ours) / len(ours), editors * ceil(200 / 25)
        case = f"calls per search, demo links, {editors} editors"
        rows.append(_row(case, mean, "calls", naive, "every editor, every 25", mean / naive, target))
    return rows


def _row(
    case: str, value: float, unit: str, floor: float, floor_name: str, ratio: float, target: float | None
) -> dict[str, Any]:
    return {
        "case": case,
        "value": round(value, 3),
        "unit": unit,
        "floor": round(floor, 3),
        "floor_name": floor_name,
        "ratio": round(ratio, 3),
        "target": target,
        "sense": "<=",
    }


if __name__ == "__main__":
    print(json.dumps(main(small="--small" in sys.argv)))
