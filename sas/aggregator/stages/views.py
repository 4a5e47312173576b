"""Interfaced editors by stage: everybody reads them, operators move them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, page_for, signed_in
from sas.accounts.permissions import Permission
from sas.aggregator.models import Editor
from sas.aggregator.stages.queries import stages
from sas.aggregator.stages.services import StageRefused, change_stage
from sas.web.http import reads

PAGE = "aggregator/stages.html"


@reads
@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """Who is interfaced, how far, since when."""
    return render(request, PAGE, _context(request))


@require_POST
@page_for(Permission.OPERATE)
def change(request: HttpRequest, key: str) -> HttpResponse:
    """An editor moves to another stage."""
    stage, known = request.POST.get("etape", ""), request.POST.get("connue", "")
    by = account_of(request).audit_label
    try:
        editor = change_stage(key=key, stage=stage, known_stage=known, by=by, at=timezone.now())
    except StageRefused as refused:
        return render(request, PAGE, _context(request) | {"refused": str(refused)}, status=409)
    messages.success(request, f"{editor.name} : {editor.get_stage_display()}.")
    return redirect("aggregator_stages:index")


def _context(request: HttpRequest) -> dict[str, object]:
    may = account_of(request).may(Permission.OPERATE)
    return {"stages": stages(), "may_change": may, "choices": Editor.Stage.choices}
