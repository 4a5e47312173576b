"""Bulk import of accounts: the model, the file, the preview, the application."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_http_methods

from sas.accounts.access import page_for
from sas.accounts.administration.imports import pages
from sas.accounts.administration.imports.parsing import TEMPLATE
from sas.accounts.own.confirming import recently_confirmed
from sas.accounts.permissions import Permission
from sas.web.csv_export import csv_response
from sas.web.http import reads

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
@page_for(Permission.MANAGE_ACCOUNTS)
@recently_confirmed
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file."""
    return pages.upload(request)


@reads
@page_for(Permission.MANAGE_ACCOUNTS)
def model(request: HttpRequest) -> HttpResponseBase:
    """The file to start from."""
    return csv_response("modele-comptes", TEMPLATE[0], TEMPLATE[1:])


@require_http_methods(FORM)
@page_for(Permission.MANAGE_ACCOUNTS)
@recently_confirmed
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Preview, then apply."""
    return pages.step(request, pk)
