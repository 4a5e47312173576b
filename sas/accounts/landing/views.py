"""The home page: what this is when signed out, the first act of each role when signed in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sas.accounts.permissions import Permission
from sas.web.http import public, reads


@public
@reads
def home(request: HttpRequest) -> HttpResponse:
    """Signed out: what this is, and how to enter. Signed in: the first act of each role."""
    user = request.user
    may_search = user.is_authenticated and user.may(Permission.SEARCH)
    return render(request, "accounts/home.html", {"may_search": may_search})
