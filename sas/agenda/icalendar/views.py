"""The pages of an iCalendar import: form and preview, then the agenda."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sas.accounts.access import account_of, page_for
from sas.accounts.models import Delegation
from sas.accounts.permissions import Permission
from sas.agenda.icalendar import acts
from sas.participation.subjects import subject_for


@require_http_methods(["GET", "HEAD", "POST"])
@page_for(Permission.EDIT_AGENDA)
@never_cache
def import_file(request: HttpRequest, key: str) -> HttpResponse:
    """Choose a file; read what it would open."""
    at = timezone.now()
    return acts.import_page(request, subject_for(account_of(request), key, Delegation.Scope.AGENDA, at), at)


@require_POST
@page_for(Permission.EDIT_AGENDA)
@never_cache
def keep(request: HttpRequest, key: str) -> HttpResponse:
    """Open what was previewed."""
    at = timezone.now()
    return acts.keep(request, subject_for(account_of(request), key, Delegation.Scope.AGENDA, at), at)
