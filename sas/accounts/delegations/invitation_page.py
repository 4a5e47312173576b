"""The page behind the link of the e-mail: read as often as wanted, used up by accepting only.

Its address holds the token, so no page or site ever receives it as a referrer: the policy is `strict-origin`, which
sends the host alone. (`no-referrer` would also blank the `Origin` of its own forms, which the CSRF check needs.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from sas.accounts.access import account_of
from sas.accounts.delegations import answering
from sas.accounts.delegations.acts import accepted_sentence
from sas.accounts.delegations.answering import WORTHLESS
from sas.accounts.delegations.holding import DelegationRefused
from sas.accounts.delegations.notices import named
from sas.accounts.delegations.queries import Link, Named, delegation_named, today_of
from sas.accounts.delegations.sheets import sheet_of
from sas.accounts.entering import enter
from sas.accounts.invitations import INVITED, invite
from sas.accounts.models import Delegation, SignIn, User
from sas.accounts.own.forms import NewPasswordForm
from sas.accounts.services import AccountRefused

View = Callable[..., HttpResponseBase]


class Reader(StrEnum):
    """Who follows the link."""

    NAMED = "named"
    """Signed in, with the address that is named."""
    OTHER = "other"
    """Signed in as somebody else."""
    KNOWN = "known"
    """Not signed in; an account has that address."""
    CLOSED = "closed"
    """The same, but that account is closed."""
    NEW = "new"
    """Not signed in; no account has that address."""


@dataclass(frozen=True)
class _Opened:
    found: Named
    reader: Reader
    user: User | None


def address_kept(view: View) -> View:
    """The address of this page goes to nobody, and no cache keeps it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        answer.headers["Referrer-Policy"] = "strict-origin"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return guarded


def masked(address: str) -> str:
    """« d…@example.org »: enough for its owner to recognise it."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"


def page(request: HttpRequest, token: str) -> HttpResponse:
    """What the link says, and what its reader may do."""
    return _shown(request, token, _opened(request, token))


def accept(request: HttpRequest, token: str) -> HttpResponse:
    """The person named accepts: signed in with that address, or by making the account that they lack."""
    opened = _opened(request, token)
    if opened.found.link is not Link.OPEN or opened.found.delegation is None:
        return _shown(request, token, opened)
    if opened.reader is Reader.NEW:
        return _accept_as_new(request, token, opened)
    if opened.reader is not Reader.NAMED or opened.user is None:
        return _shown(request, token, opened, status=403)
    user, seen = opened.user, request.POST.get("seen", "")
    try:
        made = answering.accept_delegation(
            delegation=opened.found.delegation.pk,
            user=user,
            seen=seen,
            token=token,
            by=user.audit_label,
            at=timezone.now(),
        )
    except DelegationRefused as refusal:
        return _shown(request, token, _opened(request, token), refusal=str(refusal))
    messages.success(request, accepted_sentence(made))
    return redirect("accounts_delegations:home")


def refuse(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever reads that mailbox says no; no account is needed for it."""
    opened, now = _opened(request, token), timezone.now()
    row = opened.found.delegation
    if opened.found.link is not Link.OPEN or row is None:
        return _shown(request, token, opened)
    if opened.reader is Reader.OTHER:
        return _shown(request, token, opened, status=403)
    by = opened.user.audit_label if opened.user is not None else f"lien de la délégation {row.pk}"
    try:
        answering.refuse_delegation(delegation=row.pk, side=Delegation.Side.DELEGATE, token=token, by=by, at=now)
    except DelegationRefused as refusal:
        return _shown(request, token, _opened(request, token), refusal=str(refusal))
    return render(request, "accounts/delegations/refused.html", {"giver": str(row.delegator)})


def _accept_as_new(request: HttpRequest, token: str, opened: _Opened) -> HttpResponse:
    row, by_card = opened.found.delegation, "card" in request.POST
    form = None if by_card else NewPasswordForm(request.POST, user=_future_account(row))
    if form is not None and not form.is_valid():
        return _shown(request, token, opened, form=form)
    password, now = form.cleaned_data["password"] if form is not None else None, timezone.now()
    seen = request.POST.get("seen", "")
    try:
        user = answering.accept_with_new_account(token=token, password=password, seen=seen, at=now)
    except AccountRefused as refusal:
        return _shown(request, token, _opened(request, token), refusal=str(refusal))
    if not by_card:
        enter(request, user, method=SignIn.Method.PASSWORD, at=now)
        messages.success(request, "Délégation acceptée. Votre compte est ouvert.")
        return redirect("accounts_delegations:home")
    # The card is attached at the first sign-in, as for any account that waits for one (platform.md §2.2).
    request.session[INVITED] = invite(user=user, by=user.audit_label, at=now).pk
    messages.success(request, "Délégation acceptée. Entrez maintenant par Pro Santé Connect.")
    return redirect("accounts:sign_in")


def _opened(request: HttpRequest, token: str) -> _Opened:
    found = delegation_named(token, now=timezone.now())
    if found.delegation is None:
        return _Opened(found, Reader.OTHER, None)
    address = found.delegation.delegate_email.lower()
    if request.user.is_authenticated:
        user = account_of(request)
        mine = (user.email or "").lower() == address and user.pk != found.delegation.delegator_id
        return _Opened(found, Reader.NAMED if mine else Reader.OTHER, user)
    holder = User.objects.filter(email__iexact=address).first()
    if holder is None:
        return _Opened(found, Reader.NEW, None)
    return _Opened(found, Reader.KNOWN if holder.is_active else Reader.CLOSED, None)


def _future_account(row: Delegation | None) -> User:
    """What the new password must not look like."""
    if row is None:
        return User()
    return User(email=row.delegate_email, family_name=row.delegate_family_name, given_name=row.delegate_given_name)


def _shown(
    request: HttpRequest,
    token: str,
    opened: _Opened,
    *,
    form: NewPasswordForm | None = None,
    refusal: str = "",
    status: int = 0,
) -> HttpResponse:
    link, row = opened.found.link, opened.found.delegation
    if row is None or link is not Link.OPEN:
        context = {"why": refusal or WORTHLESS[link], "accepted": link is Link.ACCEPTED}
        answer_status = 404 if row is None else 410
        return render(request, "accounts/delegations/worthless.html", context, status=answer_status)
    by_password = settings.SAS_ENTERING.password_sign_in
    if form is None and by_password and opened.reader is Reader.NEW:
        form = NewPasswordForm(user=_future_account(row))
    context = {
        "sheet": sheet_of(row, opened.user or _future_account(row), today_of(timezone.now())),
        "named": named(row),
        "reader": str(opened.reader),
        "address": row.delegate_email if opened.reader is not Reader.OTHER else masked(row.delegate_email),
        "expires_at": opened.found.expires_at,
        "form": form,
        "by_card": bool(settings.SAS_ENTERING.psc_issuer),
        "token": token,
        "refusal": refusal,
    }
    bad = refusal or (form is not None and form.is_bound)
    return render(request, "accounts/delegations/invitation.html", context, status=status or (422 if bad else 200))
