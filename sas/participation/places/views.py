"""The pages on places: the list, and what is said of one to regulators."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sas.accounts.access import account_of, page_for
from sas.accounts.models import Delegation
from sas.accounts.permissions import Permission
from sas.participation.places import hours, queries, saving
from sas.participation.places.answering import answer
from sas.participation.subjects import subject_for
from sas.web.http import reads

SETTINGS = Delegation.Scope.SETTINGS
both = require_http_methods(["GET", "HEAD", "POST"])


@reads
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def index(request: HttpRequest, key: str) -> HttpResponse:
    """Places of a person: the SAS that answers there, the number that regulators call, what they read."""
    at = timezone.now()
    subject = subject_for(account_of(request), key, SETTINGS, at)
    if subject.practitioner is None:
        return redirect("participation_structures:sheet", key)
    context = {"subject": subject, "places": queries.places_of(subject.practitioner, at)}
    return render(request, "participation/places/list.html", context)


@both
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def change(request: HttpRequest, key: str) -> HttpResponse:
    """What is said of one place (`?lieu=`; the first one when it is not said)."""
    at = timezone.now()
    subject = subject_for(account_of(request), key, SETTINGS, at)
    person = saving.person_of(subject)
    place = queries.place_of(person, request.GET.get("lieu", ""), at)
    return answer(
        request,
        subject=subject,
        current=place.description,
        save=partial(saving.save_place, person, place.key, subject.by, at),
        done=reverse("participation_places:list", args=[key]),
        template="participation/places/change.html",
        context={"place": place},
    )


@both
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def change_hours(request: HttpRequest, key: str) -> HttpResponse:
    """The opening hours of one place (`?lieu=`; the first one when it is not said)."""
    at = timezone.now()
    subject = subject_for(account_of(request), key, SETTINGS, at)
    person = saving.person_of(subject)
    place = queries.place_of(person, request.GET.get("lieu", ""), at)
    return hours.answer(
        request,
        subject=subject,
        stored=place.hours,
        save=partial(saving.save_place_hours, person, place.key, subject.by, at),
        done=reverse("participation_places:list", args=[key]),
        template="participation/places/hours.html",
        context={"name": place.name, "back": reverse("participation_places:list", args=[key])},
    )
