"""Error pages: a sentence, and the way out. They run no query, since the database may be what failed."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import is_valid_path

from sas.web.http import RefusedWithReason, fhir_problem, problem

PAGES = {
    400: ("Demande incomprise", "La demande envoyée est incomplète ou mal formée. Revenez en arrière et corrigez-la."),
    403: ("Accès refusé", "Votre compte ne donne pas accès à cette page. Demandez-le à votre gestionnaire de comptes."),
    405: ("Rien à voir ici", "Cette adresse ne fait que recevoir un formulaire. Revenez à la page où il se trouve."),
    404: ("Page introuvable", "Cette adresse ne mène à rien. Vérifiez-la, ou repartez de l’accueil."),
    500: ("Erreur de la plateforme", "Une erreur est survenue de notre côté. Réessayez ; si cela dure, prévenez-nous."),
}
CODES = {400: "invalid", 403: "forbidden", 404: "not-found", 405: "not-supported", 500: "exception"}
"""Of FHIR's `issue-type`."""

FHIR_DETAILS = {
    400: "La requête est mal formée : vérifiez l’adresse et les en-têtes.",
    403: "Cette requête ne peut pas être envoyée depuis un formulaire : signez l’appel.",
    404: "Rien à cette adresse : /fhir/metadata dit ce que la plateforme offre.",
    500: "Une erreur est survenue de notre côté : renvoyez le message plus tard.",
}


def _answer(request: HttpRequest, status: int, reason: str = "") -> HttpResponse:
    title, detail = PAGES[status]
    detail = reason or detail
    if _wants_fhir(request):
        return fhir_problem(status, CODES[status], detail if reason else FHIR_DETAILS.get(status, detail))
    if _wants_problems(request):
        return problem(status, title, detail)
    return _page(request, title=title, detail=detail, status=status)


def _wants_problems(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _wants_fhir(request: HttpRequest) -> bool:
    return request.path.startswith("/fhir/")


def _page(request: HttpRequest, *, title: str, detail: str, status: int, back: str | None = None) -> HttpResponse:
    """Shows the account only when it has been read already: to read it now would be the query that fails again."""
    known = getattr(request, "_cached_user", None) or AnonymousUser()
    context = {"title": title, "detail": detail, "back": back, "user": known, "navigation": ()}
    return render(request, "web/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, str(exception) if isinstance(exception, RefusedWithReason) else "")


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500)


class UnreadableAddressMiddleware:
    """An address with a NUL leads nowhere: PostgreSQL takes none in a text, and the page would fail on it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return page_not_found(request) if "\0" in request.path else self._get_response(request)


class RefusedMethodMiddleware:
    """A page that is asked as it cannot be (a GET where only a form is sent) says so, instead of an empty window."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self._get_response(request)
        refused = answer.status_code == 405 and not (_wants_problems(request) or _wants_fhir(request))
        if refused and isinstance(answer, HttpResponse) and not answer.content:
            # Its headers stay: who may frame it, who may keep it, how to ask.
            answer.content = _answer(request, 405).content
            answer["Content-Type"] = "text/html; charset=utf-8"
        return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form kept open too long, or cookies refused: say so rather than « 403 »."""
    title = "Formulaire expiré"
    if _wants_fhir(request):
        return fhir_problem(403, CODES[403], FHIR_DETAILS[403])
    if _wants_problems(request):
        return problem(403, "Accès refusé", "Cette requête ne peut pas être envoyée depuis un formulaire.")
    detail = (
        "Par sécurité, ce formulaire n’est plus valable. Rechargez la page et envoyez-le de nouveau. "
        "Si cela se reproduit, autorisez les cookies de ce site."
    )
    back = request.path if is_valid_path(request.path) else "/"
    return _page(request, title=title, detail=detail, status=403, back=back)
