"""The inside of `bench.fhir_server`: needs Django settings and an empty database in the environment. Prints JSON."""

import copy
import http.client
import json
import re
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import django

django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from sas.aggregator.models import Editor  # noqa: E402
from sas.aggregator.services import register_editor  # noqa: E402
from sas.directory.models import PracticeLocation, Practitioner  # noqa: E402
from sas.orientation.appointments import create  # noqa: E402
from sas.web.models import AuditLine  # noqa: E402

AT = datetime(2026, 1, 5, tzinfo=UTC)
DOCTOR = "810000000001"
SYSTEM = "urn:oid:1.2.250.1.999.7.1"
MARK = 700_000_001
"""The id of the orientation in the statements that are sent again: recognised, and replaced."""

SENDERS = 4
"""Connections that send at once, ours and the floor's."""

TYPE = "http://interopsante.org/fhir/CodeSystem/fr-v2-0203"
OPERATOR = "http://interopsante.org/fhir/StructureDefinition/FrAppointmentOperator"


def main(*, small: bool) -> list[dict[str, Any]]:
    """Fill, start the server, measure one way and the other in turns."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    editor, token = register_editor(
        name="Agenda", base_url="https://agenda.invalid/fhir", system=SYSTEM, by="bench", at=AT
    )
    assert token is not None
    _doctor()
    statements = _writes_of_one(editor)
    count, rounds = (20, 1) if small else (200, 3)
    ours, floor, read = 0.0, 0.0, 0.0
    with _server() as port:
        _per_second(lambda number: _post(port, token, number), 10 if small else 100)
        for _ in range(rounds):
            ours = max(ours, _per_second(lambda number: _post(port, token, number), count))
            floor = max(floor, _per_second(lambda number: _replay(statements, number), count))
            read = max(read, _per_second(lambda number: _get(port, number), count))
    return [
        _row(f"POST Appointment, {SENDERS} at once", ours, floor, f"its {len(statements)} writes in bare psycopg", 0.5),
        _row(f"POST Appointment, {SENDERS} at once (server alone)", ours, read, "GET /fhir/metadata", None),
    ]


def _row(case: str, value: float, floor: float, name: str, target: float | None) -> dict[str, Any]:
    return {
        "case": case,
        "value": value,
        "unit": "messages/s",
        "floor": floor,
        "floor_name": name,
        "ratio": value / floor,
        "target": target,
        "sense": ">=",
    }


def _doctor() -> None:
    person = Practitioner.objects.create(
        national_id=DOCTOR, family_name="NOM", given_name="Alex", profession="10", updated_on=date(2026, 1, 5)
    )
    PracticeLocation.objects.create(
        practitioner=person,
        place_key="place",
        specialty="SM54",
        profession="10",
        national_id=DOCTOR,
        family_name=person.family_name,
        insee="59350",
        city="Lille",
        postal_code="59000",
        department="59",
        latitude=50.63,
        longitude=3.07,
        precision="source",
        timezone="Europe/Paris",
        updated_on=date(2026, 1, 5),
    )


def message() -> bytes:
    """A booking nobody announced yet."""
    typed = {"type": {"coding": [{"system": TYPE, "code": "IDNPS"}]}, "system": "urn:oid:1.2.250.1.71.4.2.1"}
    operator = {**typed, "value": "899900000001"}
    resource = {
        "resourceType": "Appointment",
        "extension": [{"url": OPERATOR, "valueReference": {"identifier": operator}}],
        "identifier": [{"system": SYSTEM, "value": str(uuid.uuid4())}],
        "status": "booked",
        "start": "2026-03-24T10:00:00.000+01:00",
        "end": "2026-03-24T10:15:00.000+01:00",
        "created": "2026-03-24T08:41:07+01:00",
        "participant": [{"actor": {"identifier": {**typed, "value": DOCTOR}}, "status": "accepted"}],
    }
    return json.dumps(resource).encode()


def _writes_of_one(editor: Editor) -> list[str]:
    """The rows that one message writes, as so many INSERTs."""
    appointment = create(body=message(), editor=editor, if_match="", at=datetime.now(UTC)).recorded.appointment
    orientation, event = appointment.orientation, appointment.orientation.events.get()
    line = AuditLine.objects.get(target=f"orientation {orientation.uuid}")
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('orientation_orientation', 'id'), %s)", [MARK - 1])
        orientation.pk = event.pk = line.pk = None
        orientation.uuid, appointment.pk, appointment.value = uuid.uuid4(), uuid.uuid4(), str(uuid.uuid4())
        orientation.save(force_insert=True)
        event.orientation = appointment.orientation = orientation
        for row in (event, line, appointment):
            row.save(force_insert=True)
        transaction.set_rollback(True)
    found = [query["sql"] for query in captured.captured_queries if query["sql"].startswith("INSERT")]
    assert len(found) == 4, found
    return found


@contextmanager
def _server() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "128", "--backpressure", "192", "--log-level", "warning"]
    process = subprocess.Popen([*command, "config.wsgi:application"], stdout=sys.stderr)
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            assert process.poll() is None, "granian ended"
            assert time.monotonic() < deadline, "granian does not answer"
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _answers(port: int) -> bool:
    try:
        return _get(port, 1) == 1
    except OSError:
        return False


def _per_second(send: Callable[[int], int], count: int) -> float:
    """How many a second, by `SENDERS` threads that each keep their connection."""
    share = max(count // SENDERS, 1)
    begun = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as pool:
        sent = sum(pool.map(send, [share] * SENDERS))
    return sent / (time.perf_counter() - begun)


def _post(port: int, token: str, number: int) -> int:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    for _ in range(number):
        client.request("POST", "/fhir/Appointment", message(), headers)
        answer = client.getresponse()
        said = answer.read()
        assert answer.status == 201, (answer.status, said)
    client.close()
    return number


def _get(port: int, number: int) -> int:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(number):
        client.request("GET", "/fhir/metadata")
        answer = client.getresponse()
        answer.read()
        assert answer.status == 200
    client.close()
    return number


def _replay(statements: list[str], number: int) -> int:
    """The same rows, with identifiers of their own, one transaction each."""
    given = copy.copy(settings.DATABASES["default"])
    address = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "password": given["PASSWORD"]}
    with psycopg.connect(dbname=given["NAME"], **address) as bare:
        for _ in range(number):
            orientation = str(MARK)
            for statement in _fresh(statements):
                done = bare.execute(statement.replace(str(MARK), orientation).encode())
                if statement.startswith('INSERT INTO "orientation_orientation"'):
                    orientation = str((done.fetchone() or [MARK])[0])
            bare.commit()
    return number


def _fresh(statements: list[str]) -> list[str]:
    """Every UUID replaced by another, the same one everywhere."""
    others: dict[str, str] = {}
    pattern = re.compile(r"\b[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b")
    return [pattern.sub(lambda found: others.setdefault(found[0], str(uuid.uuid4())), one) for one in statements]


if __name__ == "__main__":
    print(json.dumps(main(small="--small" in sys.argv)))
