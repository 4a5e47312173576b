"""`./run demo` as a person starts it: a real process, its own database, nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from config.environment import REPOSITORY

ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith(("SAS_", "DATABASE_", "DJANGO_"))
} | {"PYTHONPATH": str(REPOSITORY)}


def demo(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "demo.serve", *arguments],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def processes_of(folder: Path) -> list[str]:
    """Command lines that name this folder: PostgreSQL, the sandboxes, the site."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def test_it_serves_until_told_to_stop_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "données de démo"
    with demo("--scale", "small", "--port", "0", "--data-dir", str(folder)) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        try:
            ready = next((line for line in running.stdout if line.startswith("READY ")), None)
            assert ready, running.stderr.read()
            port = ready.strip().rpartition(":")[2]
            assert f"http://localhost:{port}" in running.stdout.readline()
            for host in ("127.0.0.1", "localhost"):
                with urllib.request.urlopen(f"http://{host}:{port}/connexion/", timeout=10) as page:
                    assert "regulateur@demo.invalid" in page.read().decode()
            kinds = " ".join(processes_of(folder))
            assert all(kind in kinds for kind in ("postgres", "editor_kit.sandbox", "granian"))
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(30)
        assert running.returncode == 0
    assert processes_of(folder) == []


def test_a_busy_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with demo("--port", str(port), "--data-dir", str(tmp_path / "data")) as refused:
            _, said = refused.communicate(timeout=30)
    assert refused.returncode == 1
    assert f"Le port {port} est déjà utilisé" in said
    assert "--port" in said


def test_a_wrong_command_line_is_a_usage_error() -> None:
    with demo("--port", "huit mille") as refused:
        _, said = refused.communicate(timeout=30)
    assert (refused.returncode, "un port va de 0 à 65535" in said) == (2, True)
