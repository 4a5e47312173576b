"""« Connexion à l’agenda »: the regulator names the account that INT_R02 gave them (interop.md §1.6).

The sandbox asks for no password, and says so: it shows who is let in, not how an editor proves it. A cookie keeps the
account, which is looked at again at each page: a withdrawal closes the door at once.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import hdrs, web

from editor_kit.sandbox import sign_in_page
from editor_kit.sandbox.accounts import Account
from editor_kit.sandbox.html_pages import page, see_other
from editor_kit.sandbox.sessions import Session
from editor_kit.sandbox.sign_in_page import Visitor
from editor_kit.sandbox.state import SANDBOX, Sandbox

routes = web.RouteTableDef()

SIGN_IN, SIGN_OUT = "/connexion", "/deconnexion"
_NEXT = re.compile(r"/agenda/[A-Za-z0-9-]{1,64}(?:\?[A-Za-z0-9._~:/?@!$&'()*+,;=%-]{0,1000})?", re.ASCII)
"""Where a sign-in may lead: an agenda of this sandbox, nothing else."""


@routes.get(SIGN_IN)
async def show_sign_in(request: web.Request) -> web.Response:
    """The form."""
    return page(sign_in_page.sign_in(_next(request.query)), 200)


@routes.post(SIGN_IN)
async def sign_in(request: web.Request) -> web.Response:
    """Open a session for the active account with that e-mail, and go where the person was going."""
    if not is_own_form(request):
        return foreign_form()
    sandbox, form = request.app[SANDBOX], await request.post()
    typed, leads_to = _typed(form), _next(form)
    account = sandbox.accounts.of_email(typed) if typed else None
    if account is None or not account.told.active:
        refusal = sign_in_page.DISABLED if account else sign_in_page.UNKNOWN if typed else sign_in_page.EMPTY
        return page(sign_in_page.sign_in(leads_to, typed=typed, refusal=refusal), 422)
    sandbox.sessions.close(_cookie(request))
    cookie = sandbox.sessions.open(account.server_id)
    response = see_other(leads_to) if leads_to else page(sign_in_page.signed_in(_name(account)), 200)
    secure = sandbox.site.startswith("https:")
    response.set_cookie(_cookie_name(sandbox), cookie, httponly=True, samesite="Lax", secure=secure)
    return response


@routes.post(SIGN_OUT)
async def sign_out(request: web.Request) -> web.Response:
    """End the session."""
    sandbox = request.app[SANDBOX]
    session = sandbox.sessions.get(_cookie(request))
    if not is_own_form(request) or (session and not _bears(await request.post(), session.form_token)):
        return foreign_form()
    sandbox.sessions.close(_cookie(request))
    response = see_other(SIGN_IN)
    response.del_cookie(_cookie_name(sandbox))
    return response


def visitor(request: web.Request) -> Visitor | None:
    """Who is signed in with an account that is still active."""
    session, account = _session(request)
    if session is None or account is None or not account.told.active:
        return None
    return Visitor(account.server_id, _name(account), session.form_token)


async def ask(request: web.Request) -> web.Response:
    """Send to the sign-in, and back to the agenda and its slot afterwards; a disabled account is told so."""
    form = await request.post()
    slot_id = str(form.get("creneau", ""))
    leads_to = _next({"suite": str(request.rel_url.update_query(creneau=slot_id) if slot_id else request.rel_url)})
    _, account = _session(request)
    if account is not None and not account.told.active:
        return page(sign_in_page.sign_in(leads_to, refusal=sign_in_page.DISABLED), 403)
    if request.method == hdrs.METH_POST:
        return page(sign_in_page.sign_in(leads_to, refusal=sign_in_page.OVER), 403)
    return see_other(f"{SIGN_IN}?{urlencode({'suite': leads_to})}" if leads_to else SIGN_IN)


def is_own_form(request: web.Request) -> bool:
    """False when a browser says that the form was on another site; other programs say nothing of it."""
    if fetch_site := request.headers.get("Sec-Fetch-Site"):  # knows better than us what stands before this server
        return fetch_site in ("same-origin", "none")
    return request.headers.get(hdrs.ORIGIN) in (None, f"{request.scheme}://{request.host}")


def bears_token(form: Mapping[str, Any], who: Visitor) -> bool:
    """Whether a form came from a page that this sandbox gave to that visitor."""
    return _bears(form, who.form_token)


def foreign_form() -> web.Response:
    """The refusal of a form that comes from elsewhere."""
    return page(sign_in_page.foreign_form(), 403)


def _bears(form: Mapping[str, Any], token: str) -> bool:
    return hmac.compare_digest(str(form.get("jeton", "")).encode("utf-8", "replace"), token.encode())


def _session(request: web.Request) -> tuple[Session | None, Account | None]:
    sandbox = request.app[SANDBOX]
    session = sandbox.sessions.get(_cookie(request))
    return session, sandbox.accounts.get(session.account) if session else None


def _cookie(request: web.Request) -> str:
    return request.cookies.get(_cookie_name(request.app[SANDBOX]), "")


def _cookie_name(sandbox: Sandbox) -> str:
    # Cookies do not tell ports apart: several sandboxes of one machine each need a name of their own.
    return f"agenda-{urlsplit(sandbox.site).port}"


def _typed(form: Mapping[str, Any]) -> str:
    return str(form.get("courriel", "")).strip()[:254].encode("utf-8", "replace").decode()


def _next(form: Mapping[str, Any]) -> str:
    leads_to = str(form.get("suite", ""))
    return leads_to if _NEXT.fullmatch(leads_to) else ""


def _name(account: Account) -> str:
    return f"{account.told.given} {account.told.family}"
