"""Small promises about requests: a page that reads cannot write; an API error is a problem document.

This file knows no domain word.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed

View = Callable[..., HttpResponseBase]
SAFE = ("GET", "HEAD")
READING = ("SELECT", "SAVEPOINT", "RELEASE", "SET ", "WITH", "FETCH", "DECLARE", "CLOSE", "SHOW")


class WriteInReadError(AssertionError):
    """A view declared with `@reads` tried to change the database: move the write to a POST view."""


class RefusedWithReason(PermissionDenied):
    """A 403 whose page says why, in French, instead of the general sentence."""


def public(view: View) -> View:
    """No account needed. The other marks are in `sas.accounts.access`; this one needs no account to be told."""
    marked = login_not_required(view)
    marked.access = "public"  # type: ignore[attr-defined]
    return marked


def reads(view: View) -> View:
    """GET and HEAD only, and no statement but reads while the view runs."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in SAFE:
            return _not_allowed(request)
        with connection.execute_wrapper(_refuse_writes):
            return view(request, *args, **kwargs)

    return guarded


def _not_allowed(request: HttpRequest) -> HttpResponse:
    if not request.path.startswith("/api/"):
        return HttpResponseNotAllowed(SAFE)
    refusal = problem(405, "Méthode refusée", "Cette ressource se lit seulement : envoyez une requête GET.")
    refusal["Allow"] = ", ".join(SAFE)
    return refusal


def _refuse_writes(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    text = str(sql).lstrip(" (\n").upper()
    if not text.startswith(READING):
        raise WriteInReadError(text[:80])
    return execute(sql, params, many, context)


def give_connections_back() -> None:
    """Give this thread's database connections back to the pool before a long wait; the next query takes one again.

    Eight connections serve hundreds of readers only if nobody keeps one while editors think (docs/adr/0004).
    """
    for held in connections.all(initialized_only=True):
        if not held.in_atomic_block:
            held.close()


def problem(status: int, title: str, detail: str, **extra: Any) -> HttpResponse:
    """An RFC 9457 answer. `title` names the kind of problem, `detail` says in French what to do about this one."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
    return HttpResponse(msgspec.json.encode(body), status=status, content_type="application/problem+json")


def fhir_problem(status: int, code: str, detail: str) -> HttpResponse:
    """The same refusal where FHIR is spoken and no view was reached: an OperationOutcome with one issue."""
    issue = {"severity": "error", "code": code, "diagnostics": detail}
    body = {"resourceType": "OperationOutcome", "issue": [issue]}
    answer = HttpResponse(msgspec.json.encode(body), status=status, content_type="application/fhir+json;charset=UTF-8")
    answer["Cache-Control"] = "no-store"
    return answer


def json_answer(value: Any, *, status: int = 200) -> HttpResponse:
    """A JSON answer that no cache may keep: availability is only true now."""
    response = HttpResponse(msgspec.json.encode(value), status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response
