import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.environment import REPOSITORY
from demo import children
from demo.children import Child, stop_all

ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)}


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Callable[[str], Child]]:
    """Makes a child that runs this Python code, and stops it in the end."""
    made: list[Child] = []

    def make(code: str) -> Child:
        made.append(Child("essai", [sys.executable, "-c", code], ENVIRONMENT, tmp_path, tmp_path / "log"))
        return made[-1]

    yield make
    stop_all(made)


def test_a_child_that_died_comes_back_later_and_later(
    child: Callable[[str], Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 10_000, 1))
    monkeypatch.setattr(children.time, "monotonic", lambda: float(next(clock)))
    dying = child("import sys; print('au revoir'); sys.exit(3)")
    dying.start()
    pauses: list[float] = []
    while len(pauses) < 7:
        assert dying.process is not None
        dying.process.wait()
        while not dying.revive():
            pass
        pauses.append(dying.pause)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert dying.process is not None
    dying.process.wait()
    assert dying.last_lines(1) == "au revoir"


def test_a_child_that_runs_is_left_alone(child: Callable[[str], Child]) -> None:
    steady = child("import signal; signal.pause()")
    steady.start()
    assert not steady.revive()
    assert steady.is_running()


def test_a_stubborn_child_and_its_own_children_are_killed(
    child: Callable[[str], Child], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(children, "STOP_SECONDS", 0.3)
    stubborn = child(
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "code = 'import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()';"
        "print(subprocess.Popen([sys.executable, '-c', code]).pid, flush=True); signal.pause()"
    )
    stubborn.start()
    wait_until(lambda: stubborn.last_lines().strip().isdigit())
    grandchild = int(stubborn.last_lines())
    stop_all([stubborn])
    assert not stubborn.is_running()
    wait_until(lambda: is_gone(grandchild))


def test_a_child_dies_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import signal, sys; from pathlib import Path; from demo.children import Child;"
        "child = Child('essai', [sys.executable, '-c', 'import signal; signal.pause()'], {}, Path('/'));"
        "child.start(); print(child.process.pid, flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        pid = int(supervisor.stdout.readline())
        # The kernel is asked by the launcher, just before it becomes the program.
        wait_until(lambda: b"launcher.py" not in Path(f"/proc/{pid}/cmdline").read_bytes())
        supervisor.send_signal(signal.SIGKILL)
    wait_until(lambda: is_gone(pid))


def is_gone(pid: int) -> bool:
    """Whether the process ended; a zombie that nobody waits for has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until(condition: Callable[[], bool]) -> None:
    """Returns as soon as `condition` holds; fails after twenty seconds, which nothing here needs."""
    for _ in range(2000):
        if condition():
            return
        threading.Event().wait(0.01)
    pytest.fail("the condition never came true")
