"""The server side of INT_R02: `POST Practitioner`, `PUT Practitioner?identifier=…`, and the control page of accounts.

interop.md §1.4 (rules), §7.5 (what the official kit sends). An account is written before the answer waits, so that a
caller who gives up too early finds it there at its next attempt.
"""

import asyncio

import msgspec
from aiohttp import hdrs, web

from editor_kit.sandbox import replies
from editor_kit.sandbox.accounts import Account
from editor_kit.sandbox.resources import Issue
from editor_kit.sandbox.state import SANDBOX, AccountAnswers, Behaviour, Sandbox
from sas.fhir.practitioners import (
    AccountIdentifier,
    RefusedAccount,
    RegulatorAccount,
    read_account_identifier,
    read_regulator,
    regulator_body,
)

routes = web.RouteTableDef()

_JSON = frozenset({"application/fhir+json", "application/json+fhir", "application/json"})
_REFUSED = {
    AccountAnswers.REJECTED: (422, Issue("business-rule", "Compte refusé : règle simulée par le bac à sable.")),
    AccountAnswers.MALFORMED: (400, Issue("structure", "Requête refusée : erreur simulée par le bac à sable.")),
}
_MISDIRECTED = "INT_R02 ne connaît que POST Practitioner et PUT Practitioner?identifier=… : "


class Decision(msgspec.Struct, frozen=True):
    """What becomes of a request: accepted (`account` and its `act`), or refused (`issues`)."""

    status: int
    issues: tuple[Issue, ...] = ()
    account: Account | None = None
    act: str = ""


@routes.post("/fhir/Practitioner")
async def create_account(request: web.Request) -> web.StreamResponse:
    """Create an account: 201, refused when it exists already."""
    _check_formats(request)
    body = await request.read()
    sandbox = request.app[SANDBOX]
    told = read_regulator(body)
    name = "" if isinstance(told, RefusedAccount) else str(told.identifier)
    return await _answer(request, name, _scripted(sandbox) or _created(sandbox, told, email_is_unique=True))


@routes.put("/fhir/Practitioner")
async def update_account(request: web.Request) -> web.StreamResponse:
    """Update the account that `identifier` names, or create it when there is none (PUT-as-create)."""
    _check_formats(request)
    body = await request.read()
    sandbox = request.app[SANDBOX]
    asked = read_account_identifier(request.raw_path.partition("?")[2])
    if not isinstance(asked, AccountIdentifier):
        status = 412 if asked.code == "multiple-matches" else 400
        return await _answer(request, "", Decision(status, (Issue(asked.code, asked.diagnostics),)))
    return await _answer(request, str(asked), _scripted(sandbox) or _updated(sandbox, asked, body))


@routes.route("*", "/fhir/Practitioner")
@routes.route("*", "/fhir/Practitioner/{server_id}")
async def refuse_method(request: web.Request) -> web.Response:
    """Everything else about accounts; above all, nothing is ever deleted (§1.4.2)."""
    on_the_type = "server_id" not in request.match_info
    how = "un compte se retire par PUT avec active:false." if request.method == hdrs.METH_DELETE else "voir metadata."
    allowed = {"Allow": "POST, PUT" if on_the_type else ""}
    return replies.refusal(405, Issue("not-supported", _MISDIRECTED + how), headers=allowed)


@routes.get("/_sandbox/accounts")
async def show_accounts(request: web.Request) -> web.Response:
    """The accounts, and every request received about them, in order."""
    sandbox = request.app[SANDBOX]
    return web.json_response({"required": sandbox.accounts_required, **sandbox.accounts.report()})


def _scripted(sandbox: Sandbox) -> Decision | None:
    """The refusal that the control page asked for; nothing is written then."""
    if sandbox.behaviour is Behaviour.ERROR:
        return Decision(500)
    if sandbox.behaviour is Behaviour.HTML:
        return Decision(200)
    if refused := _REFUSED.get(sandbox.account_answers):
        return Decision(refused[0], (refused[1],))
    return None


def _created(sandbox: Sandbox, told: RegulatorAccount | RefusedAccount, *, email_is_unique: bool) -> Decision:
    if isinstance(told, RefusedAccount):
        return _unreadable(told)
    made = sandbox.accounts.create(told, email_is_unique=email_is_unique)
    return Decision(422, (made,)) if isinstance(made, Issue) else Decision(201, account=made, act="created")


def _updated(sandbox: Sandbox, asked: AccountIdentifier, body: bytes) -> Decision:
    account = sandbox.accounts.holder(asked)
    told = read_regulator(body, any_technical_id=account is None)
    if account is None:
        return _created(sandbox, told, email_is_unique=False)
    if isinstance(told, RefusedAccount):
        return _unreadable(told)
    issue = sandbox.accounts.update(account, told)
    return Decision(422, (issue,)) if issue else Decision(200, account=account, act="updated")


def _unreadable(refused: RefusedAccount) -> Decision:
    issues = tuple(Issue(problem.code, problem.diagnostics, problem.expression) for problem in refused.problems)
    return Decision(400 if refused.malformed else 422, issues)


async def _answer(request: web.Request, identifier: str, decision: Decision) -> web.StreamResponse:
    """Write the request down, wait as long as the sandbox must, and say what became of it."""
    sandbox, account = request.app[SANDBOX], decision.account
    behaviour, answers = sandbox.behaviour, sandbox.account_answers
    sandbox.accounts.note(request.method, identifier, decision.status, decision.act, account)
    body = regulator_body(account.told, resource_id=account.server_id) if account else b""
    if sandbox.latency_seconds:
        await asyncio.sleep(sandbox.latency_seconds)
    if answers is AccountAnswers.LOST:
        return replies.hang_up(request)
    if account is None:
        if decision.issues:
            return replies.refusal(decision.status, *decision.issues)
        return replies.simulated_failure() if decision.status == 500 else replies.login_page()
    if behaviour is Behaviour.MALFORMED:
        body = body[: len(body) // 2]
    minimal = "return=minimal" in request.headers.get("Prefer", "").replace(" ", "").lower()
    response = replies.fhir(request, b"" if minimal else body)
    response.set_status(decision.status)
    response.headers[hdrs.LOCATION] = f"{sandbox.base_url}/Practitioner/{account.server_id}"
    return response


def _check_formats(request: web.Request) -> None:
    """The body is JSON in UTF-8, and so will be the answer (§1.0)."""
    if request.content_type.lower() not in _JSON or (request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise web.HTTPUnsupportedMediaType(reason="Le corps attendu est application/fhir+json, en UTF-8.")
    for asked in request.query.getall("_format", []):
        # A raw `+` became a space on the way.
        if asked.strip().lower().replace(" ", "+").partition(";")[0] not in _JSON | {"json"}:
            raise web.HTTPNotAcceptable(reason="_format : application/fhir+json seulement.")
