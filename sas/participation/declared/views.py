"""Structures that somebody described and an account manager identifies, or refuses."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, page_for
from sas.accounts.permissions import Permission
from sas.participation.declared import answering
from sas.participation.declared_structures import (
    identify_structure,
    refuse_declared_structure,
    waiting_structure,
    waiting_structures,
)
from sas.participation.settings.queries import structure_sent
from sas.web.http import reads


@reads
@page_for(Permission.MANAGE_ACCOUNTS)
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Those that wait, the oldest first."""
    waiting = waiting_structures(account_of(request))
    return render(request, "participation/declared/list.html", {"waiting": waiting})


@reads
@page_for(Permission.MANAGE_ACCOUNTS)
@never_cache
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, with the structures that it may be."""
    return answering.sheet(request, waiting_structure(account_of(request), pk))


@require_POST
@page_for(Permission.MANAGE_ACCOUNTS)
def identify(request: HttpRequest, pk: int) -> HttpResponse:
    """It is that structure."""
    who: dict[str, Any] = {"by": account_of(request).audit_label, "at": timezone.now()}
    said = "« {name} » est identifiée. Participation effective dès aujourd’hui pour {people}."
    chosen = structure_sent(request.POST.get("structure", ""))
    return answering.answered(
        request, pk, lambda declared: identify_structure(declared=declared, structure=chosen, **who), said
    )


@require_POST
@page_for(Permission.MANAGE_ACCOUNTS)
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """It is none."""
    who: dict[str, Any] = {"by": account_of(request).audit_label, "at": timezone.now()}
    because = request.POST.get("because", "")
    said = "« {name} » est refusée. Participation arrêtée, avec le motif, pour {people}."
    return answering.answered(
        request, pk, lambda declared: refuse_declared_structure(declared=declared, because=because, **who), said
    )
