"""The page of partial sharing, and the button that shares everything again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sas.accounts.access import page_for
from sas.accounts.permissions import Permission
from sas.participation.sharing.editing import edited, save, sharing_for
from sas.participation.sharing.rules import NO_LIMIT


@require_http_methods(["GET", "HEAD", "POST"])
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """What of one's editor slots regulators see."""
    at = timezone.now()
    return edited(request, sharing_for(request, key, at), at)


@require_POST
@page_for(Permission.EDIT_SETTINGS)
def share_everything(request: HttpRequest, key: str) -> HttpResponse:
    """No limit any more."""
    at = timezone.now()
    save(sharing_for(request, key, at), NO_LIMIT, expected=None, at=at)
    messages.success(request, "Tous vos créneaux d’éditeur sont partagés, sauf ceux que vous avez masqués un par un.")
    return redirect("participation_sharing:edit", key)
