"""The embedded server: real processes, killed and raced as they would be on a machine."""

import importlib.util
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from config.embedded_postgres import LAUNCHER, EmbeddedPostgresError, running, start
from config.environment import REPOSITORY

STARTER = """
import json, sys
from pathlib import Path
from config.embedded_postgres import start
server = start(Path(sys.argv[1]))
print(json.dumps({"url": server.url, "owner": server.owner}), flush=True)
sys.stdin.read()
server.stop()
"""


class Answer(NamedTuple):
    url: str
    owner: bool


@dataclass
class Starter:
    """Another process that starts or joins the server of a directory, and holds it until it is let go."""

    process: "subprocess.Popen[str]"

    def answer(self) -> Answer:
        assert self.process.stdout is not None
        return Answer(**json.loads(self.process.stdout.readline()))

    def let_go(self) -> int:
        self.process.communicate()
        return self.process.returncode

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        self.process.wait()


@pytest.fixture
def another() -> Iterator[Callable[..., Starter]]:
    with ExitStack() as stack:

        def begin(data_dir: Path, *prefix: str, env: dict[str, str] | None = None) -> Starter:
            process = subprocess.Popen(
                [*prefix, sys.executable, "-W", "error", "-c", STARTER, str(data_dir)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=REPOSITORY,
                env=env,
            )
            stack.callback(process.communicate)
            return Starter(process)

        yield begin


@pytest.fixture(scope="session")
def new_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a server that ran once: tests that are not about creation copy them, which is quicker."""
    data_dir = tmp_path_factory.mktemp("new-server")
    with running(data_dir, ephemeral=True):
        return data_dir


@pytest.fixture
def data_dir(tmp_path: Path, new_server: Path) -> Path:
    shutil.copytree(new_server, tmp_path / "data")
    (tmp_path / "data/postgres/port").unlink()
    return tmp_path / "data"


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres/cluster/postmaster.pid").read_text().split("\n", 1)[0])


def stopped_cleanly(data_dir: Path) -> bool:
    return not (data_dir / "postgres/cluster/postmaster.pid").exists()


def query(url: str, text: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(text)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def remember(url: str) -> None:
    query(url, "CREATE TABLE kept AS SELECT generate_series(1, 10000) AS n")


def test_a_new_directory_gives_an_ordinary_role_that_owns_its_database(tmp_path: Path) -> None:
    with running(tmp_path / "répertoire de données" / "sas") as url:
        assert url.startswith("postgresql://sas:")
        assert query(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        for extension in ("cube", "btree_gist", "pg_trgm", "unaccent"):
            query(url, f"CREATE EXTENSION {extension}")
        assert query(url, "SELECT lower('ÉLAN')") == "élan"
        assert query(url, "SHOW fsync") == "on"


def test_only_who_knows_the_password_enters_and_only_the_owner_reads_it(data_dir: Path) -> None:
    with running(data_dir, ephemeral=True) as url:
        password = url.split(":")[2].split("@")[0]
        with pytest.raises(psycopg.OperationalError, match="password"):
            query(url.replace(password, "guess"), "SELECT 1")
        assert stat.S_IMODE((data_dir / "postgres/password").stat().st_mode) == 0o600
        assert password not in (data_dir / "postgres/log").read_text()


def test_data_and_address_are_the_same_after_a_restart(data_dir: Path) -> None:
    with running(data_dir) as first:
        remember(first)
    assert stopped_cleanly(data_dir)
    with running(data_dir) as second:
        assert second == first
        assert query(second, "SELECT count(*) FROM kept") == 10000


def test_a_port_that_was_taken_meanwhile_is_replaced(
    data_dir: Path, tmp_path: Path, another: Callable[..., Starter]
) -> None:
    shutil.copytree(data_dir, tmp_path / "occupant")
    port = another(tmp_path / "occupant").answer().url.rpartition(":")[2].removesuffix("/sas")
    (data_dir / "postgres/port").write_text(port)
    with running(data_dir) as url:
        assert f":{port}/" not in url
        assert query(url, "SELECT 1") == 1


def test_three_simultaneous_starters_share_one_server_and_joiners_never_stop_it(
    tmp_path: Path, another: Callable[..., Starter]
) -> None:
    starters = [another(tmp_path) for _ in range(3)]
    answers = [starter.answer() for starter in starters]
    assert sorted(answer.owner for answer in answers) == [False, False, True]
    assert len({answer.url for answer in answers}) == 1
    by_role = sorted(zip(answers, starters, strict=True), key=lambda pair: pair[0].owner)
    for answer, joiner in by_role[:2]:
        assert joiner.let_go() == 0
        assert query(answer.url, "SELECT 1") == 1
    assert by_role[2][1].let_go() == 0
    assert stopped_cleanly(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_stops_cleanly_when_its_starter_is_killed(
    data_dir: Path, another: Callable[..., Starter], number: signal.Signals
) -> None:
    starter = another(data_dir)
    remember(starter.answer().url)
    starter.kill(number)
    with running(data_dir) as url:  # waits for the old server to be gone
        assert query(url, "SELECT count(*) FROM kept") == 10000
    assert "database system was shut down" in (data_dir / "postgres/log").read_text()


def test_nobody_needs_to_come_for_an_orphan_to_stop(data_dir: Path, another: Callable[..., Starter]) -> None:
    starter = another(data_dir)
    starter.answer()
    starter.kill()
    assert eventually(lambda: stopped_cleanly(data_dir))


def test_data_survives_a_killed_server(data_dir: Path, another: Callable[..., Starter]) -> None:
    first = another(data_dir)
    remember(first.answer().url)
    os.kill(postmaster(data_dir), signal.SIGKILL)
    second = another(data_dir).answer()
    assert second.owner
    assert query(second.url, "SELECT count(*) FROM kept") == 10000
    assert first.let_go() == 0


def test_a_pid_file_that_names_another_program_is_not_believed(data_dir: Path) -> None:
    with running(data_dir):
        old = (data_dir / "postgres/cluster/postmaster.pid").read_text().split("\n")
    (data_dir / "postgres/cluster/postmaster.pid").write_text("\n".join([str(os.getpid()), *old[1:]]))
    with running(data_dir) as url:
        assert query(url, "SELECT 1") == 1


@pytest.mark.parametrize("text", ["", "not a number\n", f"{2**40}\n"])
def test_a_damaged_pid_or_port_file_does_not_prevent_a_start(data_dir: Path, text: str) -> None:
    with running(data_dir, ephemeral=True):
        pass
    (data_dir / "postgres/port").write_text(text)
    with running(data_dir, ephemeral=True) as url:
        assert query(url, "SELECT 1") == 1


def test_a_creation_cut_short_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "postgres/cluster.new").mkdir(parents=True)
    (tmp_path / "postgres/cluster.new/PG_VERSION").write_text("18\n")
    with running(tmp_path, ephemeral=True) as url:
        assert query(url, "SELECT 1") == 1
    assert not (tmp_path / "postgres/cluster.new").exists()


def test_data_of_another_major_version_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres/cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedPostgresError) as caught:
        start(tmp_path)
    message = str(caught.value)
    assert "PostgreSQL 15" in message
    assert "PostgreSQL 18" in message
    assert "pg_dump" in message
    assert "--data-dir" in message
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


def test_a_machine_without_binaries_is_sent_to_database_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EmbeddedPostgresError, match="DATABASE_URL"):
        start(tmp_path)


def test_tests_trade_durability_for_speed(data_dir: Path) -> None:
    with running(data_dir, ephemeral=True) as url:
        assert query(url, "SHOW fsync") == "off"


def test_closed_parent_directories_stay_closed_and_keep_their_owner(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = [(path, path.stat().st_mode, path.stat().st_uid) for path in (closed, *closed.parents)]
    with running(closed / "data", ephemeral=True):
        pass
    assert [(path, path.stat().st_mode, path.stat().st_uid) for path, *_ in before] == before


def test_an_ordinary_user_without_a_home_can_run_it(data_dir: Path, another: Callable[..., Starter]) -> None:
    """As root, the launcher lends the name « nobody » to the starter; otherwise the tests' own user is ordinary."""
    nobody = str(pwd.getpwnam("nobody").pw_uid) if os.geteuid() == 0 else "-"
    prefix = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), nobody]
    bare = {"HOME": "/nonexistent", "XDG_RUNTIME_DIR": "/run/user/nobody", "PYTHONPATH": str(REPOSITORY)}
    answer = another(data_dir, *prefix, env=bare).answer()
    assert answer.owner
    assert query(answer.url, "SELECT 1") == 1


def test_an_unusable_directory_is_named_in_french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(EmbeddedPostgresError, match="n’est pas accessible"):
        start(tmp_path / "closed")
