"""One's own second factors. Each change asks for a recent authentication."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, signed_in
from sas.accounts.entering import wanted_page
from sas.accounts.own.confirming import recently_confirmed
from sas.accounts.own.factors import passkeys, services
from sas.accounts.own.factors.codes import enrolment, forget_secret, proves
from sas.accounts.own.factors.queries import codes_left, factors_of
from sas.accounts.own.forms import CodeForm, PasskeyNameForm
from sas.accounts.own.keeping import note_second_factor
from sas.accounts.own.settled import OFFER_SEEN, needs_second_factor
from sas.accounts.services import AccountRefused
from sas.accounts.sessions import end_other_sessions
from sas.web.http import reads

NEXT = "sas_after_factor"


@signed_in
@reads
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """The factors of this account, and what can be added or taken back."""
    user = account_of(request)
    required = needs_second_factor(request.session, user)
    if required and (wanted := wanted_page(request, "")):
        request.session[NEXT] = wanted
    context = {
        "factors": factors_of(user),
        "codes_left": codes_left(user),
        "required": required,
        "compulsory": settings.SAS_ENTERING.second_factor_required,
    }
    return render(request, "accounts/own/factors/index.html", context)


@signed_in
@recently_confirmed
@never_cache
def add_application(request: HttpRequest) -> HttpResponse:
    """Shows the secret, as an image and as text, until a code proves that an application knows it."""
    user = account_of(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    shown = enrolment(request, user, new=not form.is_bound)
    if form.is_bound and form.is_valid():
        try:
            if proves(shown.secret, form.cleaned_data["code"]):
                return _added(request, services.add_application(user=user, secret=shown.secret, **_by(request)))
            form.add_error("code", "Ce code n’est pas le bon. Attendez le suivant, et vérifiez l’heure du téléphone.")
        except AccountRefused as refusal:
            form.add_error("code", str(refusal))
    context = {"form": form, "enrolment": shown}
    return render(request, "accounts/own/factors/application.html", context, status=422 if form.is_bound else 200)


@signed_in
@recently_confirmed
@never_cache
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Asks the browser for a passkey, and keeps it under a name."""
    user = account_of(request)
    form = PasskeyNameForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            key = passkeys.registered(request, request.POST.get("credential", ""))
            name = form.cleaned_data["name"]
            return _added(request, services.add_passkey(user=user, name=name, credential=key, **_by(request)))
        except (passkeys.PasskeyRefused, AccountRefused) as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "options": passkeys.registration_options(user)}
    return render(request, "accounts/own/factors/passkey.html", context, status=422 if form.is_bound else 200)


@require_POST
@signed_in
@recently_confirmed
def rename(request: HttpRequest) -> HttpResponse:
    """Gives a passkey another name."""
    chosen, name = _number(request.POST.get("factor", "")), request.POST.get("name", "")
    if services.rename_passkey(user=account_of(request), key=chosen, name=name, **_by(request)):
        messages.success(request, "Clé renommée.")
    else:
        messages.error(request, "Donnez un nom à la clé ; si elle a été retirée entre-temps, elle n’est plus ici.")
    return redirect("accounts_factors:index")


@require_POST
@signed_in
@recently_confirmed
def remove(request: HttpRequest) -> HttpResponse:
    """Takes a factor back."""
    try:
        chosen = _number(request.POST.get("factor", ""))
        removed = services.remove_factor(user=account_of(request), factor=chosen, **_by(request))
        messages.success(request, "Second facteur retiré." if removed else "Ce second facteur était déjà retiré.")
    except AccountRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts_factors:index")


@signed_in
@recently_confirmed
@never_cache
def codes(request: HttpRequest) -> HttpResponse:
    """How many recovery codes are left; a POST makes new ones, shown once."""
    user, refusal, made = account_of(request), "", list[str]()
    if request.method == "POST":
        try:
            made = services.renew_recovery_codes(user=user, **_by(request))
        except AccountRefused as refused:
            refusal = str(refused)
    context = {"codes": made, "codes_left": codes_left(user), "refusal": refusal, "next": "/compte/securite/"}
    return render(request, "accounts/own/factors/codes.html", context, status=422 if refusal else 200)


@require_POST
@signed_in
def later(request: HttpRequest) -> HttpResponse:
    """Puts the offer of a second factor off until the next sign-in."""
    request.session[OFFER_SEEN] = True
    return redirect(wanted_page(request))


def _added(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """This session has its second factor now; the others of the account, opened without it, end."""
    user = account_of(request)
    forget_secret(request)
    end_other_sessions(user=user, current_key=request.session.session_key, **_by(request))
    note_second_factor(request, user, at=timezone.now())
    wanted = request.session.pop(NEXT, "/compte/securite/")
    if codes:
        return render(request, "accounts/own/factors/codes.html", {"codes": codes, "first": True, "next": wanted})
    messages.success(request, "Second facteur ajouté.")
    return redirect(wanted)


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"by": account_of(request).audit_label, "at": timezone.now()}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
