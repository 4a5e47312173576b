"""The command line, as an editor's developer types it."""

import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
import trustme

from editor_kit.sandbox.__main__ import main
from tests.editor_kit.sandbox.conftest import make_people

COMMAND = (sys.executable, "-m", "editor_kit.sandbox")
Refused = Callable[..., tuple[int, str]]
A_FREE_PORT = ("--port", "0")


@contextmanager
def started(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The command running, and the base URL it printed; it must end well, and in no time, on SIGTERM."""
    command = [*COMMAND, *A_FREE_PORT, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready, _, base_url = process.stdout.readline().strip().partition(" ")
        try:
            assert ready == "READY", process.communicate(timeout=10)
            yield process, base_url
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=10)
            assert (process.returncode, errors) == (0, "")
        finally:
            process.kill()


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """The command in this process, which must print nothing but an error."""

    def run(*arguments: str) -> tuple[int, str]:
        try:
            code = main(list(arguments))
        except SystemExit as usage:
            code = int(usage.code or 0)
        printed = capsys.readouterr()
        assert printed.out == ""
        return code, printed.err

    return run


async def test_the_command_says_where_it_is_ready_and_serves_the_people_of_a_file(tmp_path: Path) -> None:
    people = tmp_path / "people.json"
    people.write_bytes(msgspec.json.encode(make_people(3)))
    with started("--people", str(people), "--name", "Éditeur B", "--behaviour", "slow", "--profile", "kit") as (_, url):
        async with aiohttp.ClientSession() as http, http.get(url.replace("/fhir", "/_sandbox/state")) as answer:
            state = await answer.json()
    assert (state["name"], state["people"], state["behaviour"]) == ("Éditeur B", 10, "slow")


def test_the_command_requires_accounts_unless_told_otherwise() -> None:
    for arguments, required in (((), "true"), (("--accounts", "open"), "false")):
        with started(*arguments) as (_, url):
            assert f'"accounts_required": {required}' in state(url)


def test_the_command_takes_its_token_from_a_file_and_tells_whom_it_notifies(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("sas_editor_x\n", encoding="ascii")
    with started("--notify", "http://127.0.0.1:9/fhir/", "--token-file", str(token), "--system", "urn:oid:1.2") as (
        _,
        url,
    ):
        assert '"notify": "http://127.0.0.1:9/fhir"' in state(url)


def test_an_interrupted_command_ends_well_with_a_slow_answer_pending() -> None:
    with started("--behaviour", "slow", "--latency-ms", "600000") as (_, url):
        host, port = url.removeprefix("http://").removesuffix("/fhir").split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"GET /fhir/Slot?x HTTP/1.1\r\nHost: x\r\n\r\n")
            assert any('"in_flight": 1' in state(url) for _ in range(500))


def state(base_url: str) -> str:
    with urllib.request.urlopen(base_url.replace("/fhir", "/_sandbox/state"), timeout=10) as answer:  # noqa: S310
        return str(answer.read().decode())


def test_a_taken_port_is_said_in_french(refused: Refused) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = refused("--port", str(taken.getsockname()[1]))
    assert (code, "déjà utilisé" in said, "Traceback" in said) == (1, True, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--profile", "cpts"), "« cpts »"),
        (("--profile", "sos"), "« sos »"),
        (("--notify", "http://127.0.0.1:1/fhir"), "--token"),
        (("--token", "t"), "--notify"),
        (("--notify", "127.0.0.1:1/fhir", "--token", "t"), "http(s)"),
        (("--notify", "http://127.0.0.1:1/fhir", "--token", "t t"), "ASCII"),
        (("--notify", "http://127.0.0.1:1/fhir", "--token", "t", "--token-file", "f"), "--token-file"),
        (("--notify", "http://127.0.0.1:1/fhir", "--token-file", "none.txt"), "none.txt"),
        (("--tls-cert", "x.pem"), "--tls-key"),
        (("--client-ca", "x.pem"), "--tls-cert"),
        (("--behaviour", "odd"), "odd"),
        (("--accounts", "some"), "some"),
        (("--latency-ms", "-5"), "--latency-ms"),
        (("--port", "70000"), "65535"),
    ],
)
def test_what_is_not_there_yet_or_makes_no_sense_is_refused(
    refused: Refused, arguments: tuple[str, ...], said: str
) -> None:
    code, message = refused(*A_FREE_PORT, *arguments)
    assert (code, said in message) == (2, True)


def test_unusable_files_are_named(refused: Refused, tmp_path: Path) -> None:
    code, said = refused(*A_FREE_PORT, "--people", str(tmp_path / "none.json"))
    assert (code, "none.json" in said) == (1, True)
    (tmp_path / "bad.pem").write_text("x")
    code, said = refused(*A_FREE_PORT, "--tls-cert", str(tmp_path / "bad.pem"), "--tls-key", str(tmp_path / "bad.pem"))
    assert (code, "TLS" in said, "Traceback" in said) == (1, True, False)


async def test_with_a_client_authority_only_its_certificates_enter(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    server.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    pem = str(tmp_path / "server.pem")
    with started("--tls-cert", pem, "--tls-key", pem, "--client-ca", str(tmp_path / "ca.pem")) as (_, url):
        assert url.startswith("https://127.0.0.1:")
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{url}/metadata", ssl=client_context(authority, authority)) as answer:
                assert (await answer.json(content_type=None))["implementation"]["url"] == url
            for context in (client_context(authority, stranger), client_context(authority, None)):
                with pytest.raises(aiohttp.ClientError):
                    await http.get(f"{url}/metadata", ssl=context)


def client_context(authority: trustme.CA, issuer: trustme.CA | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if issuer is not None:
        issuer.issue_cert("client@sas.example").configure_cert(context)
    return context
