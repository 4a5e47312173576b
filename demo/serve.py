"""`./run demo`: the whole platform on this machine, from an empty directory to READY, and nothing left behind.

Starts PostgreSQL (unless DATABASE_URL names one), prepares the database, then keeps the sandboxes of partners, the
worker of background jobs and the web server running. Everything stops with this process, whatever ends it.
"""

import argparse
import json
import os
import secrets
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.embedded_postgres import EmbeddedPostgresError, running
from config.environment import REPOSITORY, InvalidEnvironmentError, read_environment
from demo import sandboxes
from demo.children import Child, stop_all
from demo.prepare import SCALES, step
from demo.pro_sante_connect import REALM
from demo.scenario_editors import EDITORS, system_of

THREADS = 128
BACKPRESSURE = 192
"""Requests held by the web server: its threads, and as many again by half that wait for one."""

READY_TIMEOUT = 30.0
POLL = 0.1


class Stopped(BaseException):
    """Somebody asked us to stop (Ctrl-C, SIGTERM): not a fault, and no `except Exception` may keep it."""


class DemoFailed(Exception):  # noqa: N818 — the end of the command, with its reason
    """The demonstration cannot start or go on; the message (French) says what to do."""


@dataclass(frozen=True)
class Options:
    """What the command line says. `port` 0 takes a free one."""

    port: int
    data_dir: Path
    scale: str


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop: exit 0; 1 when something is in the way; 2 for a wrong command line."""
    options = _read(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        _serve(options)
    except Stopped:
        return 0
    except (DemoFailed, EmbeddedPostgresError, InvalidEnvironmentError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _read(arguments: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="./run demo", description="Sert la plateforme de démonstration.")
    parser.add_argument("--port", type=_port, default=8000, help="port du site (8000) ; 0 : un port libre")
    parser.add_argument("--data-dir", type=Path, help="répertoire de données (SAS_DATA_DIR, sinon .data)")
    parser.add_argument(
        "--scale", choices=SCALES, default="department", help="taille de l’annuaire fictif (department)"
    )
    options = parser.parse_args(arguments)
    if options.data_dir is None:
        data_dir = read_environment({**os.environ, "SAS_ENVIRONMENT": "demo"}).data_dir
    else:
        data_dir = options.data_dir.expanduser()
    return Options(options.port, data_dir.resolve(), options.scale)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("un port va de 0 à 65535")
    return int(text)


def _stop(*_: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # once is enough: stopping must not be interrupted half-way
    raise Stopped


def _serve(options: Options) -> None:
    port = options.port or sandboxes.free_port()
    if not sandboxes.is_free(port):
        raise DemoFailed(f"Le port {port} est déjà utilisé : choisissez-en un autre avec --port (0 : un port libre).")
    with ExitStack() as stack:
        ports = sandboxes.ports(options.data_dir, check=True)
        environment = _environment(options, port, ports[sandboxes.PSC])
        if not environment.get("DATABASE_URL"):
            with step("PostgreSQL embarqué prêt"):
                environment["DATABASE_URL"] = stack.enter_context(running(options.data_dir))
        children = stack.enter_context(_children())
        _prepare(options, environment, children)
        web = _web(port, options.data_dir, environment)
        others = [*_partners(port, options.data_dir, ports, environment), _worker(options.data_dir, environment)]
        children.extend([*others, web])
        for child in children:
            child.start()
        with step("Serveur prêt"):
            _wait_until_ready(port, web)
        print(f"READY http://127.0.0.1:{port}")
        print(
            f"http://localhost:{port} — Ctrl-C pour arrêter ; journaux : {options.data_dir / 'demo' / 'logs'}",
            flush=True,
        )
        _watch(others, web)


def _partners(port: int, data_dir: Path, ports: Mapping[str, int], environment: Mapping[str, str]) -> list[Child]:
    """The sandboxes of outside systems. They are told nothing of our database nor of our settings."""
    kept = {name: value for name, value in environment.items() if not name.startswith(("DATABASE_", "SAS_", "PSC_"))}
    platform = f"http://127.0.0.1:{port}/fhir"
    editors = [_sandbox(editor.key, ports[editor.key], platform, data_dir, kept) for editor in EDITORS]
    if environment["PSC_ISSUER"] != _issuer(ports[sandboxes.PSC]):
        return editors  # the operator named a provider of their own
    return [*editors, _pro_sante_connect(ports[sandboxes.PSC], data_dir, environment)]


@contextmanager
def _children() -> Iterator[list[Child]]:
    """The list to put started children in: whatever happens, they are stopped, before PostgreSQL is."""
    children: list[Child] = []
    try:
        yield children
    finally:
        stop_all(children)


def _environment(options: Options, port: int, psc_port: int) -> dict[str, str]:
    """What every child is told. Checked here, where a mistake can still be explained.

    The site is « localhost » in the links that it writes: passkeys need a name, and a sign-in elsewhere must come back
    to the host it left from. It answers to 127.0.0.1 as well.
    """
    environment = {
        **os.environ,
        "SAS_ENVIRONMENT": "demo",
        "SAS_DATA_DIR": str(options.data_dir),
        "SAS_BASE_URL": os.environ.get("SAS_BASE_URL") or f"http://localhost:{port}",
        "PSC_ISSUER": os.environ.get("PSC_ISSUER") or _issuer(psc_port),
        "PSC_CLIENT_ID": os.environ.get("PSC_CLIENT_ID") or "plateforme-sas-demonstration",
        "PSC_CLIENT_SECRET": os.environ.get("PSC_CLIENT_SECRET") or _client_secret(options.data_dir),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONUNBUFFERED": "1",
    }
    read_environment(environment)
    return environment


def _issuer(port: int) -> str:
    return f"http://127.0.0.1:{port}{REALM}"


def _client_secret(data_dir: Path) -> str:
    """Made at the first start and kept: the site and the sandbox share it."""
    path = sandboxes.folder_of(data_dir) / "psc-secret"
    if not path.exists():
        sandboxes.write_whole(path, secrets.token_urlsafe(32).encode(), mode=0o600)
    return path.read_text(encoding="ascii")


def _pro_sante_connect(port: int, data_dir: Path, environment: Mapping[str, str]) -> Child:
    command = [sys.executable, "-m", "demo.pro_sante_connect", "--port", str(port)]
    command += ["--people", str(sandboxes.cards_file(data_dir))]
    command += ["--client-id", environment["PSC_CLIENT_ID"], "--client-secret", environment["PSC_CLIENT_SECRET"]]
    site = environment["SAS_BASE_URL"]
    command += ["--redirect-uri", f"{site}/connexion/psc/retour", "--post-logout-uri", f"{site}/"]
    kept = {name: environment[name] for name in ("PATH", "PYTHONPATH", "PYTHONUNBUFFERED") if name in environment}
    return Child("Pro Santé Connect", command, kept, REPOSITORY, _log(data_dir, sandboxes.PSC))


def _prepare(options: Options, environment: Mapping[str, str], children: list[Child]) -> None:
    command = [sys.executable, "-m", "demo.prepare", "--scale", options.scale]
    preparing = Child("préparation", command, dict(environment), REPOSITORY)
    children.append(preparing)
    preparing.start()
    assert preparing.process is not None  # noqa: S101 — it was just started
    if preparing.process.wait() != 0:
        raise DemoFailed("La préparation de la démonstration a échoué (voir ci-dessus).")
    children.remove(preparing)


def _sandbox(key: str, port: int, platform: str, data_dir: Path, environment: Mapping[str, str]) -> Child:
    editor = next(editor for editor in EDITORS if editor.key == key)
    command = [sys.executable, "-m", "editor_kit.sandbox", "--port", str(port), "--behaviour", editor.behaviour]
    command += ["--name", editor.name, "--people", str(sandboxes.people_file(data_dir, key))]
    command += ["--notify", platform, "--token-file", str(sandboxes.token_file(data_dir, key))]
    command += ["--system", system_of(key)]
    if editor.latency_ms is not None:
        command += ["--latency-ms", str(editor.latency_ms)]
    return Child(editor.name, command, dict(environment), REPOSITORY, _log(data_dir, key))


def _worker(data_dir: Path, environment: Mapping[str, str]) -> Child:
    # Concurrency, heartbeat and the rest: sas/web/job_failures.py.
    command = [sys.executable, "-m", "django", "procrastinate", "worker"]
    return Child("travailleur", command, dict(environment), REPOSITORY, _log(data_dir, "travailleur"))


def _web(port: int, data_dir: Path, environment: Mapping[str, str]) -> Child:
    # docs/adr/0004: threads for pages and event streams; more requests than that wait, none is refused at once.
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", str(THREADS), "--backpressure", str(BACKPRESSURE)]
    command += ["--workers-kill-timeout", "5", "--log-level", "warning"]
    command += ["--static-path-route", "/static", "--static-path-mount", str(data_dir / "static")]
    command.append("config.wsgi:application")
    return Child("site", command, dict(environment), REPOSITORY, _log(data_dir, "site"))


def _log(data_dir: Path, name: str) -> Path:
    return sandboxes.folder_of(data_dir) / "logs" / f"{name}.log"


def _wait_until_ready(port: int, web: Child) -> None:
    """Until the site says that it is ready and that a worker lives, and a person can sign in."""
    deadline = time.monotonic() + READY_TIMEOUT
    while time.monotonic() < deadline:
        if not web.is_running():
            break
        if _answers(f"http://127.0.0.1:{port}/readyz", _has_worker) and _answers(f"http://127.0.0.1:{port}/connexion/"):
            return
        time.sleep(POLL)
    raise DemoFailed(
        f"Le site ou son travailleur n’a pas démarré. Voir les journaux, dont {web.log} :\n{web.last_lines()}"
    )


def _has_worker(body: bytes) -> bool:
    return bool(json.loads(body)["worker"])


def _answers(url: str, says: Callable[[bytes], bool] = lambda _: True) -> bool:
    # No proxy: an address of this machine must not be asked elsewhere.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            return bool(response.status == 200) and says(response.read())
    except (OSError, urllib.error.URLError):
        return False


def _watch(others: list[Child], web: Child) -> None:
    """What dies comes back, the site says that it is missing meanwhile. Without the site there is nothing."""
    while web.is_running():
        for child in others:
            if child.revive():
                print(f"{child.name} s’était arrêté : relancé.", file=sys.stderr)
        time.sleep(POLL)
    raise DemoFailed(f"Le site s’est arrêté. Voir {web.log} :\n{web.last_lines()}")


if __name__ == "__main__":
    sys.exit(main())
