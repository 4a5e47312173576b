"""The pages on structures that somebody manages: list, sheet, what regulators are told, the doctors of SOS Médecins."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sas.accounts.access import account_of, page_for
from sas.accounts.permissions import Permission
from sas.participation.places import hours, saving
from sas.participation.places.answering import answer
from sas.participation.structures import acts, queries
from sas.participation.subjects import subject_for
from sas.web.http import reads

both = require_http_methods(["GET", "HEAD", "POST"])
SHEET = "participation/structures/sheet.html"


@reads
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Structures that one manages or acts for, and what the ROR lacks of each."""
    lines = queries.structures_for(account_of(request), timezone.now())
    return render(request, "participation/structures/list.html", {"lines": lines})


@reads
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def sheet(request: HttpRequest, key: str) -> HttpResponse:
    """One structure."""
    user, at = account_of(request), timezone.now()
    subject = subject_for(user, key, queries.SETTINGS, at)
    return render(request, SHEET, {"subject": subject, "sheet": queries.sheet_of(subject, user, at)})


@both
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def change(request: HttpRequest, key: str) -> HttpResponse:
    """The number and the text that regulators are given."""
    user, at = account_of(request), timezone.now()
    subject = subject_for(user, key, queries.SETTINGS, at)
    page = queries.sheet_of(subject, user, at)
    return answer(
        request,
        subject=subject,
        current=page.description,
        save=partial(acts.save_structure, page.structure, subject.by, at),
        done=reverse("participation_structures:sheet", args=[key]),
        template="participation/structures/change.html",
        context={"sheet": page},
    )


@both
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def change_hours(request: HttpRequest, key: str) -> HttpResponse:
    """The opening hours of a structure, where no source gives any."""
    at = timezone.now()
    subject = subject_for(account_of(request), key, queries.SETTINGS, at)
    structure = acts.structure_of(subject)
    return hours.answer(
        request,
        subject=subject,
        stored=structure.hours_override,
        save=partial(saving.save_structure_hours, structure, subject.by, at),
        done=reverse("participation_structures:sheet", args=[key]),
        template="participation/places/hours.html",
        context={"name": structure.name, "back": reverse("participation_structures:sheet", args=[key])},
    )


@require_POST
@page_for(Permission.EDIT_SETTINGS)
def add_doctor(request: HttpRequest, key: str) -> HttpResponse:
    """A doctor takes part through the association."""
    user, at = account_of(request), timezone.now()
    subject = subject_for(user, key, queries.SETTINGS, at)
    wrong = acts.add_doctor(request, subject, at)
    if not wrong:
        return redirect("participation_structures:sheet", key)
    context = {"wrong": wrong, "typed": request.POST.get("rpps", "")[:100]}
    return render(
        request, SHEET, context | {"subject": subject, "sheet": queries.sheet_of(subject, user, at)}, status=422
    )


@require_POST
@page_for(Permission.EDIT_SETTINGS)
def remove_doctor(request: HttpRequest, key: str) -> HttpResponse:
    """A doctor takes part through the association no longer."""
    at = timezone.now()
    return acts.remove_doctor(request, subject_for(account_of(request), key, queries.SETTINGS, at), at)
