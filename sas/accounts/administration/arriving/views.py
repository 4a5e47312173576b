"""The link of an invitation: anybody who holds it may read it; entering is elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from sas.accounts.administration.arriving import pages
from sas.web.http import public, reads


@public
@reads
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Who is invited, to what, and how to enter."""
    return pages.shown(request, token, at=timezone.now())


@require_POST
@public
def by_card(request: HttpRequest, token: str) -> HttpResponse:
    """Go on with Pro Santé Connect."""
    return pages.by_card(request, token, at=timezone.now())


@require_POST
@public
def by_password(request: HttpRequest, token: str) -> HttpResponse:
    """Choose the first password."""
    return pages.choose_password(request, token, at=timezone.now())
