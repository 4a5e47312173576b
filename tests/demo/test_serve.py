"""`./run demo` as a person starts it: a real process, its own database, nothing left behind."""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
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
    """Command lines of what was told of this folder: PostgreSQL, the sandboxes, the worker, the site."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            told = path.with_name("environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line or f"={folder}" in told:
            found.append(line)
    return found


def a_form_is_read(site: str) -> bool:
    """Whether a form sent from this host's own page is looked at, rather than refused as a stranger's."""
    kept = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = kept.open(f"{site}/connexion/", timeout=10).read().decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": found[1], "login": "x@example.org", "password": "faux"})
    try:
        kept.addheaders.append(("Origin", site))
        kept.open(f"{site}/connexion/", form.encode(), timeout=10).close()
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code != 403
    return True


def kill_the_worker_of(supervisor: int) -> None:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            line = path.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if parent == supervisor and b"procrastinate" in line:
            os.kill(int(path.parent.name), signal.SIGKILL)


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
                assert a_form_is_read(f"http://{host}:{port}")
            kinds = " ".join(processes_of(folder))
            expected = ("postgres", "editor_kit.sandbox", "granian", "procrastinate worker")
            assert [kind for kind in expected if kind not in kinds] == []
            kill_the_worker_of(running.pid)
            assert "travailleur s’était arrêté : relancé.\n" in running.stderr
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
