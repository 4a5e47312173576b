"""One's own account: what it is, its sessions, its password, its address, the terms of use, and who is there."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, signed_in
from sas.accounts.entering import wanted_page
from sas.accounts.own import services
from sas.accounts.own.confirming import recently_confirmed
from sas.accounts.own.forms import AddressForm, NewPasswordForm, TermsForm
from sas.accounts.own.keeping import keep_after_password
from sas.accounts.own.passwords import change_password
from sas.accounts.own.proving import proofs_of, prove
from sas.accounts.own.queries import sheet_of
from sas.accounts.own.settled import NO_ADDRESS_NOW, TERMS
from sas.accounts.services import AccountRefused
from sas.accounts.sessions import end_other_sessions, end_session, sessions_of
from sas.web.http import reads


@signed_in
@reads
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """What the account is, and the links to what can be done about it."""
    return render(request, "accounts/own/home.html", {"sheet": sheet_of(account_of(request), now=timezone.now())})


@signed_in
@reads
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """The open sessions of this account."""
    rows = sessions_of(account_of(request), current_key=request.session.session_key, now=timezone.now())
    return render(request, "accounts/own/sessions.html", {"sessions": rows})


@require_POST
@signed_in
def end(request: HttpRequest) -> HttpResponse:
    """Ends one session; whichever it is, nothing is said of sessions of others."""
    user, chosen = account_of(request), request.POST.get("session", "")
    wanted = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else 0
    if end_session(user=user, session=wanted, by=user.audit_label, at=timezone.now()):
        messages.success(request, "Session fermée.")
    else:
        messages.warning(request, "Cette session était déjà fermée.")
    return redirect("accounts_own:sessions")


@require_POST
@signed_in
def end_others(request: HttpRequest) -> HttpResponse:
    """Ends every session but this one."""
    user = account_of(request)
    key = request.session.session_key
    ended = end_other_sessions(user=user, current_key=key, by=user.audit_label, at=timezone.now())
    messages.success(request, f"{ended} session(s) fermée(s)." if ended else "Aucune autre session n’était ouverte.")
    return redirect("accounts_own:sessions")


@signed_in
@recently_confirmed
@never_cache
@sensitive_post_parameters("password", "again")
def password(request: HttpRequest) -> HttpResponse:
    """Changes the password of an account that has one; this session goes on, the others end."""
    user = account_of(request)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_bound and form.is_valid():
        new = form.cleaned_data["password"]
        try:
            changed = change_password(user=user, password=new, by=user.audit_label, at=timezone.now())
            keep_after_password(request, changed, at=timezone.now())
            messages.success(request, "Mot de passe changé. Vos autres sessions sont fermées.")
            return redirect("accounts_own:home")
        except AccountRefused as refusal:
            form.add_error("password", str(refusal))
    return render(request, "accounts/own/password.html", {"form": form}, status=422 if form.is_bound else 200)


@signed_in
@never_cache
def address(request: HttpRequest) -> HttpResponse:
    """Asks somebody who has none for an address to write to."""
    user = account_of(request)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data["email"]
        try:
            services.give_contact_address(user=user, email=given, by=user.audit_label, at=timezone.now())
            return redirect(wanted_page(request))
        except AccountRefused as refusal:
            form.add_error("email", str(refusal))
    context = {"form": form, "next": wanted_page(request, "")}
    return render(request, "accounts/own/address.html", context, status=422 if form.is_bound else 200)


@require_POST
@signed_in
def address_later(request: HttpRequest) -> HttpResponse:
    """Puts the question off until the next sign-in."""
    request.session[NO_ADDRESS_NOW] = True
    return redirect(wanted_page(request))


@signed_in
@never_cache
def terms(request: HttpRequest) -> HttpResponse:
    """The terms of use of today, to read and, once, to accept."""
    user, version = account_of(request), settings.SAS_TERMS_VERSION
    form = TermsForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and version:
        services.accept_terms(user=user, version=version, by=user.audit_label, at=timezone.now())
        request.session[TERMS] = version
        return redirect(wanted_page(request))
    accepted = not version or services.has_accepted(user, version)
    context = {"form": form, "version": version, "accepted": accepted, "next": wanted_page(request, "")}
    return render(request, "accounts/own/terms.html", context, status=422 if form.is_bound else 200)


@require_POST
@signed_in
def refuse_terms(request: HttpRequest) -> HttpResponse:
    """Without the terms, nobody uses the platform: signs out."""
    logout(request)
    return redirect("/connexion/?motif=conditions")


@signed_in
@never_cache
@sensitive_post_parameters("password", "code")
def confirm(request: HttpRequest) -> HttpResponse:
    """Asks again who is there, by what the account has; then back to the act."""
    user = account_of(request)
    refusal = prove(request, user, at=timezone.now()) if request.method == "POST" else ""
    if request.method == "POST" and not refusal:
        return redirect(wanted_page(request, "/compte/"))
    context = {"proofs": proofs_of(user), "refusal": refusal, "next": wanted_page(request, "/compte/")}
    return render(request, "accounts/own/confirm.html", context, status=422 if refusal else 200)
