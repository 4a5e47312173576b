"""The fake platform of the other tests, verified: it answers the same exchanges as the real one."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
import pytest
from django.test import Client

from editor_kit.sandbox.agenda import AgendaSlot
from editor_kit.sandbox.appointments import appointment_body, appointment_query
from editor_kit.sandbox.reservations import Reservation, Status
from sas.aggregator.services import register_editor
from sas.fhir import systems
from sas.fhir.practitioners import AccountIdentifier
from tests.editor_kit.sandbox.conftest import NOW, as_written, make_people
from tests.fakes.appointment_platform import TOKEN, running_platform

SYSTEM = "urn:oid:1.2.250.1.999.2.7"
OPERATOR = AccountIdentifier(systems.IDNPS, "3456780581/1")

Exchange = tuple[str, str, bytes, bool]
"""Method, what follows the base, body, whether the token is right."""


def exchanges() -> list[Exchange]:
    """A life of appointments: each line depends on those before."""
    first, other = str(uuid.uuid4()), str(uuid.uuid4())
    booked, cancelled = message(first, Status.BOOKED), message(first, Status.CANCELLED)
    nobody = msgspec.json.encode(msgspec.json.decode(booked) | {"extension": []})
    known, unknown = appointment_query(SYSTEM, first), appointment_query(SYSTEM, other)
    return [
        ("POST", "Appointment", booked, False),
        ("POST", "Appointment", booked, True),
        ("POST", "Appointment", booked, True),
        ("POST", "Appointment", cancelled, True),
        ("PUT", known, cancelled, True),
        ("PUT", known, cancelled, True),
        ("PUT", known, message(first, Status.BOOKED), True),
        ("PUT", unknown, message(other, Status.NOSHOW), True),
        ("PUT", unknown, booked, True),
        ("POST", "Appointment", nobody, True),
        ("POST", "Appointment", b"{", True),
    ]


def message(value: str, status: Status) -> bytes:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    slot = AgendaSlot("x", 0, start, start + timedelta(minutes=15), int(start.timestamp()), (), (), "ROUTINE", ())
    made = Reservation("", value, make_people(1)[0], slot, "", OPERATOR, NOW, status)
    return appointment_body(made, OPERATOR, system=SYSTEM)


async def of_the_fake(asked: list[Exchange]) -> list[int]:
    async with running_platform() as platform, aiohttp.ClientSession() as http:
        statuses = []
        for method, path, body, trusted in asked:
            headers = {"Authorization": f"Bearer {TOKEN if trusted else 'x'}", "Content-Type": systems.FHIR_JSON}
            url = as_written(f"{platform.base_url}/{path}")
            async with http.request(method, url, data=body, headers=headers) as answer:
                statuses.append(answer.status)
        return statuses


def of_the_real_one(asked: list[Exchange]) -> list[int]:
    at: dict[str, Any] = {"by": "test", "at": NOW}
    _, token = register_editor(name="Alpha", base_url="http://127.0.0.1:9/fhir", system=SYSTEM, **at)
    statuses = []
    for method, path, body, trusted in asked:
        headers = {"Authorization": f"Bearer {token if trusted else 'x'}"}
        answer = Client().generic(method, f"/fhir/{path}", body, content_type=systems.FHIR_JSON, headers=headers)
        statuses.append(answer.status_code)
    return statuses


@pytest.mark.django_db
def test_the_fake_answers_as_the_platform_does() -> None:
    asked = exchanges()
    real = of_the_real_one(asked)
    assert real == [401, 201, 200, 422, 200, 200, 200, 201, 422, 422, 400]
    assert asyncio.run(of_the_fake(asked)) == real
