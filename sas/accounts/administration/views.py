"""Pages of account managers and national administrators: accounts, requests, who has access to what."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from sas.accounts.access import account_of, managed_account, page_for, territory_for
from sas.accounts.administration import acts, pages
from sas.accounts.administration.accepting import request_for
from sas.accounts.administration.exporting import export_access, export_accounts
from sas.accounts.administration.filters import read_filter
from sas.accounts.administration.queries import access_of, accesses
from sas.accounts.administration.requests import refuse_request, requests_for
from sas.accounts.administration.sheet import sheet_of
from sas.accounts.own.confirming import recently_confirmed
from sas.accounts.permissions import Permission
from sas.accounts.services import AccountRefused
from sas.web.csv_export import csv_response
from sas.web.http import reads

FORM = ["GET", "HEAD", "POST"]
MANAGE = Permission.MANAGE_ACCOUNTS
ACCOUNT_COLUMNS = ("nom", "adresse", "identifiant national", "rôles", "état", "dernière connexion", "échéance")
ACCESS_COLUMNS = ("nom", "adresse", "rôle", "ouvre", "dernière connexion")


@reads
@page_for(MANAGE)
def accounts(request: HttpRequest) -> HttpResponse:
    """The accounts of one's territories, filtered."""
    context = pages.list_context(account_of(request), read_filter(request.GET))
    return render(request, "accounts/administration/list.html", context)


@require_POST
@page_for(MANAGE)
def accounts_csv(request: HttpRequest) -> HttpResponseBase:
    """The whole of the same list, as a file. Asking for it is a line of the audit trail."""
    found = export_accounts(wanted=read_filter(request.POST), by=account_of(request), at=timezone.now())
    rows = (
        (row.name, row.email, row.national_id, " | ".join(row.roles), row.state, row.last_login, row.expires_on)
        for row in found
    )
    return csv_response("comptes", ACCOUNT_COLUMNS, rows)


@require_http_methods(FORM)
@page_for(MANAGE)
@recently_confirmed
def create(request: HttpRequest) -> HttpResponse:
    """A new account and its invitation."""
    return pages.creation(request)


@reads
@page_for(MANAGE)
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The help sheet of a person."""
    actor = account_of(request)
    shown = sheet_of(managed_account(actor, pk), actor=actor, now=timezone.now())
    return render(request, "accounts/administration/sheet.html", {"sheet": shown, "person": shown.user})


@require_http_methods(FORM)
@page_for(MANAGE)
@recently_confirmed
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Who somebody is, and what they may do."""
    return pages.edition(request, pk)


@require_http_methods(FORM)
@page_for(MANAGE)
@recently_confirmed
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an account, after the sentence that says what it does."""
    return pages.act_page(request, pk, acts.DEACTIVATE)


@require_http_methods(FORM)
@page_for(MANAGE)
@recently_confirmed
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed account again."""
    return pages.act_page(request, pk, acts.REACTIVATE)


@require_http_methods(FORM)
@page_for(MANAGE)
@recently_confirmed
def remove_roles(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the roles of one's own territories."""
    return pages.act_page(request, pk, acts.REMOVE)


@require_http_methods(FORM)
@page_for(MANAGE)
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a new link."""
    return pages.act_page(request, pk, acts.INVITE)


@require_http_methods(FORM)
@page_for(MANAGE)
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept passwords again, after too many wrong ones."""
    return pages.act_page(request, pk, acts.UNLOCK)


@require_http_methods(FORM)
@page_for(MANAGE)
@recently_confirmed
def national_id(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach or detach a national id."""
    return pages.national_id_page(request, pk)


@require_http_methods(FORM)
@page_for(MANAGE)
@recently_confirmed
def structures(request: HttpRequest, pk: int) -> HttpResponse:
    """The structures that somebody manages."""
    return pages.structures_page(request, pk)


@reads
@page_for(MANAGE)
def requests(request: HttpRequest) -> HttpResponse:
    """Requests to answer, and the last answers."""
    actor = account_of(request)
    context = {"waiting": requests_for(actor), "answered": requests_for(actor, answered=True, most=20)}
    return render(request, "accounts/administration/requests.html", context)


@require_http_methods(FORM)
@page_for(MANAGE)
@recently_confirmed
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the account that was asked for."""
    return pages.request_page(request, request_for(account_of(request), pk))


@require_POST
@page_for(MANAGE)
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse a request, with the reason that its author will read."""
    actor = account_of(request)
    asked = request_for(actor, pk)
    try:
        refuse_request(request=asked, reason=request.POST.get("reason", ""), by=actor, at=timezone.now())
    except AccountRefused as refusal:
        context = {"waiting": requests_for(actor), "refusal": str(refusal), "refused": asked.pk}
        return render(request, "accounts/administration/requests.html", context, status=422)
    messages.success(request, f"La demande de {asked.given_name} {asked.family_name} est refusée.")
    return redirect("accounts_administration:requests")


@reads
@page_for(MANAGE)
def access(request: HttpRequest, code: str) -> HttpResponse:
    """Who has access to what on a territory."""
    territory = territory_for(account_of(request), code, MANAGE)
    context = {"territory": territory, "rows": list(accesses(access_of(territory)))}
    return render(request, "accounts/administration/access.html", context)


@require_POST
@page_for(MANAGE)
def access_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    """The same, as a file. Asking for it is a line of the audit trail."""
    territory, found = export_access(code=code, by=account_of(request), at=timezone.now())
    rows = ((row.name, row.email, row.role.label, row.opens, row.last_login) for row in found)
    return csv_response(f"acces-{territory.code}", ACCESS_COLUMNS, rows)
