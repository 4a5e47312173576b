"""Regulators' accounts at editors, for account managers (platform.md §2.7)."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, page_for
from sas.accounts.permissions import Permission
from sas.aggregator import provisioning_pages as pages
from sas.aggregator.provisioning_exports import COLUMNS, export_editor_accounts
from sas.aggregator.provisioning_queries import read_filter
from sas.web.csv_export import csv_response
from sas.web.http import reads

MANAGE = Permission.MANAGE_ACCOUNTS


@reads
@page_for(MANAGE)
def accounts(request: HttpRequest) -> HttpResponse:
    """Every editor as a whole, and the accounts of one's territories."""
    return pages.list_page(request)


@require_POST
@page_for(MANAGE)
def accounts_csv(request: HttpRequest) -> HttpResponseBase:
    """The whole of the same list, as a file. Asking for it is a line of the audit trail."""
    rows = export_editor_accounts(wanted=read_filter(request.POST), by=account_of(request), at=timezone.now())
    return csv_response("comptes-chez-les-editeurs", COLUMNS, rows)


@require_POST
@page_for(MANAGE)
def retry_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Try one account again."""
    return pages.retried_one(request, pk)


@require_POST
@page_for(MANAGE)
def retry_editor(request: HttpRequest, key: str) -> HttpResponse:
    """Try again everything in error at one editor."""
    return pages.retried_editor(request, key)
