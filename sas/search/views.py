"""The search page, its event stream, its JSON twin, and the suggestions."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from sas.accounts.access import account_of, api_for, caller_of, page_for, stream_for
from sas.accounts.permissions import Permission
from sas.aggregator import registry
from sas.directory.geocoding import Place
from sas.search import api, pages, rounds, suggestions
from sas.search.calling.receiving import Received, received
from sas.search.calling.recording import counted
from sas.search.conversation import Conversation
from sas.search.criteria import LONGEST_TEXT, InvalidCriteria, View, clean, machine_made, read_criteria
from sas.search.live import LiveSearch, TooManyStreamsError, event
from sas.search.maps import area_of
from sas.search.questions import Asked, address_service, understood
from sas.search.seen.recording import Noted, R, reader_of, recorded
from sas.web.http import json_answer, problem, reads

BROKE_OFF = "La mise à jour en direct s’est interrompue : relancez la recherche."


@reads
@page_for(Permission.SEARCH)
def results(request: HttpRequest) -> HttpResponse:
    """The form; with a question, the cards known at once, and a stream (or the complete page) for the rest.

    The question comes from our own form, or from regulation software (INT_L01).
    """
    if not request.GET:
        return _page(request, "search/results.html", pages.empty_form())
    heard = received(request.GET)
    if heard.refused:
        answer = _page(request, "search/calling/refused.html", {"origin": heard.origin}, status=403)
    else:
        answer = _results(request, heard)
    return counted(answer, heard, at=timezone.now())


def _results(request: HttpRequest, heard: Received) -> HttpResponse:
    tells = account_of(request).may(Permission.SEE_PARTICIPATION)
    try:
        asked = heard.question(now=timezone.now(), sees_participation=tells)
    except InvalidCriteria as error:
        context = pages.refused(heard.parameters, error) | {"remarks": heard.remarks}
        return _page(request, "search/results.html", context, status=error.status)
    conversation = _heard(asked)
    if asked.criteria.view is View.OVERBOOKING:  # shows nobody's slots: nothing to count
        return _page(request, "search/overbooking.html", pages.overbooking(asked, conversation, account_of(request)))
    context = pages.results(asked, conversation, account_of(request)) | heard.told()
    page = _page(request, "search/results.html", context)
    # The stream that follows an incomplete page is of the same search: it counts, and the page does not.
    return _noted(request, page, Noted(conversation=conversation)) if asked.criteria.complete else page


def _heard(asked: Asked) -> Conversation:
    """Everything, at the deadline, for a page that nothing follows; else what is known at once."""
    if asked.criteria.complete or asked.criteria.view is View.OVERBOOKING:
        return rounds.answered(asked.lot, asked.criteria, deadline=settings.SAS_EDITOR_DEADLINE)
    return rounds.known_now(asked.lot, asked.criteria)


def _noted(request: HttpRequest, response: R, noted: Noted) -> R:
    """The same answer; once it is gone, whose slots it showed is counted (« qui a vu mes créneaux »)."""
    return recorded(response, noted, reader_of(caller_of(request)), at=timezone.now())


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page that no browser keeps: availability is only true now, and the place may be a patient's address."""
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def last_word(message: str) -> HttpResponse:
    """A stream that says one sentence and ends: a browser reconnects for ever after any other refusal."""
    body = event("etat", pages.refused_state(message)) + event("fin", "fin")
    return HttpResponse(body, content_type="text/event-stream", headers={"Cache-Control": "no-store"})


@reads
@stream_for(Permission.SEARCH, refused=last_word)
def stream(request: HttpRequest) -> HttpResponseBase:
    """Cards as editors answer. A question that cannot be run ends the stream with its reason."""
    try:
        tells = account_of(request).may(Permission.SEE_PARTICIPATION)
        asked = understood(request.GET, now=timezone.now(), sees_participation=tells)
        page = pages.Painter(asked, account_of(request))
        noted = Noted()
        card, state = noted.card(page.card), noted.state(page.state)
        live = LiveSearch(asked.lot, asked.criteria, card=card, state=state, apology=pages.refused_state(BROKE_OFF))
    except InvalidCriteria as error:
        return last_word(error.message)
    except TooManyStreamsError:  # the one refusal after which the browser does well to try again
        return HttpResponse("Trop de recherches en cours sur ce serveur.", status=503, headers={"Retry-After": "2"})
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = StreamingHttpResponse(live, content_type="text/event-stream", headers=headers)
    return _noted(request, response, noted)


@reads
@page_for(Permission.SEARCH)
def area(request: HttpRequest) -> HttpResponse:
    """« Chercher dans cette zone » : the same question from the middle of the map, as far as the map shows."""
    try:
        criteria = read_criteria(request.GET, now=int(timezone.now().timestamp()))
        place, radius = area_of(request.GET, ban=address_service())
    except InvalidCriteria as error:
        return _page(request, "search/results.html", pages.refused(request.GET, error), status=error.status)
    query = criteria.query(loc=place.label, lieu=place.token(), rayon=f"{radius:g}", graine=None)
    location = f"{reverse('search:results')}?{query}"
    return HttpResponse(status=302, headers={"Location": location, "Cache-Control": "no-store"})


@reads
@api_for(Permission.SEARCH)
def search_json(request: HttpRequest) -> HttpResponse:
    """`GET /api/v1/recherche`: answers once, at the deadline, in the order of the page."""
    caller = caller_of(request)
    tells = caller is not None and caller.may(Permission.SEE_PARTICIPATION)
    try:
        asked = understood(request.GET, now=timezone.now(), sees_participation=tells)
    except InvalidCriteria as error:
        return problem(error.status, "Recherche impossible", error.message, field=error.field or None)
    conversation = rounds.answered(asked.lot, asked.criteria, deadline=settings.SAS_EDITOR_DEADLINE)
    answer = api.answer(conversation, editors=registry.editors(), path=request.path, sees_participation=tells)
    return _noted(request, json_answer(answer), Noted(conversation=conversation))


@reads
@page_for(Permission.SEARCH)
def suggest_what(request: HttpRequest) -> HttpResponse:
    """Specialties, kinds of structures, people and structures for what is being typed; `lieu`: near which place."""
    near = Place.from_token(machine_made(request.GET, "lieu"))
    return json_answer(suggestions.what(clean(request.GET.get("q", ""))[:LONGEST_TEXT], near))


@reads
@page_for(Permission.SEARCH)
def suggest_doctor(request: HttpRequest) -> HttpResponse:
    """People whose name is being typed: who the patient's own doctor is."""
    near = Place.from_token(machine_made(request.GET, "lieu"))
    return json_answer(suggestions.people(clean(request.GET.get("q", ""))[:LONGEST_TEXT], near))


@reads
@page_for(Permission.SEARCH)
def suggest_where(request: HttpRequest) -> HttpResponse:
    """Places for what is being typed; each carries its coordinates, so that nothing is geocoded twice."""
    return json_answer(suggestions.where(clean(request.GET.get("q", ""))[:LONGEST_TEXT]))
