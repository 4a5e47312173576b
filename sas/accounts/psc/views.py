"""Pro Santé Connect: start, come back, say which account is mine, confirm again."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sas.accounts.access import account_of, signed_in
from sas.accounts.entering import wanted_page
from sas.accounts.psc import flow, matching_page
from sas.web.http import public


@require_POST
@public
def start(request: HttpRequest) -> HttpResponse:
    """Leads to Pro Santé Connect, then to `next`."""
    return flow.start(request, wanted=wanted_page(request), at=timezone.now())


@require_GET
@public
def callback(request: HttpRequest) -> HttpResponse:
    """Where Pro Santé Connect brings people back. A GET that writes, by the protocol: its `state` stands for CSRF."""
    return flow.come_back(request, at=timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@public
def reconcile(request: HttpRequest) -> HttpResponse:
    """Which invited account is mine; needs a card that came back lately."""
    step = matching_page.answer if request.method == "POST" else matching_page.show
    return step(request, at=timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove again who I am, with the card of this account; without one, and by a GET, the page of every proof."""
    user, wanted = account_of(request), wanted_page(request, "/compte/")
    if request.method == "POST" and user.national_id is not None:
        return flow.start(request, wanted=wanted, at=timezone.now(), confirms=user)
    return redirect(f"{reverse('accounts_own:confirm')}?{urlencode({'next': wanted}, safe='/')}")
