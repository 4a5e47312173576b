"""The program and the thread: started, served, stopped, nothing left behind; and it knows nobody."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from config.environment import REPOSITORY
from demo.pro_sante_connect.__main__ import main
from demo.pro_sante_connect.browser import Browser
from demo.pro_sante_connect.people import PeopleError, person
from demo.pro_sante_connect.running import running_provider
from tests.demo.pro_sante_connect.conftest import ZOE

Refused = Callable[..., tuple[int, str]]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "personnes.json"
    file.write_text(json.dumps([person(ZOE, "DURAND", "Zoé")]))
    return file


def arguments(people: Path, *more: str) -> list[str]:
    told = ["--people", str(people), "--client-id", "sas", "--client-secret", "s", "--port", "0"]
    return [*told, "--redirect-uri", "http://a.example/retour", "--redirect-uri", "http://b.example/", *more]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_its_issuer_serves_and_stops(people: Path, number: signal.Signals) -> None:
    after = ("--post-logout-uri", "http://a.example/fin", "http://b.example/fin", "--behaviour", "slow")
    command = [sys.executable, "-P", "-m", "demo.pro_sante_connect", *arguments(people, *after)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(REPOSITORY)}
    ) as process:
        assert process.stdout is not None
        try:
            ready, _, issuer = process.stdout.readline().strip().partition(" ")
            assert ready == "READY", process.communicate(timeout=10)
            assert issuer.endswith("/auth/realms/esante-wallet")
            site = issuer.removesuffix("/auth/realms/esante-wallet")
            assert requests.put(f"{site}/_sandbox/behaviour", json={"behaviour": "ok"}, timeout=10).ok
            for host in (issuer, issuer.replace("127.0.0.1", "localhost")):
                told = requests.get(f"{host}/.well-known/openid-configuration", timeout=10).json()
                assert told["issuer"] == issuer
            after_sign_out = (
                f"{told['end_session_endpoint']}?client_id=sas&post_logout_redirect_uri=http://b.example/fin"
            )
            assert Browser(issuer).sign_out(after_sign_out) == "http://b.example/fin"
            process.send_signal(number)
            assert process.communicate(timeout=10) == ("", "")
        finally:
            process.kill()
    assert process.returncode == 0


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """The command in this process, which must print nothing but an error."""

    def run(told: list[str]) -> tuple[int, str]:
        try:
            code = main(told)
        except SystemExit as usage:
            code = int(usage.code or 0)
        printed = capsys.readouterr()
        assert printed.out == ""
        return code, printed.err

    return run


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--port", "70000"), "65535"),
        (("--redirect-uri", "/retour"), "adresse"),
        (("--redirect-uri", "javascript:alert(1)"), "adresse"),
        (("--redirect-uri", "http://a.example/#x"), "fragment"),
        (("--behaviour", "odd"), "odd"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(
    refused: Refused, people: Path, more: tuple[str, ...], said: str
) -> None:
    code, message = refused(arguments(people, *more))
    assert (code, said in message) == (2, True)


def test_what_is_in_the_way_is_said_in_french(refused: Refused, people: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = refused(arguments(people, "--port", str(taken.getsockname()[1])))
    assert (code, "déjà utilisé" in said) == (1, True)
    code, said = refused(arguments(people.with_name("absent.json")))
    assert (code, "absent.json est illisible" in said) == (1, True)
    people.write_text("[{}]")
    code, said = refused(arguments(people))
    assert (code, "SubjectNameID" in said) == (1, True)


def test_a_thread_ends_with_its_block_even_with_a_slow_answer_pending() -> None:
    before = threading.active_count()
    with running_provider() as provider:
        provider.set_behaviour("slow", slow_seconds=600)
        with socket.create_connection(("127.0.0.1", int(provider.site.rpartition(":")[2]))) as waiting:
            waiting.sendall(b"GET /auth/realms/esante-wallet/protocol/openid-connect/certs HTTP/1.1\r\nHost: x\r\n\r\n")
            assert requests.get(f"{provider.site}/_sandbox/state", timeout=10).ok
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        requests.get(provider.site, timeout=10)


def test_what_prevents_the_start_is_raised_where_it_was_asked() -> None:
    before = threading.active_count()
    with pytest.raises(PeopleError), running_provider(people=[{}]):
        pass
    assert threading.active_count() == before


def test_it_stands_alone() -> None:
    code = (
        "import sys, demo.pro_sante_connect.__main__; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'sas', 'config', 'django', 'editor_kit'}))"
    )
    alone = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert alone.stdout.strip() == "[]"
