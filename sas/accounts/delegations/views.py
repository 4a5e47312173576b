"""Delegations: given, received, awaited; the page behind the link; what an account manager prepares."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from sas.accounts.access import account_of, page_for, signed_in
from sas.accounts.delegations import acts, invitation_page
from sas.accounts.delegations.invitation_page import address_kept
from sas.accounts.delegations.sheets import desk_of
from sas.accounts.permissions import Permission
from sas.web.http import public, reads

read_or_post = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@reads
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Both sides on one page: for whom one acts, what awaits one's answer, what one gave, what is over."""
    desk = desk_of(account_of(request), now=timezone.now())
    return render(request, "accounts/delegations/home.html", {"desk": desk})


@read_or_post
@page_for(Permission.DELEGATE)
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Names a delegate, or renews a delegation."""
    return acts.proposal_page(request)


@signed_in
@reads
@never_cache
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One delegation of the reader's, with what they may do about it."""
    return render(request, "accounts/delegations/detail.html", {"sheet": acts.sheet_for(request, pk)})


@require_POST
@signed_in
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """The person named accepts."""
    return acts.answer(request, pk, partial(acts.accept, request))


@require_POST
@signed_in
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The person who delegates confirms what was prepared."""
    return acts.answer(request, pk, partial(acts.confirm, request))


@require_POST
@signed_in
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Either side says no before it starts."""
    return acts.answer(request, pk, partial(acts.refuse, request))


@require_POST
@signed_in
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Either side ends it, at once."""
    return acts.answer(request, pk, partial(acts.end, request))


@require_POST
@signed_in
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """The person who delegates has the link sent again."""
    return acts.answer(request, pk, partial(acts.resend, request))


@public
@address_kept
@reads
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the link of the e-mail says; reading it uses nothing up."""
    return invitation_page.page(request, token)


@require_POST
@public
@address_kept
@sensitive_post_parameters("password", "again")
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accepts by the link: with one's account, or with the one that is made here."""
    return invitation_page.accept(request, token)


@require_POST
@public
@address_kept
def refuse_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Refuses by the link."""
    return invitation_page.refuse(request, token)


@read_or_post
@page_for(Permission.MANAGE_ACCOUNTS)
@never_cache
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """An account manager prepares a delegation at the request of somebody they administer."""
    return acts.preparation_page(request, pk)


@require_POST
@page_for(Permission.MANAGE_ACCOUNTS)
def prepared_resend(request: HttpRequest, pk: int, delegation: int) -> HttpResponse:
    """An account manager sends the link again."""
    return acts.manage(request, pk, delegation, again=True)


@require_POST
@page_for(Permission.MANAGE_ACCOUNTS)
def prepared_end(request: HttpRequest, pk: int, delegation: int) -> HttpResponse:
    """An account manager ends a delegation of somebody they administer."""
    return acts.manage(request, pk, delegation, again=False)
