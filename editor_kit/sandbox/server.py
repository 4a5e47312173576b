"""The HTTP side: INT_R01 slot search, `/metadata`, and the control page. interop.md §1.0 and §1.1 give the rules.

Accounts (INT_R02) are in `provisioning`, the pages for people in `booking`, `follow` and `sign_in`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import hdrs, web

from editor_kit.sandbox import booking, dirty, follow, local_tool, provisioning, replies, resources, sign_in
from editor_kit.sandbox.answers import join_search_set
from editor_kit.sandbox.resources import Issue
from editor_kit.sandbox.state import SANDBOX, AccountAnswers, Behaviour, Call, Sandbox
from sas.fhir.slot_query import QueryProblem, RefusedQuery, parse_slot_query

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LARGEST_BODY = 64 * 1024


def create_app(sandbox: Sandbox) -> web.Application:
    """The application of one sandbox."""
    app = web.Application(middlewares=[_down, _fhir_errors], client_max_size=LARGEST_BODY)
    app[SANDBOX] = sandbox
    app.add_routes(
        [
            web.get("/fhir/Slot", search_slots),
            web.post("/fhir/Slot/_search", search_slots),
            web.get("/fhir/metadata", show_capabilities),
            *provisioning.routes,
            web.route("*", "/fhir", refuse_unknown),
            web.route("*", "/fhir/{path:.*}", refuse_unknown),
            web.get("/_sandbox/state", show_state),
            web.put("/_sandbox/behaviour", change_behaviour),
            *booking.routes,
            *follow.routes,
            *local_tool.routes,
            *sign_in.routes,
        ]
    )
    return app


async def search_slots(request: web.Request) -> web.StreamResponse:
    """INT_R01: free slots of 1 to 25 practitioners. Schedules, practitioners and roles always come along."""
    sandbox = request.app[SANDBOX]
    raw_query = await _raw_query(request)
    search = parse_slot_query(raw_query)
    behaviour = sandbox.behaviour
    ids = () if isinstance(search, RefusedQuery) else search.practitioners
    with sandbox.serving(Call(raw_query, ids)):
        if sandbox.latency_seconds:
            await asyncio.sleep(sandbox.latency_seconds)
        if behaviour is Behaviour.ERROR:
            return replies.simulated_failure()
        if behaviour is Behaviour.HTML:
            return replies.login_page()
        if isinstance(search, RefusedQuery):
            return replies.refusal(400, *(Issue(problem.code, _explain(problem)) for problem in search.problems))
        self_url = _self_url(request, raw_query)
        if behaviour is Behaviour.EMPTY:
            return replies.fhir(request, join_search_set([], total=0, self_url=self_url))
        answer = dirty.answer if behaviour is Behaviour.DIRTY else type(sandbox.agendas).answer
        body, slots = answer(sandbox.agendas, search, self_url=self_url, now=sandbox.clock())
        sandbox.sent(slots)
        if behaviour is Behaviour.MALFORMED:
            body = body[: len(body) // 2]
        return replies.fhir(request, body, dirty.CONTENT_TYPE if behaviour is Behaviour.DIRTY else None)


async def show_capabilities(request: web.Request) -> web.Response:
    """`GET /fhir/metadata`."""
    sandbox = request.app[SANDBOX]
    started = sandbox.started.isoformat(timespec="milliseconds")
    return replies.fhir(request, msgspec.json.encode(resources.capability_statement(sandbox.base_url, started)))


async def refuse_unknown(request: web.Request) -> web.Response:
    """Anything else under the base URL."""
    known = "Slot (GET, POST _search), Practitioner (POST, PUT) et metadata (GET)"
    return replies.refusal(404, Issue("not-found", f"Ce bac à sable ne connaît que {known}."))


async def show_state(request: web.Request) -> web.Response:
    """`GET /_sandbox/state`: behaviour and counters since the start."""
    return web.json_response(request.app[SANDBOX].state())


class BehaviourChange(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `PUT /_sandbox/behaviour`."""

    behaviour: Behaviour
    latency_ms: int | None = None
    accounts: AccountAnswers | None = None


async def change_behaviour(request: web.Request) -> web.Response:
    """`PUT /_sandbox/behaviour`: from the next call on; searches under way end as they began."""
    sandbox = request.app[SANDBOX]
    try:
        change = msgspec.json.decode(await request.read(), type=BehaviourChange)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return web.json_response({"erreur": str(error)}, status=400)
    if change.latency_ms is not None and not 0 <= change.latency_ms <= 600_000:
        return web.json_response({"erreur": "latency_ms : de 0 à 600 000 millisecondes"}, status=400)
    sandbox.set_behaviour(change.behaviour, change.latency_ms)
    if change.accounts is not None:
        sandbox.set_account_answers(change.accounts)
    return web.json_response(sandbox.state())


@web.middleware
async def _down(request: web.Request, handler: Handler) -> web.StreamResponse:
    """`down`: the connection is accepted, then closed without an answer, except on the control page."""
    if request.app[SANDBOX].behaviour is Behaviour.DOWN and not request.path.startswith("/_sandbox/"):
        return replies.hang_up(request)
    return await handler(request)


@web.middleware
async def _fhir_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Under the FHIR base, every refusal is an OperationOutcome (§1.0, errors)."""
    if not request.path.startswith("/fhir"):
        return await handler(request)
    try:
        return await handler(request)
    except web.HTTPException as error:
        return replies.refusal(error.status, Issue("invalid", error.reason))
    except Exception:
        logger.exception("unexpected failure of %s", request.path)
        return replies.refusal(500, Issue("exception", "Erreur du bac à sable : voir son journal."))


async def _raw_query(request: web.Request) -> str:
    """The query exactly as received: the self link echoes it letter by letter (§1.0.1)."""
    in_url = request.raw_path.partition("?")[2]
    if request.method != hdrs.METH_POST:
        return _printable(in_url)
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType
    in_body = (await request.read()).decode("utf-8", "replace").strip()
    return _printable("&".join(part for part in (in_url, in_body) if part))


def _self_url(request: web.Request, raw_query: str) -> str:
    host = request.headers.get(hdrs.HOST)
    site = f"{request.scheme}://{host}" if host else request.app[SANDBOX].site
    return _printable(f"{site}/fhir/Slot?{raw_query}")


def _printable(text: str) -> str:
    """Text that JSON can carry: stray bytes of a request line come as lone surrogates."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _explain(problem: QueryProblem) -> str:
    return f"{problem.parameter} : {problem.diagnostics}" if problem.parameter else problem.diagnostics
