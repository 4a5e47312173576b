"""The HTTP side: the endpoints of the realm, the pages, and the control pages (`/_sandbox/`)."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import hdrs, web

from demo.pro_sante_connect import REALM, pages
from demo.pro_sante_connect.behaviour import SLOW_SECONDS, Behaviour
from demo.pro_sante_connect.oauth import OAuthError, Parameters, UntrustedRequestError, answer
from demo.pro_sante_connect.people import PeopleError
from demo.pro_sante_connect.provider import SESSION_LIFE, Provider, SignInQuestion, session_id

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PROVIDER = web.AppKey("provider", Provider)
PROTOCOL = f"{REALM}/protocol/openid-connect"
CHOICE = f"{REALM}/login-actions/authenticate"
SIGN_OUT = f"{REALM}/login-actions/logout"
CONTROL = "/_sandbox/"

BROWSER_COOKIE = "psc_bac_a_sable_navigateur"
SESSION_COOKIE = "psc_bac_a_sable_session"
LARGEST_BODY = 64 * 1024
LONGEST_WAIT = 600.0

_LOGIN_PAGE = "<!DOCTYPE html><html lang=fr><title>Maintenance</title><p>Service momentanément indisponible.</p></html>"


def create_app(provider: Provider) -> web.Application:
    """The application of one provider."""
    app = web.Application(middlewares=[_faults, _refusals], client_max_size=LARGEST_BODY)
    app[PROVIDER] = provider
    app.add_routes(
        [
            web.get(f"{REALM}/.well-known/openid-configuration", show_metadata),
            web.get(f"{PROTOCOL}/certs", show_keys),
            web.get(f"{PROTOCOL}/auth", authorize),
            web.post(f"{PROTOCOL}/auth", authorize),
            web.get(CHOICE, show_choice),
            web.post(CHOICE, choose),
            web.post(f"{PROTOCOL}/token", give_tokens),
            web.get(f"{PROTOCOL}/userinfo", show_userinfo),
            web.post(f"{PROTOCOL}/userinfo", show_userinfo),
            web.get(f"{PROTOCOL}/logout", sign_out),
            web.post(f"{PROTOCOL}/logout", sign_out),
            web.post(SIGN_OUT, confirm_sign_out),
            web.get(f"{CONTROL}state", show_state),
            web.put(f"{CONTROL}behaviour", change_behaviour),
            web.put(f"{CONTROL}keys", rotate_keys),
            web.put(f"{CONTROL}people/{{national_id}}", change_person),
        ]
    )
    return app


# --- Documents -------------------------------------------------------------------------------------------------------


async def show_metadata(request: web.Request) -> web.Response:
    """OpenID Connect Discovery."""
    provider = request.app[PROVIDER]
    if provider.behaviour is Behaviour.DISCOVERY_ERROR:
        return web.json_response({"error": "server_error"}, status=500)
    return web.json_response(provider.metadata())


async def show_keys(request: web.Request) -> web.Response:
    """The JSON Web Key Set."""
    provider = request.app[PROVIDER]
    if provider.behaviour is Behaviour.KEYS_ERROR:
        return web.json_response({"error": "server_error"}, status=500)
    return web.json_response(provider.keys.published())


# --- Sign-in ---------------------------------------------------------------------------------------------------------


async def authorize(request: web.Request) -> web.Response:
    """The authorization endpoint: at once back to the service, or the page of the people."""
    provider = request.app[PROVIDER]
    decision = provider.authorize(await _parameters(request), request.cookies.get(SESSION_COOKIE, ""))
    if isinstance(decision, str):
        return _redirect(decision)
    browser = request.cookies.get(BROWSER_COOKIE) or secrets.token_urlsafe(32)
    response = _sign_in_page(provider, provider.ask(SignInQuestion(browser, decision)), "")
    _set_cookie(response, BROWSER_COOKIE, browser)
    return response


async def show_choice(request: web.Request) -> web.Response:
    """The same page, for a search."""
    provider = request.app[PROVIDER]
    key = request.query.get("demande", "")
    provider.sign_in_question(key, request.cookies.get(BROWSER_COOKIE, ""))
    return _sign_in_page(provider, key, request.query.get("recherche", "")[:200])


async def choose(request: web.Request) -> web.Response:
    """A person was chosen, or none."""
    provider = request.app[PROVIDER]
    form = await _form(request)
    key, browser = form.get("demande", ""), request.cookies.get(BROWSER_COOKIE, "")
    if "annuler" in form:
        return _redirect(provider.cancel(key, browser))
    try:
        session, location = provider.choose(key, browser, form.get("identite", ""))
    except KeyError:
        raise UntrustedRequestError("Cette personne n’est pas dans le bac à sable.") from None
    response = _redirect(location)
    _set_cookie(response, SESSION_COOKIE, session)
    return response


def _sign_in_page(provider: Provider, question: str, words: str) -> web.Response:
    text = pages.sign_in(
        action=CHOICE,
        question=question,
        client=provider.client,
        found=provider.people.search(words),
        total=len(provider.people),
        words=words,
    )
    return _page(provider, text)


# --- Tokens ----------------------------------------------------------------------------------------------------------


async def give_tokens(request: web.Request) -> web.Response:
    """The token endpoint."""
    provider = request.app[PROVIDER]
    if provider.behaviour is Behaviour.TOKEN_ERROR_500:
        return web.json_response({"error": "server_error"}, status=500)
    if provider.behaviour is Behaviour.TOKEN_HTML:
        return web.Response(text=_LOGIN_PAGE, content_type="text/html")
    try:
        tokens = provider.exchange(await _form(request), request.headers.get(hdrs.AUTHORIZATION))
    except OAuthError as error:
        return _oauth_refusal(error, 'Basic realm="esante-wallet"')
    return web.json_response(tokens, headers={hdrs.CACHE_CONTROL: "no-store", hdrs.PRAGMA: "no-cache"})


async def show_userinfo(request: web.Request) -> web.Response:
    """The userinfo endpoint, for a bearer of a token."""
    provider = request.app[PROVIDER]
    if provider.behaviour is Behaviour.USERINFO_ERROR:
        return web.json_response({"error": "server_error"}, status=500)
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    try:
        told = provider.userinfo(token.strip() if scheme.lower() == "bearer" else "")
    except OAuthError as error:
        return _oauth_refusal(error, f'Bearer realm="esante-wallet", error="{error.error}"')
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    if isinstance(told, str):
        return web.Response(text=told, content_type="application/jwt", headers=headers)
    return web.json_response(told, headers=headers)


# --- Sign-out --------------------------------------------------------------------------------------------------------


async def sign_out(request: web.Request) -> web.Response:
    """RP-Initiated Logout: at once when the service proves whose session it was, else after a question."""
    provider = request.app[PROVIDER]
    session = request.cookies.get(SESSION_COOKIE, "")
    browser = request.cookies.get(BROWSER_COOKIE) or secrets.token_urlsafe(32)
    question, proved = provider.sign_out_question(await _parameters(request), browser)
    if proved is not None and (not session or proved == session_id(session)):
        return _signed_out(provider, session, question.post_logout_uri, question.state)
    name = provider.name_of(session)
    response = _page(provider, pages.sign_out(action=SIGN_OUT, question=provider.ask(question), name=name))
    _set_cookie(response, BROWSER_COOKIE, browser)
    return response


async def confirm_sign_out(request: web.Request) -> web.Response:
    """The person said yes."""
    provider = request.app[PROVIDER]
    key = (await _form(request)).get("demande", "")
    question = provider.confirmed_sign_out(key, request.cookies.get(BROWSER_COOKIE, ""))
    return _signed_out(provider, request.cookies.get(SESSION_COOKIE, ""), question.post_logout_uri, question.state)


def _signed_out(provider: Provider, session: str, uri: str | None, state: str | None) -> web.Response:
    provider.end_session(session)
    response = _page(provider, pages.signed_out()) if uri is None else _redirect(answer(uri, state))
    response.del_cookie(SESSION_COOKIE, path=REALM)
    return response


# --- The hand of the tester ------------------------------------------------------------------------------------------


async def show_state(request: web.Request) -> web.Response:
    """`GET /_sandbox/state`."""
    return _state(request.app[PROVIDER])


async def change_behaviour(request: web.Request) -> web.Response:
    """`PUT /_sandbox/behaviour`: {"behaviour": one of `Behaviour`, "slow_seconds": 0 to 600}, from the next request."""
    provider = request.app[PROVIDER]
    change = await _json_object(request, {"behaviour", "slow_seconds"})
    slow = change.get("slow_seconds", SLOW_SECONDS)
    if not isinstance(slow, int | float) or isinstance(slow, bool) or not 0 <= slow <= LONGEST_WAIT:
        return _told_wrong("slow_seconds : de 0 à 600 secondes")
    try:
        provider.set_behaviour(str(change.get("behaviour")), float(slow))
    except ValueError:
        return _told_wrong("behaviour : un de " + ", ".join(Behaviour))
    return _state(provider)


async def rotate_keys(request: web.Request) -> web.Response:
    """`PUT /_sandbox/keys`: {} or {"keep_old": false}; another key signs from now on."""
    provider = request.app[PROVIDER]
    keep_old = (await _json_object(request, {"keep_old"})).get("keep_old", True)
    if not isinstance(keep_old, bool):
        return _told_wrong("keep_old : true ou false")
    provider.rotate_keys(keep_old=keep_old)
    return _state(provider)


async def change_person(request: web.Request) -> web.Response:
    """`PUT /_sandbox/people/<id>`: claims to merge, null takes one away; an unknown id adds the person."""
    provider = request.app[PROVIDER]
    national_id, change = request.match_info["national_id"], await _json_object(request, None)
    try:
        if provider.people.get(national_id) is None:
            provider.people.add({"SubjectNameID": national_id, **change})
            return web.json_response(provider.people.get(national_id), status=201)
        provider.change_person(national_id, **change)
    except PeopleError as error:
        return _told_wrong(str(error))
    return web.json_response(provider.people.get(national_id))


async def _json_object(request: web.Request, known: set[str] | None) -> dict[str, Any]:
    try:
        told = json.loads(await request.read())
    except ValueError:
        told = None
    if not isinstance(told, dict) or (known is not None and not set(told) <= known):
        names = "" if known is None else f" parmi {', '.join(sorted(known))}"
        text = json.dumps({"erreur": f"un objet JSON est attendu, avec des champs{names}"}, ensure_ascii=False)
        raise web.HTTPBadRequest(text=text, content_type="application/json")
    return told


def _state(provider: Provider) -> web.Response:
    state = {
        "issuer": provider.issuer,
        "behaviour": provider.behaviour.value,
        "slow_seconds": provider.slow_seconds,
        "people": len(provider.people),
        "keys": [key["kid"] for key in provider.keys.published()["keys"]],
    }
    return web.json_response(state)


def _told_wrong(reason: str) -> web.Response:
    return web.json_response({"erreur": reason}, status=400)


# --- What every answer goes through ----------------------------------------------------------------------------------


@web.middleware
async def _faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """`slow` and `down`, which concern every page but the control ones."""
    provider = request.app[PROVIDER]
    if not request.path.startswith(CONTROL):
        if provider.behaviour is Behaviour.DOWN:
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=503)  # never leaves: nothing is listening any more
        if provider.behaviour is Behaviour.SLOW:
            await asyncio.sleep(provider.slow_seconds)
    return await handler(request)


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Requests that cannot be sent back to their author end on a page."""
    try:
        return await handler(request)
    except UntrustedRequestError as error:
        return _page(request.app[PROVIDER], pages.refusal(str(error)), 400)


async def _parameters(request: web.Request) -> Parameters:
    """Of a request that may come by GET or by POST (OpenID Connect Core §3.1.2.1)."""
    if request.method == hdrs.METH_POST:
        return await _form(request)
    return Parameters(request.query.items())


async def _form(request: web.Request) -> Parameters:
    """The fields of a posted form; nothing for another type of content."""
    if request.content_type != "application/x-www-form-urlencoded":
        return Parameters(())
    body = (await request.read()).decode("utf-8", "replace")
    try:
        return Parameters(parse_qsl(body, keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise web.HTTPBadRequest from None


def _page(provider: Provider, text: str, status: int = 200) -> web.Response:
    headers = {
        "Content-Security-Policy": pages.content_security_policy(provider.client),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        hdrs.CACHE_CONTROL: "no-store",
    }
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def _redirect(location: str) -> web.Response:
    # 303: a form that was posted is followed by a GET.
    headers = {hdrs.LOCATION: location, hdrs.CACHE_CONTROL: "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(status=303, headers=headers)


def _oauth_refusal(error: OAuthError, challenge: str) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    if error.status == 401:
        headers[hdrs.WWW_AUTHENTICATE] = challenge
    body = {"error": error.error, "error_description": error.description}
    return web.json_response(body, status=error.status, headers=headers)


def _set_cookie(response: web.Response, name: str, value: str) -> None:
    # Lax: the service's own pages lead here, and no other may post for the person.
    response.set_cookie(
        name, value, path=REALM, httponly=True, samesite="Lax", max_age=int(SESSION_LIFE.total_seconds())
    )
