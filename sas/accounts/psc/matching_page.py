"""The page where somebody whom we do not know says which invited account is theirs."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers

from sas.accounts.invitations import INVITED
from sas.accounts.psc import remembered
from sas.accounts.psc.failing import Failure, failed
from sas.accounts.psc.flow import enter_as_effector, enter_with, invitation_followed, may_enter_as_effector
from sas.accounts.psc.forms import ReconciliationForm, first_values
from sas.accounts.psc.queries import contacts
from sas.accounts.psc.reconciling import reconcile
from sas.accounts.psc.remembered import Held
from sas.accounts.services import AccountRefused


def held_card(request: HttpRequest, *, at: datetime) -> Held | None:
    """The card that waits, or the one that opened this session."""
    return remembered.waiting(request.session, at=at) or (
        remembered.held(request.session) if request.user.is_authenticated else None
    )


def show(request: HttpRequest, *, at: datetime) -> HttpResponse:
    """The form, with the names of the card and the address of the invitation that was followed."""
    held = held_card(request, at=at)
    if held is None:
        return failed(request, Failure.NO_CARD)
    followed = invitation_followed(request, at=at)
    email = followed.user.email if followed else None
    return _page(request, held, ReconciliationForm(initial=first_values(held.card, email)), status=200)


def answer(request: HttpRequest, *, at: datetime) -> HttpResponse:
    """Enter the account that the form names; the form again, with what was typed, when it is not the person's."""
    held = held_card(request, at=at)
    if held is None:
        return failed(request, Failure.NO_CARD)
    if request.POST.get("act") == "effector" and may_enter_as_effector(held.card):
        request.session.pop(INVITED, None)
        return enter_as_effector(request, held, at=at)
    form = ReconciliationForm(request.POST)
    if not form.is_valid():
        return _page(request, held, form, status=422)
    followed = invitation_followed(request, at=at)
    try:
        user = reconcile(request, card=held.card, typed=form.typed, invitation=followed, at=at)
    except AccountRefused as refused:
        form.add_error(None, str(refused))
        return _page(request, held, form, status=422)
    if request.user.is_authenticated and request.user.pk == user.pk:
        remembered.forget_waiting(request.session)
        request.session.pop(INVITED, None)
        return redirect(held.next)
    return enter_with(request, user, held, at=at)


def _page(request: HttpRequest, held: Held, form: ReconciliationForm, *, status: int) -> HttpResponse:
    context = {
        "form": form.marked() if form.is_bound else form,
        "card": held.card,
        "may_enter_as_effector": may_enter_as_effector(held.card),
        "contacts": contacts(),
    }
    page = render(request, "accounts/psc/reconcile.html", context, status=status)
    add_never_cache_headers(page)
    return page
