"""The inside of `bench.agenda`: needs Django's settings and an empty database in the environment. Prints JSON rows."""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from sas.agenda.meter import hours_by_week  # noqa: E402
from sas.agenda.models import Series  # noqa: E402
from sas.agenda.queries import supply  # noqa: E402
from sas.directory.models import Practitioner  # noqa: E402

ASKED = 200
SLOTS_EACH = 12
"""Slots that a person offers in 72 h: 200,000 nationwide are 16,667 people with an agenda."""
AT = datetime(2026, 3, 24, 9, 15, tzinfo=UTC)
END = AT + timedelta(hours=72)


def main(*, small: bool) -> list[dict[str, Any]]:
    """Fill the country, measure."""
    call_command("migrate", verbosity=0)
    slots = 4_000 if small else 200_000
    with_agenda = _fill(slots // SLOTS_EACH)
    everyone = list(Practitioner.objects.order_by("pk").values_list("pk", flat=True))
    asked, without = everyone[:with_agenda][:ASKED], everyone[with_agenda:][:ASKED]
    found = supply(practitioner_ids=asked, start=AT, end=END)
    offered = sum(map(len, found.slots.values()))
    rows = Series.objects.filter(practitioner__in=asked).count()
    floor = _best(lambda: _by_key(asked))
    weeks = [date(2026, 3, 23) - timedelta(weeks=number) for number in range(52)]
    return [
        _row(f"supply: {len(asked)} people, {rows} series, {offered} slots", asked, floor),
        _row(f"supply: {len(without)} people without an agenda, of {slots} slots", without, _best(_nothing)),
        {
            "case": f"meter: 52 weeks of one person ({len(weeks)} weeks)",
            "value": _best(lambda: hours_by_week(asked[:1], weeks)),
            "unit": "ms",
            **{"floor": None, "floor_name": "", "ratio": None, "target": None, "sense": "<="},
        },
    ]


def _row(case: str, asked: list[int], floor: float) -> dict[str, Any]:
    value = _best(lambda: supply(practitioner_ids=asked, start=AT, end=END))
    given: dict[str, Any] = {"case": case, "value": value, "unit": "ms", "floor": floor}
    return given | {"floor_name": "bare SELECT", "ratio": value / floor, "target": None, "sense": "<="}


def _by_key(asked: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM agenda_series WHERE practitioner_id = ANY(%s)", [asked])
        cursor.fetchall()


def _nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM agenda_series WHERE practitioner_id = ANY(%s)", [[0]])
        cursor.fetchall()


def _fill(people: int) -> int:
    """As many people again have no agenda. Each of the others: a plage, créneaux in pieces, and a weekly one."""
    Practitioner.objects.bulk_create(
        (
            Practitioner(national_id=f"810{number:09}", family_name="N", profession="10", updated_on=date(2026, 1, 1))
            for number in range(people + max(people, ASKED))
        ),
        batch_size=5_000,
    )
    pks = list(Practitioner.objects.order_by("pk").values_list("pk", flat=True)[:people])
    Series.objects.bulk_create((one for pk in pks for one in _agenda(pk)), batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return people


def _agenda(pk: int) -> list[Series]:
    weekdays = [0, 1, 2, 3, 4]
    pieces = {"starts_at": clock(16), "ends_at": clock(17), "split_minutes": 20, "weekdays": weekdays}
    every = {"starts_at": clock(8 + pk % 6), "ends_at": clock(9 + pk % 6), "kind": "band", "capacity": 4}
    return [
        _series(pk, **pieces),
        _series(pk, **every, weekdays=weekdays),
        _series(pk, starts_at=clock(14), ends_at=clock(14, 20), weekdays=[1], repeat_weeks=2),
    ]


def _series(pk: int, **given: Any) -> Series:
    values: dict[str, Any] = {
        "kind": "slot",
        "practitioner_id": pk,
        "place_key": f"R{pk}",
        "insee": "59350",
        "timezone": "Europe/Paris",
        "first_on": date(2026, 1, 5),
        "modalities": ["AMB"],
        "repeat_weeks": 1,
        **{"created_by": "bench", "created_at": AT, "changed_by": "bench", "changed_at": AT},
    }
    return Series(**(values | given))


def _best(act: Callable[[], object], times: int = 9) -> float:
    """Milliseconds, the best of some: the machine may have other work."""
    best = float("inf")
    for _ in range(times):
        before = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - before)
    return best * 1e3


if __name__ == "__main__":
    print(json.dumps(main(small="--small" in sys.argv)))
