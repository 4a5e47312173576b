"""Who calls `/fhir/*` (interfaces.md §2): a TLS client certificate, told by a trusted proxy, or a bearer token.

Which of the two counts is `SAS_FHIR_AUTH` (`both`: either). Editors carry the token that `add_editor` printed, or the
certificate it named; other machines the token of `create_client --scope fhir`. Session cookies never count here.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from sas.accounts.models import MachineClient
from sas.accounts.services import token_digest
from sas.aggregator.fhir_server.answers import answers_fhir, outcome
from sas.aggregator.fhir_server.distinguished_names import presented_name, registered_name
from sas.aggregator.models import Editor
from sas.web.proxies import CERTIFICATE_NAME, CERTIFICATE_VERIFIED

__all__ = ["fhir_caller", "fhir_public", "for_clients", "for_editors", "outcome"]

View = Callable[..., HttpResponseBase]
SCOPE: Final = "fhir"
EDITOR_THAT_SIGNS: Final = "SELECT * FROM aggregator_editor WHERE token_sha256 = %s AND is_active"
HOW: Final = {
    "token": "Signez l’appel : Authorization: Bearer, avec le jeton remis par la plateforme.",
    "mtls": "Présentez le certificat client déclaré à la plateforme.",
    "both": "Présentez le certificat client déclaré à la plateforme, ou Authorization: Bearer avec le jeton remis.",
}


def fhir_caller(request: HttpRequest) -> Editor | MachineClient | None:
    """The editor or machine client behind this request; None when nobody, or nobody known, signs it."""
    by_certificate = _by_certificate(request) if settings.SAS_FHIR_AUTH in ("mtls", "both") else None
    if by_certificate is not None or settings.SAS_FHIR_AUTH == "mtls":
        return by_certificate
    return _by_token(request)


def _by_token(request: HttpRequest) -> Editor | MachineClient | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    digest = token_digest(token.strip())
    editors = Editor.objects.raw(EDITOR_THAT_SIGNS, [digest])  # each message pays it
    return next(iter(editors), None) or MachineClient.objects.filter(token_sha256=digest, is_active=True).first()


def _by_certificate(request: HttpRequest) -> Editor | None:
    """By the headers that `TrustedProxyMiddleware` let through. A name that two editors declared is nobody's."""
    if request.META.get(CERTIFICATE_VERIFIED) != "SUCCESS":
        return None
    name = presented_name(_as_utf8(request.META.get(CERTIFICATE_NAME, "")))
    if name is None:
        return None
    editors = Editor.objects.filter(is_active=True).exclude(client_dn="")
    bearing = [editor for editor in editors if registered_name(editor.client_dn) == name]
    return bearing[0] if len(bearing) == 1 else None


def _as_utf8(header: str) -> str:
    """Servers hand headers over as if they were ISO-8859-1 (PEP 3333)."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def fhir_public(view: View) -> View:
    """A FHIR address that anybody may read (`/fhir/metadata`)."""
    guarded = login_not_required(answers_fhir(view))
    guarded.access = "public"  # type: ignore[attr-defined]
    return guarded


def for_editors(view: View) -> View:
    """A FHIR address for booking editors: `view(request, editor, …)`. 401 without credential, 403 for others."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        caller = fhir_caller(request)
        if isinstance(caller, Editor):
            return view(request, caller, *args, **kwargs)
        return _refusal(request, caller, "Cette adresse est celle des éditeurs d’agenda.")

    return _closed(guarded, "editor")


def for_clients(view: View) -> View:
    """A FHIR address for machine clients with the scope `fhir`. 401 without credential, 403 for others."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        caller = fhir_caller(request)
        if isinstance(caller, MachineClient) and SCOPE in caller.scopes:
            return view(request, *args, **kwargs)
        return _refusal(request, caller, "Cette adresse demande un jeton de client machine, avec l’étendue fhir.")

    return _closed(guarded, "client")


def _closed(guarded: View, access: str) -> View:
    closed = login_not_required(answers_fhir(guarded))
    closed.access = access  # type: ignore[attr-defined]
    return closed


def _refusal(request: HttpRequest, caller: Editor | MachineClient | None, whose: str) -> HttpResponse:
    if caller is not None:
        return outcome(403, "forbidden", whose)
    answer = outcome(401, "login", f"Appel non reconnu. {HOW[settings.SAS_FHIR_AUTH]}")
    wrong = ', error="invalid_token"' if "Authorization" in request.headers else ""
    answer["WWW-Authenticate"] = f'Bearer realm="SAS"{wrong}'
    return answer
