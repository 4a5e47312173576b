"""The two steps of an import: the file, then its preview and its application."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sas.accounts.access import account_of
from sas.accounts.administration.imports.parsing import MOST_BYTES, UnreadableFile
from sas.accounts.administration.imports.planning import Plan
from sas.accounts.administration.imports.services import apply_import, prepare_import, preview, renew_preview
from sas.accounts.models import AccountImport, User
from sas.accounts.services import AccountRefused

TOO_LARGE = "Ce fichier dépasse 1 Mio : coupez-le en plusieurs."
MOST_SHOWN = 500
"""Lines of a preview on the page; those that are refused come first."""


def kept_import(actor: User, pk: int) -> AccountImport:
    """That import, if `actor` prepared it; else `Http404`."""
    found = AccountImport.objects.filter(pk=pk, made_by=actor).first()
    if found is None:
        raise Http404
    return found


def upload(request: HttpRequest) -> HttpResponse:
    """The file to choose; chosen, its preview, or why it cannot be read."""
    if request.method != "POST":
        return render(request, "accounts/administration/imports/file.html")
    sent = request.FILES.get("file")
    try:
        if sent is None:
            raise UnreadableFile("Choisissez un fichier.")
        if (sent.size or 0) > MOST_BYTES:
            raise UnreadableFile(TOO_LARGE)
        kept = prepare_import(file_name=sent.name or "", content=sent.read(), by=account_of(request), at=timezone.now())
    except UnreadableFile as refusal:
        return render(request, "accounts/administration/imports/file.html", {"refusal": str(refusal)}, status=422)
    return redirect("accounts_administration:import", kept.pk)


def step(request: HttpRequest, pk: int) -> HttpResponse:
    """What the file would do, and the button that does it; afterwards, what it did."""
    actor, at = account_of(request), timezone.now()
    kept = kept_import(actor, pk)
    if request.method != "POST":
        return _shown(request, kept, preview(kept, at=at) if kept.applied_at is None else None)
    try:
        done = apply_import(kept=kept, by=actor, at=at)
    except AccountRefused as refusal:
        kept.refresh_from_db()
        renewed = renew_preview(kept=kept, by=actor, at=at) if kept.applied_at is None else None
        return _shown(request, kept, renewed, refusal=str(refusal), status=422)
    messages.success(request, f"{done.created_count} comptes créés, {done.updated_count} modifiés.")
    return redirect("accounts_administration:import", kept.pk)


def _shown(
    request: HttpRequest, kept: AccountImport, plan: Plan | None, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"kept": kept, "plan": plan, "refusal": refusal}
    if plan is not None:
        lines = sorted(plan.lines, key=lambda planned: (not planned.errors, planned.line.number))
        context |= {"lines": lines[:MOST_SHOWN], "hidden": max(0, len(lines) - MOST_SHOWN)}
        context["to_write"] = plan.to_write
    return render(request, "accounts/administration/imports/preview.html", context, status=status)
