"""Runs a command with DATABASE_URL naming a throw-away PostgreSQL of the system (Debian's packages).

``python -m tests.config.debian_postgres COMMAND ARGUMENT…`` proves that nothing depends on the embedded server: the
oldest version ≥ 15 that is installed is started in a temporary directory, as the user ``postgres`` when one is root.
"""

import os
import pwd
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

OLDEST_SUPPORTED = 15
START_TIMEOUT = 60.0


def binaries() -> Path:
    """The folder of the oldest supported version; exits with a sentence when there is none."""
    folders = {int(path.name): path / "bin" for path in Path("/usr/lib/postgresql").glob("[0-9]*")}
    supported = [
        version for version in folders if version >= OLDEST_SUPPORTED and (folders[version] / "initdb").exists()
    ]
    if not supported:
        sys.exit("PostgreSQL 15 ou plus récent n’est pas installé : apt install postgresql-15")
    return folders[min(supported)]


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a new server, whose role ``sas`` may create databases and nothing more."""
    user = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else os.geteuid()
    with tempfile.TemporaryDirectory(prefix="sas-debian-postgres-") as directory:
        home = Path(directory)
        password = secrets.token_urlsafe(24)
        (home / "password").write_text(password, encoding="ascii")
        for path in (home, home / "password"):
            os.chown(path, user, -1)
        options = ["--username=postgres", f"--pwfile={home / 'password'}", "--auth=scram-sha-256", "--locale=C.UTF-8"]
        initdb = [str(folder / "initdb"), f"--pgdata={home / 'data'}", "--encoding=UTF8", "--no-sync", *options]
        subprocess.run(initdb, check=True, cwd=home, user=user, stdout=subprocess.DEVNULL)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        fast = [part for name in ("fsync", "synchronous_commit", "full_page_writes") for part in ("-c", f"{name}=off")]
        network = ["-h", "127.0.0.1", "-p", str(port), "-k", ""]
        with (home / "log").open("wb") as log:
            command = [str(folder / "postgres"), "-D", str(home / "data"), *network, *fast]
            server = subprocess.Popen(command, cwd=home, user=user, stdout=log, stderr=log, start_new_session=True)
        try:
            yield ordinary_role(server, f"postgres:{password}@127.0.0.1:{port}", home / "log")
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


def ordinary_role(server: "subprocess.Popen[bytes]", superuser: str, log: Path) -> str:
    """Wait for the server, create the role and the database ``sas``, and give their address."""
    password, address = superuser.partition(":")[2].split("@")
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            connection = psycopg.connect(f"postgresql://{superuser}/postgres", autocommit=True)
            break
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"PostgreSQL n’a pas démarré :\n{log.read_text(encoding='utf-8', errors='replace')}")
            time.sleep(0.05)
    with connection:
        connection.execute(psycopg.sql.SQL("CREATE ROLE sas LOGIN CREATEDB PASSWORD {}").format(password))
        connection.execute("CREATE DATABASE sas OWNER sas")
        version = connection.info.server_version // 10000
    print(f"PostgreSQL {version} ({Path(server.args[0]).parent})", file=sys.stderr)  # type: ignore[index,arg-type]  # noqa: T201
    return f"postgresql://sas:{password}@{address}/sas"


def main(command: list[str]) -> int:
    """Run the command; its exit status is ours."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server stops then too
    with running(binaries()) as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
