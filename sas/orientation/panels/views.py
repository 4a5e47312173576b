"""The panels: a slot of the SAS agenda, « en sus », and the orientation that was made of either."""

from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, page_for
from sas.accounts.permissions import Permission
from sas.agenda.gone import slot_gone, slot_not_gone
from sas.agenda.holds import give_up_hold, hold_place
from sas.agenda.sheets import AgendaRefused
from sas.orientation.lists.acting import asked_act
from sas.orientation.models import Orientation
from sas.orientation.panels.answers import call_answer, orientation_answer, slot_answer
from sas.orientation.panels.calling import accept, note
from sas.orientation.panels.calls import TOO_LATE, WITHDRAWN_WITHIN, CallRefused, refuse_stranger
from sas.orientation.panels.outcome import page_of
from sas.orientation.panels.shown import answer, asking_of, refused, to, way_back
from sas.orientation.panels.slots import Named, named_slot
from sas.orientation.panels.times import TimeRefused, agreed, end_of
from sas.orientation.rules import Actor
from sas.orientation.services import OrientationRefused, act_on, move, name_doctor, orient_to_slot
from sas.participation.models import Solicitation
from sas.participation.solicitations.services import SolicitationRefused, withdraw_call
from sas.web.http import reads

# --- A slot of the SAS agenda ----------------------------------------------------------------------------------------


@reads
@page_for(Permission.ORIENT)
def agenda(request: HttpRequest, slot: str) -> HttpResponse:
    """Who, where, when, the number to call. Holds nothing: `hold` does, as soon as the panel is on screen."""
    return slot_answer(request, slot, timezone.now())


@require_POST
@page_for(Permission.ORIENT)
def hold(request: HttpRequest, slot: str) -> HttpResponse:
    """One place is kept for 90 s, while the office is on the phone."""
    now, user = timezone.now(), account_of(request)
    try:
        kept = hold_place(**_named(slot).where, holder=user, at=now)
    except AgendaRefused as refusal:
        answered = refused(request, "Créneau non disponible", str(refusal))
        answered["HX-Retarget"] = "#acte-creneau"
        return answered
    seconds = round((kept.expires_at - now).total_seconds())
    if request.headers.get("HX-Request") == "true":  # beside the results, or on the page itself
        return answer(request, "orientation/panels/_held.html", {"slot": slot, "held_for": seconds})
    return to(request, "agenda", slot)


@require_POST
@page_for(Permission.ORIENT)
def give_up(request: HttpRequest, slot: str) -> HttpResponse:
    """The panel was closed: the place is free again."""
    give_up_hold(**_named(slot).where, holder=account_of(request), at=timezone.now())
    return way_back(request)


@require_POST
@page_for(Permission.ORIENT)
def confirm(request: HttpRequest, slot: str) -> HttpResponse:
    """« J’ai eu le cabinet »."""
    now, asking = timezone.now(), asking_of(request)
    modality = request.POST.get("modalite", "")
    try:
        made = orient_to_slot(asking=asking, slot=slot, modality=modality, by=asking.user.audit_label, at=now)
    except OrientationRefused as refusal:
        key = None if refusal.current else asking.key
        return slot_answer(request, slot, now, key=key, error=str(refusal))
    return to(request, "orientation", made.uuid)


@require_POST
@page_for(Permission.ORIENT)
def gone(request: HttpRequest, slot: str) -> HttpResponse:
    """« Plus libre », told on the phone."""
    now = timezone.now()
    try:
        slot_gone(**_named(slot).where, holder=account_of(request), at=now)
    except AgendaRefused as refusal:
        return refused(request, "Créneau déjà retiré", str(refusal))
    return to(request, "agenda", slot)


@require_POST
@page_for(Permission.ORIENT)
def not_gone(request: HttpRequest, slot: str) -> HttpResponse:
    """It was a mistake: free again."""
    try:
        slot_not_gone(**_named(slot).where, holder=account_of(request), at=timezone.now())
    except AgendaRefused as refusal:
        return refused(request, "Trop tard pour revenir en arrière", str(refusal))
    return to(request, "agenda", slot)


def _named(slot: str) -> Named:
    named = named_slot(slot)
    if named is None:
        raise Http404
    return named


# --- En sus ----------------------------------------------------------------------------------------------------------


@reads
@page_for(Permission.SOLICIT)
def en_sus(request: HttpRequest, key: str) -> HttpResponse:
    """Whom to call, what they told colleagues, what to note."""
    return call_answer(request, key, timezone.now())


@require_POST
@page_for(Permission.SOLICIT)
def call_made(request: HttpRequest, key: str) -> HttpResponse:
    """No answer, to be called again, cannot today: one key each, shared."""
    now = timezone.now()
    try:
        note(key, request.POST, asking=asking_of(request), at=now)
    except (CallRefused, SolicitationRefused, TimeRefused) as refusal:
        return call_answer(request, key, now, call_error=str(refusal))
    return to(request, "en_sus", key)


@require_POST
@page_for(Permission.SOLICIT)
def call_withdrawn(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """A call noted by mistake, by its author."""
    now, user = timezone.now(), account_of(request)
    made = get_object_or_404(Solicitation, pk=pk, made_by=user)
    if made.outcome == Solicitation.Outcome.ACCEPTED or made.made_at < now - WITHDRAWN_WITHIN:
        return call_answer(request, key, now, call_error=TOO_LATE)
    withdraw_call(solicitation=made, user=user, by=user.audit_label, at=now)
    return to(request, "en_sus", key)


@require_POST
@page_for(Permission.SOLICIT)
def accepted(request: HttpRequest, key: str) -> HttpResponse:
    """They accept the patient, at the time that was agreed."""
    now, token = timezone.now(), request.GET.get("montre", "")
    try:
        made = accept(key, request.POST, token=token, asking=asking_of(request), at=now)
    except (CallRefused, OrientationRefused, TimeRefused) as refusal:
        served = getattr(refusal, "current", None) is not None
        return call_answer(request, key, now, error=str(refusal), served=served)
    return to(request, "orientation", made.uuid)


# --- What became of it -----------------------------------------------------------------------------------------------


@reads
@page_for(Permission.ORIENT)
def orientation(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """An orientation, for who made it."""
    now = timezone.now()
    return orientation_answer(request, _own(request, uuid), now)


@reads
@page_for(Permission.ORIENT)
def by_key(request: HttpRequest, key: UUID) -> HttpResponse:
    """The one that a page of a slot asked for, by the key that this page drew; 404 until it is recorded."""
    row = get_object_or_404(Orientation, key=key, regulator=account_of(request))
    return orientation_answer(request, _own(request, row.uuid), timezone.now())


@reads
@page_for(Permission.ORIENT)
def state(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Its state alone, for a page that waits; nothing when it is still the one that the page has (`vu`)."""
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(reverse("orientation_panels:orientation", args=[uuid]))
    context = page_of(_own(request, uuid), timezone.now())
    if context["state"].moves and request.GET.get("vu") == context["state"].mark:
        return HttpResponse(status=204)
    return answer(request, "orientation/panels/_state.html", context)


@require_POST
@page_for(Permission.ORIENT)
def act(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Confirm, honoured, not honoured, cancel, undo."""
    now, row, asked = timezone.now(), _own(request, uuid), asked_act(request.POST)
    try:
        act_on(orientation=row, actor=Actor.REGULATOR, by=account_of(request).audit_label, at=now, **asked)
    except OrientationRefused as refusal:
        return orientation_answer(request, _own(request, uuid), now, error=str(refusal))
    return to(request, "orientation", uuid)


@require_POST
@page_for(Permission.ORIENT)
def doctor(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The structure said who receives."""
    now, row = timezone.now(), _own(request, uuid)
    location, version = _number(request, "medecin"), _number(request, "version")
    try:
        refuse_stranger(row, location, now)
        name_doctor(orientation=row, location_id=location, version=version, by=account_of(request).audit_label, at=now)
    except OrientationRefused as refusal:
        return orientation_answer(request, _own(request, uuid), now, error=str(refusal))
    return to(request, "orientation", uuid)


@require_POST
@page_for(Permission.ORIENT)
def time(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Another time was agreed."""
    now, row, version = timezone.now(), _own(request, uuid), _number(request, "version")
    by = account_of(request).audit_label
    try:
        starts_at = agreed(request.POST, row.timezone)
        ends_at = end_of(starts_at, request.POST)
        move(orientation=row, starts_at=starts_at, ends_at=ends_at, version=version, by=by, at=now)
    except (OrientationRefused, TimeRefused) as refusal:
        return orientation_answer(request, _own(request, uuid), now, error=str(refusal))
    return to(request, "orientation", uuid)


def _own(request: HttpRequest, uuid: UUID) -> Orientation:
    rows = Orientation.objects.select_related("practitioner", "structure", "editor", "territory")
    return get_object_or_404(
        rows.defer("structure__zone", "structure__position"), uuid=uuid, regulator=account_of(request)
    )


def _number(request: HttpRequest, name: str) -> int:
    said = request.POST.get(name, "")
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise BadRequest
    return int(said)
