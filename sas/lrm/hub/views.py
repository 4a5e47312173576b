"""Pages of operators on the Hub Santé: are we connected, what waits, what asks for somebody."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, page_for
from sas.accounts.permissions import Permission
from sas.lrm.hub import services
from sas.lrm.hub.queries import hub_seen, message_seen
from sas.web.http import reads


@reads
@page_for(Permission.OPERATE)
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Everything at a glance, and what to do."""
    now = timezone.now()
    context = {"seen": hub_seen(now=now), "at": now, "hub": settings.SAS_HUB, "at_once": services.AT_ONCE}
    return render(request, "lrm/hub.html", context)


@reads
@page_for(Permission.OPERATE)
@never_cache
def message(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One message: what it says, what came back."""
    seen = message_seen(uuid)
    if seen is None:
        raise Http404("Ce message n’existe pas.")
    return render(request, "lrm/message.html", {"seen": seen})


@require_POST
@page_for(Permission.OPERATE)
def resend(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Sends it again, under a new id."""
    try:
        services.resend_message(uuid=uuid, by=account_of(request).audit_label, at=timezone.now())
        messages.success(request, "Le message repart, sous un nouveau numéro.")
    except services.MessageRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("lrm_hub:home")


@require_POST
@page_for(Permission.OPERATE)
def abandon(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Gives it up."""
    try:
        services.abandon_message(uuid=uuid, by=account_of(request).audit_label, at=timezone.now())
        messages.success(request, "Le message est abandonné : prévenez le SAMU s’il doit savoir.")
    except services.MessageRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("lrm_hub:home")


@require_POST
@page_for(Permission.OPERATE)
def resend_all(request: HttpRequest) -> HttpResponse:
    """Sends again what asks for somebody, a bounded number at a time."""
    sent, left = services.resend_all(by=account_of(request).audit_label, at=timezone.now())
    if not sent:
        messages.error(request, "Aucun message n’est plus à renvoyer.")
    else:
        messages.success(request, f"Messages renvoyés : {sent}. Demandent encore une intervention : {left}.")
    return redirect("lrm_hub:home")
