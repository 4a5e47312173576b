"""The preview: page, fragment, and the two buttons of a slot."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sas.accounts.access import page_for
from sas.accounts.permissions import Permission
from sas.participation.sharing.services import hide_slot, show_slot
from sas.search.preview import answering

both = require_http_methods(["GET", "HEAD", "POST"])


@both
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def page(request: HttpRequest, key: str) -> HttpResponse:
    """What regulators see now; posted from the form of partial sharing: what they would see. Writes nothing."""
    return answering.answer(request, key, timezone.now(), template="search/preview/page.html")


@both
@page_for(Permission.EDIT_SETTINGS)
@never_cache
def fragment(request: HttpRequest, key: str) -> HttpResponse:
    """The same without the page around it. Writes nothing."""
    return answering.answer(request, key, timezone.now(), template="search/preview/_preview.html")


@require_POST
@page_for(Permission.EDIT_SETTINGS)
def hide(request: HttpRequest, key: str) -> HttpResponse:
    """Keeps one slot for oneself."""
    said = "Créneau masqué : la régulation ne le voit plus."
    return answering.act(request, key, timezone.now(), service=hide_slot, said=said)


@require_POST
@page_for(Permission.EDIT_SETTINGS)
def show(request: HttpRequest, key: str) -> HttpResponse:
    """Shows it again."""
    said = "Créneau de nouveau partagé."
    return answering.act(request, key, timezone.now(), service=show_slot, said=said)
