"""The settings page of a person or of a structure, its three acts, its history."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, page_for
from sas.accounts.permissions import Permission
from sas.participation.settings import editing
from sas.participation.settings.queries import history_of, settings_subjects
from sas.web.http import reads


@reads
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """One's own settings, or the list of those one may open."""
    subjects = settings_subjects(account_of(request), timezone.now())
    if len(subjects) == 1:
        return redirect("participation_settings:edit", subjects[0].key)
    return render(request, "participation/settings/home.html", {"subjects": subjects})


@reads
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Every question, what is known, and what follows from it."""
    return editing.shown(request, editing.settings_of(request, key, timezone.now()))


@require_POST
@page_for(Permission.EDIT_SETTINGS)
def participate(request: HttpRequest, key: str) -> HttpResponse:
    """Take part."""
    return editing.participate(request, editing.settings_of(request, key, timezone.now()))


@require_POST
@page_for(Permission.EDIT_SETTINGS)
def leave(request: HttpRequest, key: str) -> HttpResponse:
    """Take part no longer."""
    return editing.leave(request, editing.settings_of(request, key, timezone.now()))


@require_POST
@page_for(Permission.EDIT_SETTINGS)
def show_slots(request: HttpRequest, key: str) -> HttpResponse:
    """What regulators see."""
    return editing.show_slots(request, editing.settings_of(request, key, timezone.now()))


@reads
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def history(request: HttpRequest, key: str) -> HttpResponse:
    """Dated settings: what, from when to when, who said it."""
    subject = editing.subject_of(request, key, timezone.now())
    context = {"subject": subject, "moments": history_of(subject, account_of(request))}
    return render(request, "participation/settings/history.html", context)
