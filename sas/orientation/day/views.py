"""« Mes orientations »: what a regulator did today and what became of it; advice towards an establishment."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from sas.accounts.access import account_of, page_for
from sas.accounts.permissions import Permission
from sas.directory.models import Structure
from sas.orientation.day.queries import one_of, own_day, own_one, zone_of
from sas.orientation.day.reading import address_of, page_context, read_own
from sas.orientation.lists.acting import asked_act, sentence_of
from sas.orientation.lists.keys import asked_key
from sas.orientation.rules import Actor
from sas.orientation.services import Asking, OrientationRefused, act_on, note_advice
from sas.web.http import reads

ORIENT = Permission.ORIENT
both = require_http_methods(["GET", "HEAD", "POST"])


@reads
@page_for(ORIENT)
def day(request: HttpRequest) -> HttpResponse:
    """Today's, unless the address asks for others."""
    user, now = account_of(request), timezone.now()
    wanted = read_own(request.GET, now.astimezone(zone_of(user)).date())
    context = page_context(own_day(user, wanted, now), wanted, now.astimezone(zone_of(user)).date())
    return render(request, "orientation/day/list.html", context)


@require_POST
@page_for(ORIENT)
def act(request: HttpRequest, uuid: str) -> HttpResponse:
    """Confirm, honoured, not honoured, cancel, undo."""
    user, now = account_of(request), timezone.now()
    row = own_one(user, uuid)
    today = now.astimezone(zone_of(user)).date()
    wanted, asked = read_own(request.POST, today), asked_act(request.POST)
    try:
        done = act_on(orientation=row, actor=Actor.REGULATOR, by=user.audit_label, at=now, **asked)
    except OrientationRefused as refused:
        found = one_of(user, wanted, row, now)
        context = page_context(found, wanted, today) | {"refused": str(refused), "refused_on": row.uuid}
        return render(request, "orientation/day/list.html", context, status=409)
    messages.success(request, sentence_of(asked["act"], done))
    return redirect(address_of(wanted, row.uuid))


@both
@page_for(ORIENT)
def advice(request: HttpRequest, pk: int) -> HttpResponse:
    """One button: advice was given towards this establishment."""
    structure = get_object_or_404(Structure, pk=pk, ended_on=None)
    if structure.kind not in (Structure.Kind.ESTABLISHMENT, Structure.Kind.OTHER):
        raise Http404
    if request.method != "POST":
        return render(request, "orientation/day/advice.html", {"structure": structure, "key": asked_key({})})
    asking = Asking(account_of(request), asked_key(request.POST))
    try:
        note_advice(asking=asking, structure_id=pk, by=asking.user.audit_label, at=timezone.now())
    except OrientationRefused as refused:
        context = {"structure": structure, "key": asking.key, "refused": str(refused)}
        return render(request, "orientation/day/advice.html", context, status=409)
    messages.success(request, f"Conseil noté : {structure.name}.")
    return redirect("orientation_day:list")
