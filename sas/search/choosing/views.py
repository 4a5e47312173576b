"""The panel of an editor's slot: read, its booking page opened, the call before it noted."""

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_http_methods, require_POST

from sas.accounts.access import account_of, page_for
from sas.accounts.permissions import Permission
from sas.aggregator.bookings import BookingRefused
from sas.fhir.links import with_origin
from sas.search.choosing import pages
from sas.search.choosing.services import choose_slot, note_booking_call
from sas.search.chosen import RECENT, Chosen, NotFree, chosen_slot
from sas.search.criteria import value_of
from sas.web.http import reads

PANEL = ("search/choosing.html", "search/_choosing.html")
REFUSAL = ("search/not_free.html", "search/_not_free.html")
LEAVING = ("search/leaving.html", "search/leaving.html")
"""As a page of its own, and beside the results."""


@require_http_methods(["GET", "HEAD", "POST"])
@page_for(Permission.ORIENT)
def choose(request: HttpRequest) -> HttpResponseBase:
    """The panel of a slot; its button posts here, and leads to the editor's page."""
    return _book(request) if request.method == "POST" else _panel(request)


@reads
def _panel(request: HttpRequest) -> HttpResponse:
    """Asks the editor again, past the cache: still free → who, where, when, phone; else says so, with the next ones."""
    now = timezone.now()
    try:
        chosen = chosen_slot(request.GET, now=now)
    except NotFree as refusal:
        return _refused(request, refusal)
    shown = pages.panel(chosen, account_of(request), key=uuid4(), address=request.get_full_path(), now=now)
    return _kept_nowhere(request, PANEL, {"panel": shown})


def _book(request: HttpRequest) -> HttpResponse:
    """Free, as known seconds ago or asked again: recorded, then the page that leads to the editor's at once.

    Not by a redirect: browsers apply `form-action` to redirects of a form as well (ADR 0010), and editors' hosts are
    many; and Django's refuses links of more than 2,048 characters.
    """
    now, user = timezone.now(), account_of(request)
    try:
        chosen = chosen_slot(request.GET, now=now, recent=RECENT)
        key = _key(request, chosen)
        if chosen.by_phone:
            raise NotFree.by_phone(chosen)
    except NotFree as refusal:
        return _refused(request, refusal)
    origin, territory = value_of(request.GET, "origin"), _territory(request)
    given: dict[str, Any] = {"origin": origin, "territory_id": territory, "by": user.audit_label, "at": now}
    try:
        choose_slot(chosen=chosen, user=user, key=key, **given)
    except BookingRefused as refusal:
        return _refused(request, NotFree("Rien n’a été enregistré", str(refusal), back=chosen.back))
    return _leading(request, chosen)


def _leading(request: HttpRequest, chosen: Chosen) -> HttpResponse:
    location = iri_to_uri(with_origin(chosen.url, settings.SAS_ORIGIN))
    answer = _kept_nowhere(request, LEAVING, {"editor": chosen.editor.name, "link": location})
    answer["Refresh"] = f"0; url={location}"
    return answer


@require_POST
@page_for(Permission.ORIENT)
def call_made(request: HttpRequest) -> HttpResponse:
    """« J’ai appelé le cabinet », in one key; then the panel again, which says so."""
    now, user = timezone.now(), account_of(request)
    try:
        chosen = chosen_slot(request.GET, now=now, recent=RECENT)
        key = _key(request, chosen)
    except NotFree as refusal:
        return _refused(request, refusal)
    note_booking_call(chosen=chosen, by=user.audit_label, at=now)
    address = f"{reverse('search:choose')}?{request.GET.urlencode()}"
    shown = pages.panel(chosen, user, key=key, address=address, now=now, called=True)
    return _kept_nowhere(request, PANEL, {"panel": shown})


def _key(request: HttpRequest, chosen: Chosen) -> UUID:
    with suppress(ValueError):
        return UUID(request.POST.get("cle", ""))
    detail = "Cette demande est incomplète : revenez aux résultats et choisissez de nouveau ce créneau."
    raise NotFree("Demande incomplète", detail, status=400, back=chosen.back)


def _territory(request: HttpRequest) -> int | None:
    """The one that was said, among the reader's own."""
    said = request.POST.get("territoire", "")
    return next((pk for pk, _ in pages.territories_of(account_of(request)) if str(pk) == said), None)


def _refused(request: HttpRequest, refusal: NotFree) -> HttpResponse:
    return _kept_nowhere(request, REFUSAL, {"refusal": refusal}, status=refusal.status)


def _kept_nowhere(
    request: HttpRequest, names: tuple[str, str], context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The panel alone beside the results, which asked for it; a page of its own otherwise. No browser keeps it."""
    beside = request.headers.get("HX-Request") == "true"
    response = render(request, names[beside], context, status=status)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "HX-Request"
    return response
