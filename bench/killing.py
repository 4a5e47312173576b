"""Kill everything, at random, while patients are sent: is every orientation there once, and everything said of it true?

``python -m bench.killing [--operations 2000]``: two processes that do what web servers do (slots of the agenda, « en
sus », pages of an editor, INT_R03 posts and changes, cancelling, undoing), each operation retried with the same key
until it is answered, on a PostgreSQL of their own. Meanwhile a process is killed (SIGKILL) every so often, and the
database sometimes. Afterwards `orientation_invariants` looks at every row. Exit status 1 when a sentence is not true.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.embedded_postgres import Server, start

WORKERS = 2
LONGEST = 1_200.0
"""Seconds in which it all ends."""


@dataclass
class Outcome:
    """What was done and what was killed; `broken`: what is not true afterwards; `lost`: answered, and not there."""

    done: int = 0
    refused: int = 0
    process_kills: int = 0
    database_kills: int = 0
    broken: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def killed_while_sending(
    operations: int, *, process_kills: int, database_kills: int, seed: int, folder: Path
) -> Outcome:
    """Do so many operations with so many kills, spread over the work, then look at every row."""
    outcome, rng = Outcome(), random.Random(seed)
    server = start(folder)
    try:
        environment = os.environ | {
            "DATABASE_URL": server.url,
            "SAS_ENVIRONMENT": "test",
            "SAS_DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "KILLING_FOLDER": str(folder),
        }
        _inside(environment, "fill")
        server = _let_them_die(server, environment, operations, process_kills, database_kills, rng, outcome, folder)
        found = _inside(environment, "check")
        outcome.broken, outcome.lost = found["broken"], found["lost"]
        outcome.done, outcome.refused = found["done"], found["refused"]
    finally:
        server.stop()
    return outcome


def _let_them_die(
    server: Server,
    environment: dict[str, str],
    operations: int,
    process_kills: int,
    database_kills: int,
    rng: random.Random,
    outcome: Outcome,
    folder: Path,
) -> Server:
    """Kill at moments drawn over the work: once so many operations are answered, give or take some milliseconds."""
    plan = sorted(
        [(rng.randrange(operations // 20, operations * 9 // 10), "process") for _ in range(process_kills)]
        + [(rng.randrange(operations // 20, operations * 9 // 10), "database") for _ in range(database_kills)]
    )
    clock = threading.Event()
    with _workers(environment, operations) as workers:
        for after, whom in plan:
            while _answered(folder) < after and any(worker.poll() is None for worker in workers):
                clock.wait(0.005)
            clock.wait(rng.random() / 50)
            if whom == "database":
                server = kill_database(server, folder)
                outcome.database_kills += 1
            else:
                outcome.process_kills += _kill_process(folder, rng.randrange(WORKERS))
        for worker in workers:
            if worker.wait(LONGEST) != 0:
                raise RuntimeError("a worker failed by itself")
    return server


def _kill_process(folder: Path, number: int) -> int:
    try:
        os.kill(int((folder / f"worker-{number}.pid").read_text(encoding="ascii")), signal.SIGKILL)
    except (OSError, ValueError):  # it has just ended, or is being replaced
        return 0
    return 1


def kill_database(server: Server, folder: Path) -> Server:
    """Kill the postmaster; its children see it and leave; a new one recovers from the log, at the same address."""
    pid = int((folder / "postgres" / "cluster" / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    os.kill(pid, signal.SIGKILL)
    server.stop()
    return start(folder)


def _answered(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("journal-*"))


@contextmanager
def _workers(environment: dict[str, str], operations: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    command = [sys.executable, "-m", "bench.killing_inside", "work"]
    with ExitStack() as stack:
        found = []
        for number in range(WORKERS):
            share = [str(number), str(WORKERS), str(operations)]
            found.append(stack.enter_context(subprocess.Popen([*command, *share], env=environment)))
            stack.callback(found[-1].terminate)
        yield found


def _inside(environment: dict[str, str], what: str) -> dict:
    command = [sys.executable, "-m", "bench.killing_inside", what]
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    return dict(json.loads(run.stdout.splitlines()[-1]))


def main(arguments: list[str]) -> int:
    """Print what was done, what was killed, and what is not true."""
    parser = argparse.ArgumentParser(prog="python -m bench.killing")
    parser.add_argument("--operations", type=int, default=2_000)
    parser.add_argument("--process-kills", type=int, default=60)
    parser.add_argument("--database-kills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        outcome = killed_while_sending(
            options.operations,
            process_kills=options.process_kills,
            database_kills=options.database_kills,
            seed=options.seed,
            folder=Path(folder),
        )
    print(outcome)
    return 1 if outcome.broken or outcome.lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
