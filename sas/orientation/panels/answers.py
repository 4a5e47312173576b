"""The panel of each page, as an answer: read again after a refusal, with what was refused and what was typed."""

from datetime import datetime
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse

from sas.accounts.access import account_of
from sas.orientation.models import Orientation
from sas.orientation.panels.calls import CallRefused, call_panel, called, outcome_text
from sas.orientation.panels.outcome import page_of
from sas.orientation.panels.shown import answer, refused, territories_of
from sas.orientation.panels.slots import SlotRefused, said_gone, slot_panel

NOBODY = "Personne n’a été adressé"


def slot_answer(
    request: HttpRequest, slot: str, now: datetime, *, key: UUID | None = None, error: str = ""
) -> HttpResponse:
    """The panel of a slot; why not, when nobody can be sent there any more."""
    user = account_of(request)
    if said_gone(slot, user, now):
        return answer(
            request, "orientation/panels/gone.html", {"slot": slot, "error": error}, status=409 if error else 200
        )
    try:
        panel = slot_panel(slot, user, now)
    except SlotRefused as refusal:
        return refused(request, NOBODY, error or str(refusal))
    context = {
        "panel": panel,
        "key": key or uuid4(),
        "territories": territories_of(user),
        "error": error,
        "modality": request.POST.get("modalite", ""),
    }
    return answer(request, "orientation/panels/slot.html", context, status=409 if error else 200)


def call_answer(
    request: HttpRequest, key: str, now: datetime, *, error: str = "", call_error: str = "", served: bool = False
) -> HttpResponse:
    """The panel « en sus »; after a refusal, with what was typed. `served`: the key of the form cannot serve again."""
    user = account_of(request)
    try:
        one = called(key, now)
    except CallRefused as refusal:
        return refused(request, "Pas de sollicitation en sus", str(refusal))
    panel = call_panel(one, user, now, request.GET)
    typed = dict(panel.typed) | {name: value for name, value in request.POST.items() if isinstance(value, str)}
    context = {
        "panel": panel,
        "typed": typed,
        "own": outcome_text(panel.own.outcome, panel.own.call_back_at, one.timezone, now) if panel.own else "",
        "key": uuid4() if served else request.POST.get("cle", "") or uuid4(),
        "territories": territories_of(user),
        "error": error,
        "call_error": call_error,
    }
    return answer(request, "orientation/panels/en_sus.html", context, status=409 if error or call_error else 200)


def orientation_answer(request: HttpRequest, row: Orientation, now: datetime, *, error: str = "") -> HttpResponse:
    """What became of an orientation; with what was refused of it."""
    return answer(
        request,
        "orientation/panels/orientation.html",
        page_of(row, now) | {"error": error},
        status=409 if error else 200,
    )
