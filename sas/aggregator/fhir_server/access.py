"""Who calls `/fhir/*` (interfaces.md §2): a TLS client certificate, told by a trusted proxy, or a bearer token.

Which of the two counts is `SAS_FHIR_AUTH`. Editors carry the token that `add_editor` printed; other machines one of
`create_client --scope fhir`.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from sas.accounts.models import MachineClient
from sas.accounts.services import token_digest
from sas.aggregator.models import Editor

View = Callable[..., HttpResponseBase]


def fhir_caller(request: HttpRequest) -> Editor | MachineClient | None:
    """The editor or machine client behind this request; None when nobody, or nobody known, signs it."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    digest = token_digest(token.strip())
    return (
        Editor.objects.filter(token_sha256=digest, is_active=True).first()
        or MachineClient.objects.filter(token_sha256=digest, is_active=True).first()
    )


def outcome(status: int, code: str, text: str, *, expression: str = "") -> HttpResponse:
    """An OperationOutcome with one issue. `code`: of FHIR's issue-type; `text`: French, says what to do."""
    raise LookupError


def fhir_public(view: View) -> View:
    """A FHIR address that anybody may read (`/fhir/metadata`)."""
    view.access = "public"  # type: ignore[attr-defined]
    return login_not_required(view)


def for_editors(view: View) -> View:
    """A FHIR address for booking editors: `view(request, editor, …)`. 401 without credential, 403 for others."""

    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        caller = fhir_caller(request)
        if not isinstance(caller, Editor):
            return outcome(401 if caller is None else 403, "login" if caller is None else "forbidden", "Accès refusé.")
        return view(request, caller, *args, **kwargs)

    guarded.access = "editor"  # type: ignore[attr-defined]
    return login_not_required(guarded)


def for_clients(view: View) -> View:
    """A FHIR address for machine clients with the scope `fhir`. 401 without credential, 403 for others."""

    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        caller = fhir_caller(request)
        if not isinstance(caller, MachineClient) or "fhir" not in caller.scopes:
            return outcome(401 if caller is None else 403, "login" if caller is None else "forbidden", "Accès refusé.")
        return view(request, *args, **kwargs)

    guarded.access = "client"  # type: ignore[attr-defined]
    return login_not_required(guarded)
