"""Sign-in and sign-out. Pro Santé Connect joins them with the issue on accounts."""

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sas.accounts.forms import SignInForm
from sas.accounts.queries import demo_accounts
from sas.web.http import public, reads


class SignInView(LoginView):
    """allauth's sign-in with our form and page; signed-in people go to the home page."""

    template_name = "accounts/sign_in.html"
    form_class = SignInForm

    def get_form_class(self) -> type[SignInForm]:
        return SignInForm

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        accounts = demo_accounts() if settings.SAS_DEMO else []
        return {**super().get_context_data(**kwargs), "demo_accounts": accounts}


sign_in = public(SignInView.as_view())


@require_POST
@public
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends this session, or one that had ended already; a GET cannot sign anybody out."""
    logout(request)
    return redirect("home")


@public
@reads
def inactive(request: HttpRequest) -> HttpResponse:
    """Where django-allauth sends the right password of a closed account."""
    return render(request, "accounts/inactive.html", status=403)
