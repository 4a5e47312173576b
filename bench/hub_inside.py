"""The inside of `bench.hub`: a database, a relay, and bare publishing, in turns."""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import aio_pika
import django
import psycopg

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from sas.directory.models import Territory  # noqa: E402
from sas.lrm import hub_sante, relay_rows  # noqa: E402
from sas.lrm.envelopes import Told, appointment_of, report  # noqa: E402
from sas.lrm.models import Lrm, Message  # noqa: E402
from sas.lrm.relay import Pace, Relay  # noqa: E402

IN_FLIGHT = 64
LOT = 256
ROUNDS, LOTS = 6, 3
AT = datetime(2026, 11, 20, 13, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
RECIPIENT = "fr.health.samu590"


def main(*, small: bool) -> list[dict[str, Any]]:
    """Messages per second of both, and their ratio."""
    rounds, each = (1, LOT) if small else (ROUNDS, LOT * LOTS)
    call_command("migrate", verbosity=0)
    _fill(rounds * each)
    ours, bare = asyncio.run(_turns(rounds, each))
    return [
        {
            "case": f"{rounds * each} messages, {IN_FLIGHT} in flight",
            "value": ours,
            "unit": "messages/s",
            "floor": bare,
            "floor_name": "bare aio-pika with confirms",
            "ratio": ours / bare,
            "target": 0.6,
            "sense": ">=",
        }
    ]


def _fill(count: int) -> None:
    territory = Territory.objects.create(code="SAS-59", label="SAS du Nord")
    lrm = Lrm.objects.create(origin="x", territory=territory, hub_client_id=RECIPIENT, created_at=AT)
    Message.objects.bulk_create(
        Message(lrm=lrm, subject=uuid4(), rank=1, payload=_payload(), created_at=AT, next_try_at=AT)
        for _ in range(count)
    )


def _payload() -> dict[str, Any]:
    later = AT + timedelta(hours=20)
    doctor = ("810000000001", "EXEMPLE", "Camille", "SM54", "10")
    who = ("TESTEUR", "Alix", "alix.testeur@example.org", "3620100057/70326SR")
    return appointment_of(Told(uuid4(), AT, later, later, "booked", "PS", "Europe/Paris", who, doctor))


async def _turns(rounds: int, each: int) -> tuple[float, float]:
    relay = Relay(
        settings.SAS_HUB, clock=lambda: datetime.now(UTC), zone=PARIS, pace=Pace(lot=LOT // 2, in_flight=IN_FLIGHT // 2)
    )
    spent = {"ours": 0.0, "bare": 0.0}
    async with (
        await aio_pika.connect(settings.SAS_HUB.url) as connection,
        relay_rows.connected() as one,
        relay_rows.connected() as two,
        hub_sante.connected(settings.SAS_HUB, _ignore) as broker,
    ):
        exchange = await (await connection.channel()).get_exchange(hub_sante.EXCHANGE, ensure=False)
        for _ in range(rounds):
            began = time.perf_counter()
            await asyncio.gather(*(_relayed(relay, rows, broker, each) for rows in (one, two)))
            spent["ours"] += time.perf_counter() - began
            began = time.perf_counter()
            await asyncio.gather(*(_published(exchange, each // IN_FLIGHT) for _ in range(IN_FLIGHT)))
            spent["bare"] += time.perf_counter() - began
    return rounds * each / spent["ours"], rounds * each / spent["bare"]


async def _relayed(relay: Relay, rows: psycopg.AsyncConnection, broker: hub_sante.Broker, count: int) -> None:
    """One pump of two: half of them."""
    for _ in range(count // LOT):
        assert await relay.publish_lot(rows, broker) == LOT // 2


BODY = report(
    _payload(), uuid=uuid4(), sender="fr.health.test.ptfsas", recipient=RECIPIENT, sent=AT, expires=AT, zone=PARIS
)


async def _published(exchange: aio_pika.abc.AbstractExchange, count: int) -> None:
    """One after the other, by each of those in flight."""
    told: dict[str, Any] = {"content_type": "application/json", "delivery_mode": 2}
    for _ in range(count):
        await exchange.publish(aio_pika.Message(BODY, **told), settings.SAS_HUB.client_id)


async def _ignore(message: aio_pika.abc.AbstractIncomingMessage) -> None:
    await message.ack()


if __name__ == "__main__":
    print(json.dumps(main(small="--small" in sys.argv)))
