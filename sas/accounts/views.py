"""Sign-in by each way, forgotten passwords, sign-out. Pro Santé Connect has its own package."""

from allauth.account.internal.decorators import login_stage_required
from allauth.account.views import LoginView
from allauth.core import ratelimit
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from sas.accounts import ways
from sas.accounts.entering import note_refusal, wanted_page
from sas.accounts.forms import SignInForm
from sas.accounts.models import SignIn
from sas.accounts.own.factors import passkeys
from sas.accounts.own.forms import AddressForm, BreakGlassForm, CodeForm, NewPasswordForm
from sas.accounts.own.passwords import (
    account_to_reset,
    ask_password_reset,
    locked_until,
    reset_hours,
    reset_password,
)
from sas.accounts.queries import demo_accounts
from sas.accounts.services import AccountRefused
from sas.web.http import json_answer, public, reads

WHY_ENDED = {
    "inactivite": "Votre session est restée longtemps sans activité : elle a été fermée. Connectez-vous de nouveau.",
    "duree": "Votre session a atteint sa durée maximale. Connectez-vous de nouveau pour continuer.",
    "echeance": "Votre compte est arrivé à échéance. Votre gestionnaire de comptes peut le rouvrir.",
    "ailleurs": "Cette session a été fermée depuis un autre appareil. Connectez-vous de nouveau.",
    "facteur": "Connectez-vous de nouveau, avec votre second facteur.",
    "conditions": "Sans accepter les conditions d’utilisation, la plateforme ne peut pas être utilisée.",
    "motdepasse": "Votre nouveau mot de passe est enregistré. Connectez-vous.",
}
"""What the sign-in page says when something led there; keys come by the address and nothing else is shown."""


class SignInView(LoginView):
    """allauth's sign-in with our form and page; signed-in people go to the home page."""

    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    refused = ""

    def get_form_class(self) -> type[SignInForm]:
        return SignInForm

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if settings.SAS_ENTERING.password_sign_in:
            answer: HttpResponse = super().post(request, *args, **kwargs)
            return answer
        self.refused = ways.CLOSED
        return self.render_to_response(self.get_context_data(form=SignInForm(request=request)), status=403)

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        more = {
            "demo_accounts": demo_accounts() if settings.SAS_DEMO else [],
            "password_sign_in": settings.SAS_ENTERING.password_sign_in,
            "by_card": ways.way_in_by_card(),
            "reason": WHY_ENDED.get(self.request.GET.get("motif", "")),
            "refused": self.refused,
            "wanted": wanted_page(self.request, ""),
        }
        return {**super().get_context_data(**kwargs), **more}


sign_in = public(SignInView.as_view())


LOCKED = (
    "Trop d’erreurs : ce compte est bloqué un quart d’heure. Attendez, ou demandez à votre gestionnaire de comptes."
)


@method_decorator(login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login"), name="dispatch")
class SecondFactorView(AuthenticateView):
    """allauth's second step, with our form and page; wrong codes count towards the lock of the account."""

    template_name = "accounts/second_factor.html"

    def form_valid(self, form: Form) -> HttpResponse:
        """A locked account is not opened by the right code either."""
        user = self.stage.login.user
        if locked_until(user, at=timezone.now()) is None:
            answer: HttpResponse = super().form_valid(form)
            return answer
        note_refusal(self.request, method=SignIn.Method.PASSWORD, refusal="locked", at=timezone.now(), user=user)
        form.add_error("code" if "code" in form.fields else "credential", LOCKED)
        return self.render_to_response(self.get_context_data(), status=422)

    def form_invalid(self, form: object) -> HttpResponse:
        user = self.stage.login.user
        note_refusal(self.request, method=SignIn.Method.PASSWORD, refusal="wrong_code", at=timezone.now(), user=user)
        return self.render_to_response(self.get_context_data(), status=422)

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return {**super().get_context_data(**kwargs), "code_help": CodeForm.base_fields["code"].help_text}


second_factor = public(SecondFactorView.as_view())


@require_POST
@public
def abandon(request: HttpRequest) -> HttpResponse:
    """Leaves the second step, for instance to enter as somebody else."""
    logout(request)
    return redirect("accounts:sign_in")


@public
@never_cache
def passkey(request: HttpRequest) -> HttpResponse:
    """GET: what the browser is asked (JSON). POST: its answer opens a session, or leads back with the reason."""
    limited = ratelimit.consume_or_429(request, action="login")
    if limited is not None:
        return limited
    if request.method != "POST":
        return json_answer({"request_options": passkeys.authentication_options(None)})
    where = wanted_page(request)
    if not (reason := ways.enter_by_passkey(request, request.POST.get("credential", ""), at=timezone.now())):
        return redirect(where)
    messages.error(request, reason)
    return redirect("accounts:sign_in")


@public
@never_cache
@sensitive_post_parameters("code")
def break_glass(request: HttpRequest) -> HttpResponse:
    """The printed code of a day without Pro Santé Connect."""
    form = BreakGlassForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data["email"], form.cleaned_data["code"]
        if not (reason := ways.enter_by_printed_code(request, *given, at=timezone.now())):
            return redirect(wanted_page(request))
        form.add_error(None, reason)
    context = {"form": form, "next": wanted_page(request, "")}
    return render(request, "accounts/break_glass.html", context, status=422 if form.is_bound else 200)


@public
@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    """Asks for the link; the answer is the same whoever has that address."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid()):
        return render(request, "accounts/forgotten.html", {"form": form}, status=422 if form.is_bound else 200)
    email = form.cleaned_data["email"].lower()
    limited = ratelimit.consume_or_429(request, action="reset_password", key=email)
    if limited is not None:
        return limited
    ask_password_reset(email=email, at=timezone.now())
    return render(request, "accounts/forgotten_sent.html", {"email": email, "hours": reset_hours()})


@public
@never_cache
@sensitive_post_parameters("password", "again")
def reset(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """The link of the e-mail: chooses a new password, once."""
    user = account_to_reset(uid, token)
    if user is None:
        return render(request, "accounts/reset_refused.html", status=410)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_bound and form.is_valid():
        try:
            reset_password(uid=uid, token=token, password=form.cleaned_data["password"], at=timezone.now())
            return redirect("/connexion/?motif=motdepasse")
        except AccountRefused:
            return render(request, "accounts/reset_refused.html", status=410)
    context = {"form": form, "email": user.email}
    return render(request, "accounts/reset.html", context, status=422 if form.is_bound else 200)


@require_POST
@public
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends this session, or one that had ended already; a GET cannot sign anybody out."""
    return ways.leave(request)


@public
@reads
def inactive(request: HttpRequest) -> HttpResponse:
    """Where django-allauth sends the right password of a closed account."""
    return render(request, "accounts/inactive.html", status=403)
