"""Kill the web server, the relay and the database while an editor sends bookings: does every SAMU hear of each, once?

``python -m bench.killing_everything [--messages 2000]``: four connections send INT_R03 bookings, then cancel one in
three, to a real granian; `relay_hub` hands what is to be told to a real RabbitMQ with the Hub's dispatcher and LRMs
behind it (`tests.fakes`). Each message is sent again until it is answered. Meanwhile each of the three is killed
(SIGKILL) at moments drawn over the work, and started again. Afterwards, on a quiet platform: what was answered is there
once, `orientation_invariants` holds, and LRMs know of each orientation what it is. Exit status 1 when it is not so.
"""

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.killing import kill_database
from config.embedded_postgres import start
from config.environment import REPOSITORY
from demo.sandboxes import free_port
from tests.fakes.hub_dispatcher import HubDispatcher
from tests.fakes.rabbitmq import SAS, RabbitMq

SENDERS = 4
SYSTEM = "urn:oid:1.2.250.1.999.7.1"
TYPE = "http://interopsante.org/fhir/CodeSystem/fr-v2-0203"
OPERATOR = "http://interopsante.org/fhir/StructureDefinition/FrAppointmentOperator"
MOST_UNEXPECTED = 20
PATIENCE = 120.0
"""Seconds for the relay to hand over what is left, and for SAMUs to acknowledge it."""


@dataclass
class Outcome:
    """`answered`: messages, of which `cancelled`; `kills` by what died; `wrong`: every sentence that is not true."""

    answered: int = 0
    cancelled: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Platform:
    """The processes that die and come back."""

    def __init__(self, environment: dict[str, str], port: int) -> None:
        self._environment = environment
        granian = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        granian += ["--blocking-threads", "16", "--log-level", "critical", "config.wsgi:application"]
        relay = [str(REPOSITORY / "manage.py"), "relay_hub", "--lot", "20", "--retry", "0.3"]
        self._commands = {"web": ["-m", *granian], "relay": relay}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, what: str) -> None:
        command = [sys.executable, *self._commands[what]]
        self._running[what] = subprocess.Popen(
            command, env=self._environment, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def kill(self, what: str) -> None:
        """All of its processes at once, without a word."""
        process = self._running.pop(what, None)
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def close(self) -> None:
        for what in list(self._running):
            self.kill(what)


class Senders:
    """Editors on kept connections, who send again until they are answered."""

    def __init__(self, port: int, told: dict[str, Any], messages: int) -> None:
        self._port, self._told, self._messages = port, told, messages
        self._counting = threading.Lock()
        self.done, self.unexpected = 0, list[str]()

    def send(self, number: int) -> None:
        """One booking, and in one case of three its cancellation."""
        value = str(uuid.UUID(int=number + 1))
        self._until_answered("POST", "/fhir/Appointment", self._message(number, value, "booked"))
        if number % 3 == 0:
            address = f"/fhir/Appointment?identifier={SYSTEM}%7C{value}"
            self._until_answered("PUT", address, self._message(number, value, "cancelled"))
        with self._counting:
            self.done += 1

    def _until_answered(self, method: str, address: str, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {self._told['token']}", "Content-Type": "application/fhir+json"}
        while True:
            client = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
            try:
                client.request(method, address, body, headers)
                answer = client.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException):
                threading.Event().wait(0.05)
                continue
            finally:
                client.close()
            if answer.status in (200, 201):
                return
            if answer.status != http.HTTPStatus.SERVICE_UNAVAILABLE:
                self.unexpected.append(f"{method} {answer.status} {said[:300]!r}")
                if len(self.unexpected) > MOST_UNEXPECTED:
                    raise RuntimeError(self.unexpected[-1])
            threading.Event().wait(0.05)

    def _message(self, number: int, value: str, status: str) -> bytes:
        typed = {"type": {"coding": [{"system": TYPE, "code": "IDNPS"}]}, "system": "urn:oid:1.2.250.1.71.4.2.1"}
        operator = {**typed, "value": self._told["regulator"]}
        doctor = {**typed, "value": self._told["doctors"][number % len(self._told["doctors"])]}
        resource = {
            "resourceType": "Appointment",
            "extension": [{"url": OPERATOR, "valueReference": {"identifier": operator}}],
            "identifier": [{"system": SYSTEM, "value": value}],
            "status": status,
            "start": "2026-11-24T10:00:00.000+01:00",
            "end": "2026-11-24T10:15:00.000+01:00",
            "participant": [{"actor": {"identifier": doctor}, "status": "accepted"}],
        }
        return json.dumps(resource).encode()


def killed_everything(messages: int, *, kills: dict[str, int], seed: int, folder: Path) -> Outcome:
    """Send so many bookings with so many kills of each, let the relay finish, and look."""
    outcome, rng = Outcome(), random.Random(seed)
    port = free_port(set())
    with ExitStack() as stack:
        broker, hub = _hub(folder / "broker", stack)
        server = start(folder)
        stack.callback(lambda: server.stop())  # the one that runs then
        environment = _environment(server.url, broker.url(SAS), folder)
        senders = Senders(port, _inside(environment, "fill"), messages)
        platform = Platform(environment, port)
        stack.callback(platform.close)
        platform.start("web")
        platform.start("relay")
        plan = sorted((rng.randrange(messages // 20, messages * 9 // 10), what) for what in kills
                      for _ in range(kills[what]))  # fmt: skip
        with ThreadPoolExecutor(SENDERS) as pool:
            sending = [pool.submit(senders.send, number) for number in range(messages)]
            for after, what in plan:
                while senders.done < after and not all(one.done() for one in sending):
                    threading.Event().wait(0.005)
                threading.Event().wait(rng.random() / 50)
                outcome.kills[what] += 1
                if what == "database":
                    server = kill_database(server, folder)
                else:
                    platform.kill(what)
                    platform.start(what)
        for one in sending:
            one.result()
        found = _inside(environment, "settle", str(PATIENCE))
        outcome.answered, outcome.cancelled = senders.done, len(range(0, messages, 3))
        outcome.wrong = [*senders.unexpected, *found["broken"], *_not_heard(found, hub)]
        if found["appointments"] != messages or found["orientations"] != messages:
            outcome.wrong.append(f"{found['appointments']} appointments, {found['orientations']} orientations")
    return outcome


def _hub(folder: Path, stack: ExitStack) -> tuple[RabbitMq, HubDispatcher]:
    """A broker with what stands for the Hub behind it; they end with `stack`."""
    folder.mkdir()
    broker = RabbitMq(folder)
    stack.callback(broker.close)
    broker.start()
    hub = HubDispatcher(broker)
    hub.start()
    stack.callback(hub.close)
    return broker, hub


def _environment(database_url: str, hub_url: str, folder: Path) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": database_url,
        "SAS_ENVIRONMENT": "test",
        "SAS_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "HUB_ENABLED": "yes",
        "HUB_URL": hub_url,
        "HUB_CLIENT_ID": SAS,
    }


def _not_heard(found: dict[str, Any], hub: HubDispatcher) -> list[str]:
    """What LRMs know that is not so, or do not know."""
    sent, effects = set(found["messages"]), {name.removeprefix(f"{SAS}_") for name in hub.effects}
    wrong = [f"message {name}: no LRM has it" for name in sent - effects]
    wrong += [f"message {name}: an LRM has it, and we do not" for name in effects - sent]
    last = {each["appointmentId"]: each["status"] for each in hub.effects.values()}
    return wrong + [f"orientation {name}: {state}, its LRM says {last.get(name)}"
                    for name, state in found["states"].items() if last.get(name) != state]  # fmt: skip


def _inside(environment: dict[str, str], *what: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.killing_everything_inside", *what]
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    return dict(json.loads(run.stdout.splitlines()[-1]))


def main(arguments: list[str]) -> int:
    """Print what was sent, what was killed, and what is not true."""
    parser = argparse.ArgumentParser(prog="python -m bench.killing_everything")
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=10, help="of each of the three")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args(arguments)
    kills = dict.fromkeys(("web", "relay", "database"), options.kills)
    with tempfile.TemporaryDirectory() as folder:
        outcome = killed_everything(options.messages, kills=kills, seed=options.seed, folder=Path(folder))
    print(outcome)
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
