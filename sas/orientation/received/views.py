"""« Orientations reçues »: the patients sent to oneself, to whom one acts for, or through one's structures."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, page_for
from sas.accounts.models import Delegation
from sas.accounts.permissions import Permission
from sas.orientation.lists.acting import asked_act, sentence_of
from sas.orientation.received.naming import asked_doctor
from sas.orientation.received.queries import one_received, received_by
from sas.orientation.received.reading import address_of, page_context, read_asked
from sas.orientation.rules import Actor
from sas.orientation.services import OrientationRefused, act_on, name_doctor
from sas.participation.subjects import Standing, Subject, subject_for, subjects_of
from sas.web.http import reads

EDIT = Permission.EDIT_AGENDA


def _subject(request: HttpRequest, key: str) -> Subject:
    """A manager reads what came through the structure, not what its members received in their own name."""
    subject = subject_for(account_of(request), key, Delegation.Scope.AGENDA, timezone.now())
    if subject.standing is Standing.MANAGER_OF_MEMBER:
        raise Http404
    return subject


@reads
@page_for(EDIT)
def home(request: HttpRequest) -> HttpResponse:
    """Straight to the only list; else a choice."""
    subjects = subjects_of(account_of(request), Delegation.Scope.AGENDA, timezone.now())
    if len(subjects) == 1:
        return redirect("orientation_received:list", subjects[0].key)
    return render(request, "orientation/received/home.html", {"subjects": subjects})


@reads
@page_for(EDIT)
def received(request: HttpRequest, key: str) -> HttpResponse:
    """Those to come; or the thirty days before: `?periode=passees`."""
    subject, asked, now = _subject(request, key), read_asked(request.GET), timezone.now()
    context = page_context(subject, received_by(subject, asked, now), asked)
    return render(request, "orientation/received/list.html", context)


@require_POST
@page_for(EDIT)
def act(request: HttpRequest, key: str, uuid: str) -> HttpResponse:
    """Honoured, not honoured, cancel, undo."""
    subject, now = _subject(request, key), timezone.now()
    row, asked, wanted = one_received(subject, uuid), asked_act(request.POST), read_asked(request.POST)
    try:
        done = act_on(orientation=row, actor=Actor.EFFECTOR, by=subject.by, at=now, **asked)
    except OrientationRefused as refused:
        context = page_context(subject, received_by(subject, wanted, now), wanted)
        context |= {"refused": str(refused), "refused_on": row.uuid}
        return render(request, "orientation/received/list.html", context, status=409)
    messages.success(request, sentence_of(asked["act"], done))
    return redirect(address_of(subject, wanted, row.uuid))


@require_POST
@page_for(EDIT)
def doctor(request: HttpRequest, key: str, uuid: str) -> HttpResponse:
    """The structure says which of its doctors receives."""
    subject, now = _subject(request, key), timezone.now()
    row, wanted = one_received(subject, uuid), read_asked(request.POST)
    chosen = asked_doctor(subject, request.POST, now)
    try:
        named = name_doctor(orientation=row, location_id=chosen.location, version=chosen.version, by=subject.by, at=now)
    except OrientationRefused as refused:
        context = page_context(subject, received_by(subject, wanted, now), wanted)
        context |= {"refused": str(refused), "refused_on": row.uuid}
        return render(request, "orientation/received/list.html", context, status=409)
    messages.success(request, f"Médecin noté : {named.practitioner_name}.")
    return redirect(address_of(subject, wanted, row.uuid))
