"""The members of a structure and their three days, for whoever manages it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sas.accounts.access import account_of, page_for
from sas.accounts.permissions import Permission
from sas.search.members import pages
from sas.search.members.queries import members_for, structure_for
from sas.web.http import reads


@reads
@page_for(Permission.OWN_STRUCTURES)
@never_cache
def index(request: HttpRequest, key: str) -> HttpResponse:
    """Who the members are, since when, where, with what software."""
    structure = structure_for(account_of(request), key)
    context = {"structure": structure, "members": members_for(structure, timezone.now())}
    return render(request, "search/members/list.html", context)


@reads
@page_for(Permission.OWN_STRUCTURES)
@never_cache
def member(request: HttpRequest, key: str, national_id: str) -> HttpResponse:
    """One member: places, numbers, information; their three days come after."""
    page = pages.member_page(account_of(request), key, national_id, timezone.now())
    return render(request, "search/members/member.html", {"page": page})


@reads
@page_for(Permission.OWN_STRUCTURES)
@never_cache
def grid(request: HttpRequest, key: str, national_id: str) -> HttpResponse:
    """Three days, asked live: a part of the member's page, or a page of its own without scripts."""
    context = pages.three_days(account_of(request), key, national_id, timezone.now())
    alone = not request.headers.get("HX-Request")
    return render(request, "search/members/grid.html" if alone else "search/members/_grid.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page_for(Permission.OWN_STRUCTURES)
@never_cache
def change(request: HttpRequest, key: str, national_id: str) -> HttpResponse:
    """What regulators call and read for a place of a member."""
    return pages.describe(request, key, national_id, timezone.now())
