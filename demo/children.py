"""The processes that the supervisor answers for: started tied to it, watched, stopped to the last."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")
STOP_SECONDS = 8.0
"""Granian gives its own workers 5 s."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
STEADY_SECONDS = 60.0
"""A child that ran so long starts again without a pause."""


@dataclass
class Child:
    """A program, and its process when it runs. Output goes to `log`, started anew at the first start; None: ours."""

    name: str
    command: list[str]
    environment: dict[str, str]
    cwd: Path
    log: Path | None = None
    process: "subprocess.Popen[bytes] | None" = None
    pause: float = field(default=0.0, init=False)
    _started_at: float = field(default=0.0, init=False)
    _starts_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches it through the supervisor only. From the main thread."""
        launched = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), *self.command]
        with contextlib.ExitStack() as stack:
            output = None
            if self.log is not None:
                self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                output = stack.enter_context(self.log.open("ab" if self._started_at else "wb"))
            self._started_at = time.monotonic()
            self.process = subprocess.Popen(
                launched,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output and subprocess.STDOUT,
                cwd=self.cwd,
                env=self.environment,
                start_new_session=True,
            )

    def is_running(self) -> bool:
        """Whether the process is there now."""
        return self.process is not None and self.process.poll() is None

    def revive(self) -> bool:
        """Start a dead child again, later and later when it keeps dying; True at the moment when it does."""
        if self.is_running():
            return False
        now = time.monotonic()
        if not self._starts_at:
            steady = now - self._started_at > STEADY_SECONDS
            self.pause = FIRST_PAUSE if steady or not self.pause else min(self.pause * 2, LONGEST_PAUSE)
            self._starts_at = now + self.pause
        if now < self._starts_at:
            return False
        self._starts_at = 0.0
        self.start()
        return True

    def last_lines(self, count: int = 8) -> str:
        """The end of its log."""
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])


def stop_all(children: list[Child]) -> None:
    """Ask every child to stop, all at once; kill, with its own children, whoever is still there after 8 s."""
    for child in children:
        _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        if child.process is None:
            continue
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
        # What it started and left behind is in its session; nobody else can be, and the group may be empty.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def _signal(child: Child, number: int) -> None:
    if child.process is not None and child.process.poll() is None:
        child.process.send_signal(number)
