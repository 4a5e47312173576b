"""A real worker on the database under test, as `./run manage procrastinate worker` starts one, plus the tasks of tests.

Run as a program: ``python -m tests.web.worker_process``.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import django
import psycopg
from django.db import connection

from config.environment import REPOSITORY


def address() -> str:
    """The database under test, as DATABASE_URL says it."""
    known = connection.settings_dict
    user, password = quote(str(known["USER"]), safe=""), quote(str(known["PASSWORD"]), safe="")
    kept = {name: value for name, value in known["OPTIONS"].items() if name not in ("pool", "options")}
    query = f"?{urlencode(kept)}" if kept else ""
    return f"postgresql://{user}:{password}@{known['HOST']}:{known['PORT']}/{quote(str(known['NAME']))}{query}"


@contextmanager
def running_worker(**environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker until the block ends; it may be killed inside."""
    told = {**os.environ, "DATABASE_URL": address(), "PYTHONPATH": str(REPOSITORY), **environment}
    command = [sys.executable, "-P", "-m", "tests.web.worker_process"]
    with subprocess.Popen(command, env=told, stdin=subprocess.DEVNULL) as worker:
        try:
            yield worker
        finally:
            worker.terminate()


@contextmanager
def closed_gate(number: int) -> Iterator[None]:
    """Tasks that pass this gate (`pg_advisory_lock_shared`) wait until the block ends."""
    with psycopg.connect(address(), autocommit=True) as keeper:
        keeper.execute("SELECT pg_advisory_lock(%s)", [number])
        yield


if __name__ == "__main__":
    django.setup()
    from django.core.management import execute_from_command_line

    from tests.web import job_tasks  # noqa: F401 — declares them

    execute_from_command_line(["manage.py", "procrastinate", "worker"])
