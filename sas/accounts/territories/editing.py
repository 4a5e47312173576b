"""How every form on territories is answered: shown, kept, or shown again with what was typed and why not."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sas.accounts.access import account_of
from sas.accounts.territories.forms import Dressed
from sas.directory.territories import TerritoryRefused

Save = Callable[..., object]


def by_and_at(request: HttpRequest) -> dict[str, Any]:
    """Who acts, and when: what every service asks."""
    return {"by": account_of(request).audit_label, "at": timezone.now()}


def answer(
    request: HttpRequest,
    *,
    form: Dressed,
    save: Callable[[Any], object],
    done: str,
    said: str,
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    """GET: the form. POST: `save(form)`, then `done` with the sentence `said`; or the form again, status 422."""
    if request.method == "POST" and form.is_valid():
        try:
            save(form)
        except TerritoryRefused as refused:
            form.refuse(refused.errors)
        else:
            messages.success(request, said)
            return redirect(done)
    return page(request, form, template, context)


def page(request: HttpRequest, form: Dressed, template: str, context: dict[str, Any]) -> HttpResponse:
    """The form, dressed; status 422 when something is to be corrected."""
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form.dress(), **context}, status=status)
