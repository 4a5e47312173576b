"""Accounts told to one editor: real sandboxes, and editors that answer oddly."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from editor_kit.sandbox.running import running_sandbox
from editor_kit.sandbox.state import Behaviour
from sas.aggregator.engine.accounts_client import AccountsClient, Kind, Reply
from sas.aggregator.engine.editors import EditorConfig
from sas.fhir.practitioners import AccountIdentifier, RegulatorAccount
from sas.fhir.systems import IDNPS, SAS

NOW = datetime(2026, 3, 10, 10, tzinfo=UTC)
UUID = AccountIdentifier(SAS, "3d1a4c8e-0b57-4a68-9a3c-3f0b6f9d2c11")
CARD = AccountIdentifier(IDNPS, "3456780581/11242343")
LEA = RegulatorAccount(UUID, True, "Martin", "Léa", "lea@example.org")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def client(base_url: str, **values: Any) -> AsyncIterator[AccountsClient]:
    config = EditorConfig(key="e", name="E", base_url=base_url, **({"timeout": 5.0} | values))
    made = AccountsClient(config, clock=lambda: NOW)
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def editor(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        await web.SockSite(runner, listening).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/fhir"
        await runner.cleanup()


async def told(**answer: Any) -> Reply:
    """What a POST brings when the editor answers so."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(**answer)

    async with editor(handler) as base_url, client(base_url) as accounts:
        return await accounts.create(LEA)


async def test_an_account_is_created_then_changed_by_its_identifier_then_withdrawn() -> None:
    async with running_sandbox() as sandbox, client(sandbox.base_url) as accounts:
        made = await accounts.create(LEA)
        carded = RegulatorAccount(CARD, True, "Martin", "Léa", "lea@example.org")
        moved = await accounts.update(UUID, carded)
        left = await accounts.update(CARD, RegulatorAccount(CARD, False, "Martin", "Léa", "lea@example.org"))
        (account,) = sandbox.accounts.report()["accounts"]
    assert [(reply.kind, reply.status, reply.detail) for reply in (made, moved, left)] == [
        (Kind.ACCEPTED, 201, ""),
        (Kind.ACCEPTED, 200, ""),
        (Kind.ACCEPTED, 200, ""),
    ]
    assert made.server_id == moved.server_id == left.server_id == account["id"] != ""
    assert (account["identifiers"], account["active"]) == ([str(CARD)], False)


async def test_a_put_of_somebody_unknown_creates() -> None:
    async with running_sandbox() as sandbox, client(sandbox.base_url) as accounts:
        reply = await accounts.update(UUID, LEA)
        assert (reply.kind, reply.status, len(sandbox.accounts)) == (Kind.ACCEPTED, 201, 1)


async def test_a_refusal_brings_the_editors_own_words() -> None:
    async with running_sandbox() as sandbox, client(sandbox.base_url) as accounts:
        await accounts.create(LEA)
        twice = await accounts.create(LEA)
        unnamed = await accounts.create(RegulatorAccount(CARD, True, "", "Léa", "autre@example.org"))
    assert (twice.kind, twice.status) == (Kind.REFUSED, 422)
    assert "autre compte actif" in twice.detail
    assert (unnamed.kind, unnamed.status) == (Kind.REFUSED, 422)
    assert "family" in unnamed.detail


@pytest.mark.parametrize(
    ("behaviour", "kind", "status"),
    [
        (Behaviour.ERROR, Kind.UNSURE, 500),
        (Behaviour.DOWN, Kind.UNSURE, None),
        (Behaviour.HTML, Kind.UNREADABLE, 200),
        (Behaviour.MALFORMED, Kind.ACCEPTED, 201),  # Location says what matters
    ],
)
async def test_ill_editors_cost_an_outcome(behaviour: Behaviour, kind: Kind, status: int | None) -> None:
    async with running_sandbox(behaviour=behaviour) as sandbox, client(sandbox.base_url) as accounts:
        reply = await accounts.create(LEA)
    assert (reply.kind, reply.status) == (kind, status)
    assert reply.detail or reply.findings


async def test_too_slow_is_unsure_and_the_account_may_well_be_there() -> None:
    async with running_sandbox(behaviour="slow") as sandbox, client(sandbox.base_url, timeout=0.2) as accounts:
        reply = await accounts.create(LEA)
        assert (reply.kind, reply.kind.possible, len(sandbox.accounts)) == (Kind.UNSURE, True, 1)


async def test_who_does_not_listen_was_told_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    async with client(f"http://127.0.0.1:{port}/fhir") as accounts:
        reply = await accounts.create(LEA)
    assert (reply.kind, reply.kind.possible) == (Kind.UNREACHED, False)


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        ({"status": 204}, Kind.ACCEPTED, ""),
        ({"status": 201, "text": "Created"}, Kind.UNREADABLE, "illisible"),
        ({"status": 201, "text": "ok", "headers": {"Location": "Practitioner/12"}}, Kind.ACCEPTED, ""),
        ({"status": 200, "text": '{"resourceType": "Practitioner"}'}, Kind.ACCEPTED, ""),
        ({"status": 200, "text": '{"resourceType": "Bundle"}'}, Kind.UNREADABLE, "Bundle"),
        (
            {"status": 200, "text": '{"resourceType":"OperationOutcome","issue":[{"severity":"information"}]}'},
            Kind.ACCEPTED,
            "",
        ),
        (
            {
                "status": 200,
                "text": '{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"non"}]}',
            },
            Kind.REFUSED,
            "non",
        ),
        ({"status": 404}, Kind.REFUSED, "HTTP 404"),
        ({"status": 401, "text": "<html>", "content_type": "text/html"}, Kind.REFUSED, "page web"),
        ({"status": 429, "headers": {"Retry-After": "90"}}, Kind.BUSY, "HTTP 429"),
        ({"status": 503, "headers": {"Retry-After": "90"}}, Kind.UNSURE, "HTTP 503"),
        ({"status": 302, "headers": {"Location": "/ailleurs"}}, Kind.REFUSED, "HTTP 302"),
        ({"status": 307, "headers": {"Location": "http://autre.invalid/"}}, Kind.REFUSED, "autre.invalid"),
        ({"status": 200, "body": b"x" * 300_000}, Kind.UNREADABLE, "illisible"),
        ({"status": 200, "headers": {"Content-Encoding": "br"}, "body": b"x"}, Kind.UNREADABLE, "illisible"),
    ],
)
async def test_every_answer_has_its_outcome(answer: dict[str, Any], kind: Kind, says: str) -> None:
    reply = await told(**answer)
    assert reply.kind is kind
    assert says in reply.detail
    assert len(reply.detail) <= 500


async def test_an_editor_may_ask_to_be_left_alone() -> None:
    assert (await told(status=429, headers={"Retry-After": "90"})).retry_after == 90
    assert (await told(status=503, headers={"Retry-After": "absurde"})).retry_after is None


async def test_no_location_is_accepted_and_noticed() -> None:
    reply = await told(status=201)
    assert (reply.kind, reply.server_id, reply.findings) == (Kind.ACCEPTED, "", ("2xx sans Location",))


async def test_one_redirect_on_the_same_host_keeps_the_method_and_the_body() -> None:
    heard: list[tuple[str, str, bytes]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        heard.append((request.method, request.raw_path, await request.read()))
        if "v2" in request.path:
            return web.Response(status=200, headers={"Location": "Practitioner/12"})
        return web.Response(status=308, headers={"Location": request.raw_path.replace("/fhir/", "/v2/")})

    async with editor(handler) as base_url, client(base_url) as accounts:
        reply = await accounts.update(CARD, LEA)
    assert (reply.kind, reply.server_id) == (Kind.ACCEPTED, "12")
    asked = f"Practitioner?identifier={IDNPS}%7C3456780581%2F11242343"
    assert [(method, path) for method, path, _ in heard] == [("PUT", f"/fhir/{asked}"), ("PUT", f"/v2/{asked}")]
    assert heard[0][2] == heard[1][2] != b""


async def test_the_editors_own_headers_and_types_are_sent() -> None:
    heard: dict[str, str] = {}

    async def handler(request: web.Request) -> web.StreamResponse:
        heard.update({name: request.headers[name] for name in ("Accept", "Content-Type", "X-Key")})
        return web.Response(status=201, headers={"Location": "Practitioner/12"})

    async with editor(handler) as base_url, client(base_url, headers=(("X-Key", "k"),)) as accounts:
        await accounts.create(LEA)
    assert heard["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert heard["Accept"].startswith("application/fhir+json")
    assert heard["X-Key"] == "k"


async def test_giving_up_is_passed_on() -> None:
    async with running_sandbox(behaviour="slow") as sandbox, client(sandbox.base_url) as accounts:
        call = asyncio.create_task(accounts.create(LEA))
        while not sandbox.accounts.received:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
