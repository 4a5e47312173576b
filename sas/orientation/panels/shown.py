"""What every panel shares: a fragment beside the results or a page of its own, the way back, who asks."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from sas.accounts.access import account_of
from sas.accounts.models import User
from sas.orientation.lists.keys import asked_key
from sas.orientation.models import Orientation
from sas.orientation.recording import SENDERS
from sas.orientation.services import Asking

OF_PANELS = frozenset({"montre", "debut", "fin", "modalite"})
"""Parameters of a panel; the others of its address are the search that it was opened from."""

LONGEST_REDIRECT = 2000
"""Django refuses beyond 2,048."""


def answer(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The panel alone (`_….html`) beside the results, which asked for it; a page of its own otherwise. No browser keeps
    it."""
    if request.headers.get("HX-Request") == "true" and "/_" not in name:
        name = name.replace("/panels/", "/panels/_")
    given = context | {"back": back_of(request), "query": query_of(request)}
    response = render(request, name, given, status=status)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "HX-Request"
    return response


def refused(request: HttpRequest, title: str, detail: str, *, status: int = 409) -> HttpResponse:
    """Why nothing was done, and the way back to the results."""
    return answer(request, "orientation/panels/refused.html", {"title": title, "detail": detail}, status=status)


def to(request: HttpRequest, name: str, *args: Any) -> HttpResponse:
    """See what was recorded: the same address again shows it, and records nothing. The search goes along."""
    address = reverse(f"orientation_panels:{name}", args=args)
    response = HttpResponseRedirect(led_to(address, query_of(request)))
    response["Vary"] = "HX-Request"
    return response


def led_to(address: str, query: str) -> str:
    """That address with the search, unless a redirect would be refused for its length: what was done is shown first."""
    return f"{address}{query}" if len(address) + len(query) <= LONGEST_REDIRECT else address


def query_of(request: HttpRequest) -> str:
    """`?…` of this address, for those it leads to; empty without any."""
    text = request.GET.urlencode()
    return f"?{text}" if text else ""


def back_of(request: HttpRequest) -> str:
    """The search that the panel was opened from; else the orientations of the day."""
    kept = [(name, value) for name, values in request.GET.lists() if name not in OF_PANELS for value in values]
    return f"{reverse('search:results')}?{urlencode(kept)}" if kept else reverse("orientation_day:list")


def way_back(request: HttpRequest) -> HttpResponse:
    """There, at once."""
    address, mark, query = back_of(request).partition("?")
    return HttpResponseRedirect(led_to(address, mark + query))


def asking_of(request: HttpRequest) -> Asking:
    """Who sends the patient, by the form that they sent."""
    said = request.POST.get("territoire", "")
    territory = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
    return Asking(account_of(request), asked_key(request.POST), request.GET.get("origin", "")[:200], territory)


def territories_of(user: User) -> list[tuple[int, str]]:
    """The SAS between which they have to say which one they act for, the last one first; none without a choice."""
    held = {grant.territory_id: str(grant.territory) for grant in user.held if grant.role in SENDERS and grant.is_open}
    known = sorted((name, pk) for pk, name in held.items() if pk is not None)
    if len(known) < 2:
        return []
    sent = Orientation.objects.filter(regulator=user).order_by("-created_at").values_list("territory_id", flat=True)
    last = sent.first()
    return [(pk, name) for name, pk in sorted(known, key=lambda one: (one[1] != last, one[0]))]
