"""« Qui a vu mes créneaux »."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from sas.accounts.access import account_of, page_for
from sas.accounts.models import Delegation
from sas.accounts.permissions import Permission
from sas.participation.subjects import subject_for
from sas.search.seen.pages import seen_page
from sas.web.http import reads


@reads
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def page(request: HttpRequest, key: str) -> HttpResponse:
    """Per day, how many searches showed this person's slots, by which SAS and role; never a name."""
    at = timezone.now()
    subject = subject_for(account_of(request), key, Delegation.Scope.SETTINGS, at)
    if subject.practitioner is None:
        raise Http404
    context = {"subject": subject, "seen": seen_page(subject.practitioner, request.GET.get("mois", ""), at)}
    return render(request, "search/seen/page.html", context)
