"""How the preview is asked for, with or without limits that are not saved; how a slot is hidden or shown again."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sas.accounts.access import account_of
from sas.accounts.models import Delegation
from sas.directory.models import Practitioner
from sas.participation.refusals import ParticipationRefused
from sas.participation.sharing import editing
from sas.participation.subjects import Subject, subject_for
from sas.search.preview.pages import preview_of

FRAGMENT = "search/preview/_preview.html"


def person_for(request: HttpRequest, key: str, at: datetime) -> tuple[Subject, Practitioner]:
    """That person, if the account acts for them; `Http404` for a structure, which has no card of editors' slots."""
    subject = subject_for(account_of(request), key, Delegation.Scope.SETTINGS, at)
    if subject.practitioner is None:
        raise Http404
    return subject, subject.practitioner


def answer(request: HttpRequest, key: str, at: datetime, *, template: str) -> HttpResponse:
    """The preview; a draft that cannot be read is said, beside its fields on a page."""
    subject, person = person_for(request, key, at)
    if request.method != "POST":
        return render(request, template, {"preview": preview_of(subject, person, now=at), "subject": subject})
    sharing = editing.sharing_of(subject)
    form = sharing.form(request.POST)
    if form.is_valid():
        # Beside a form that nobody changed yet, what is there now; on its own page, always a draft.
        same = template == FRAGMENT and form.limits() == sharing.limits
        preview = preview_of(subject, person, now=at, draft=None if same else form.limits())
        return render(request, template, {"preview": preview, "subject": subject, "form": form.dress()})
    if template == FRAGMENT:
        return render(request, "search/preview/_unread.html", {"form": form})
    return editing.page(request, sharing, form, status=422)


def act(request: HttpRequest, key: str, at: datetime, *, service: Callable[..., None], said: str) -> HttpResponse:
    """One slot hidden or shown, then the preview again."""
    subject, person = person_for(request, key, at)
    slot_id = request.POST.get("slot", "")[:80]
    try:
        service(practitioner=person, slot_id=slot_id, by=subject.by, at=at)
    except ParticipationRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("search_preview:page", key)
