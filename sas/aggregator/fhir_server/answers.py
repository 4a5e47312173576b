"""How `/fhir/*` reads a body and answers: JSON of FHIR always, OperationOutcome for refusals (interop.md §1.0)."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final

import msgspec
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError

from sas.fhir.operation_outcomes import Issue
from sas.fhir.outcome_writing import error, outcome_resource

FHIR_JSON: Final = "application/fhir+json;charset=UTF-8"
MEDIA_TYPES: Final = frozenset({"application/fhir+json", "application/json+fhir", "application/json"})
FORMATS: Final = MEDIA_TYPES | {"json"}
LARGEST_BODY: Final = 256 * 1024
RETRY_AFTER: Final = 5
"""Seconds: what a client waits before it sends again what the database could not take."""


class RefusedRequest(Exception):  # noqa: N818 — an answer to the client, not a fault
    """The request goes no further; `answer` says why."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


def outcome(status: int, code: str, text: str, *, expression: str = "") -> HttpResponse:
    """An OperationOutcome with one issue. `code`: of FHIR's issue-type; `text`: French, says what to do."""
    return outcomes(status, [error(code, text, expression)])


def outcomes(status: int, issues: Iterable[Issue]) -> HttpResponse:
    """An OperationOutcome with these issues."""
    return fhir_answer(outcome_resource(issues), status=status)


def fhir_answer(resource: Any, *, status: int = 200) -> HttpResponse:
    """A resource; no cache keeps it."""
    answer = HttpResponse(msgspec.json.encode(resource), status=status, content_type=FHIR_JSON)
    answer["Cache-Control"] = "no-store"
    return answer


def not_allowed(*methods: str) -> HttpResponse:
    """405, and what can be asked instead."""
    text = f"Cette adresse ne se demande pas ainsi : envoyez {' ou '.join(methods)}. Voir /fhir/metadata."
    answer = outcome(405, "not-supported", text)
    answer["Allow"] = ", ".join(methods)
    return answer


def read_body(request: HttpRequest) -> bytes:
    """The body of a message, never more than `LARGEST_BODY`. Raises `RefusedRequest`: 411, 413, 415, 400."""
    kind, _, parameters = request.headers.get("Content-Type", "").partition(";")
    if kind.strip().lower() not in MEDIA_TYPES or not _is_utf8(parameters):
        text = "Envoyez du JSON en UTF-8, avec Content-Type: application/fhir+json."
        raise RefusedRequest(outcome(415, "not-supported", text))
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and request.headers.get("Transfer-Encoding"):
        raise RefusedRequest(outcome(411, "invalid", "Dites la taille du corps dans l’en-tête Content-Length."))
    if length.isascii() and length.isdigit() and len(length) < LONGEST_NUMBER and int(length) <= LARGEST_BODY:
        try:
            body = request.read(LARGEST_BODY + 1)
        except UnreadablePostError:
            raise RefusedRequest(
                outcome(400, "incomplete", "Le corps n’est pas arrivé entier : renvoyez-le.")
            ) from None
        if len(body) <= LARGEST_BODY:
            return body
    elif not length:
        return b""
    text = f"Le corps dépasse {LARGEST_BODY // 1024} ko : n’envoyez que les éléments du profil."
    raise RefusedRequest(outcome(413, "too-long", text))


LONGEST_NUMBER: Final = 12


def _is_utf8(parameters: str) -> bool:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower().replace("_", "-") in ("utf-8", "utf8")
    return True


def answers_fhir(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Whatever happens, the answer is FHIR: an unknown `_format` is 406, a database that does not answer 503."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wanted = request.GET.get("_format", "json").replace(" ", "+").partition(";")[0].lower()
        if wanted not in FORMATS:
            return outcome(406, "not-supported", "Seul le JSON est offert : _format=application/fhir+json, ou rien.")
        try:
            return view(request, *args, **kwargs)
        except RefusedRequest as refused:
            return refused.answer
        except (OperationalError, InterfaceError):
            answer = outcome(503, "transient", "La plateforme ne peut pas répondre maintenant : renvoyez la demande.")
            answer["Retry-After"] = str(RETRY_AFTER)
            return answer

    guarded.csrf_exempt = True  # type: ignore[attr-defined]  # no cookie counts here, so nothing can be forged
    return guarded
