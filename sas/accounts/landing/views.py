"""The home page: what this is when signed out, the first act of each role when signed in; and asking for an account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from sas.accounts.access import account_of
from sas.accounts.landing import queries
from sas.accounts.landing.asking import ask
from sas.accounts.landing.forms import AccountRequestForm
from sas.web.http import public, reads


@public
@reads
def home(request: HttpRequest) -> HttpResponse:
    """Signed out: what this is, who creates accounts, how to enter. Signed in: the first act of each role."""
    if request.user.is_authenticated:
        return render(request, "accounts/home.html", {"home": queries.home_of(account_of(request), timezone.now())})
    asked = request.GET.get("territoire", "")
    context = {"asked": asked, "found": queries.found_territories(asked, timezone.now())}
    return render(request, "accounts/landing/welcome.html", context)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def request_account(request: HttpRequest) -> HttpResponse:
    """The form of a request; what it leads to is the same whoever asks."""
    if request.method != "POST":
        form, status = AccountRequestForm(initial={"territory": request.GET.get("territoire", "")}), 200
    else:
        form = AccountRequestForm(request.POST)
        status = ask(request, form)
        if status == 200:
            return redirect("request_sent")
    return render(request, "accounts/landing/request.html", {"form": form.dress()}, status=status)


@public
@reads
def request_sent(request: HttpRequest) -> HttpResponse:
    """The same page for everybody."""
    return render(request, "accounts/landing/request_sent.html")
