"""Real relays on a real broker: in a thread, or in a process that may be killed."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from config.environment import REPOSITORY
from sas.lrm.models import Message
from sas.lrm.relay import Pace, Relay
from tests.web.worker_process import address

QUICK = Pace(look=0.05, beat=0.05, least_backoff=0.02, most_backoff=0.2, lot=20, in_flight=10)


@dataclass(frozen=True)
class Settings:
    """Those of `config.environment.Hub` that a relay reads."""

    url: str
    client_id: str
    certificate: str = ""
    key: str = ""
    authorities: str = ""
    message_life: timedelta = timedelta(hours=24)


@contextmanager
def running_relay(settings: Settings, *, pace: Pace = QUICK) -> Iterator[Relay]:
    """A relay until the block ends; it must end well."""
    ready, faults = threading.Event(), list[BaseException]()
    made: list[tuple[Relay, asyncio.AbstractEventLoop]] = []

    async def relaying() -> None:
        relay = Relay(settings, clock=timezone.now, zone=ZoneInfo("Europe/Paris"), pace=pace)
        made.append((relay, asyncio.get_running_loop()))
        ready.set()
        await relay.run()

    def run() -> None:
        try:
            asyncio.run(relaying())
        except BaseException as fault:  # noqa: BLE001 — told to the test
            faults.append(fault)
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    relay, loop = made[0]
    try:
        yield relay
    finally:
        if thread.is_alive():
            loop.call_soon_threadsafe(relay.stop)
        thread.join(30)
    assert not thread.is_alive()
    assert faults == []


@contextmanager
def relay_process(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """`manage.py relay_hub` until the block ends; it may be killed inside."""
    told = {
        **os.environ,
        "DATABASE_URL": address(),
        "PYTHONPATH": str(REPOSITORY),
        "HUB_ENABLED": "yes",
        "HUB_URL": settings.url,
        "HUB_CLIENT_ID": settings.client_id,
        "HUB_CERT": settings.certificate,
        "HUB_KEY": settings.key,
        "HUB_CA": settings.authorities,
    }
    command = [sys.executable, "-P", str(REPOSITORY / "manage.py"), "relay_hub", "--lot", "5", "--retry", "0.2"]
    with subprocess.Popen(command, env=told, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def until(condition: Callable[[], bool]) -> None:
    """Returns as soon as `condition` holds; fails after two minutes: a busy machine is slow to start a process."""
    for _ in range(4800):
        if condition():
            return
        threading.Event().wait(0.025)
    pytest.fail(f"never came true; messages: {list(Message.objects.values_list('state', 'error_code', 'trouble'))}")


def in_state(state: str, count: int) -> Callable[[], bool]:
    """Whether exactly so many messages are in that state."""
    return lambda: Message.objects.filter(state=state).count() == count
