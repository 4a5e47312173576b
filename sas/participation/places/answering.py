"""How a form on a description is answered: shown, kept, shown again with what was typed, or told that it is stale."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sas.accounts.access import account_of
from sas.participation.authors import author
from sas.participation.places.forms import DescriptionForm
from sas.participation.places.wording import Description, DescriptionChanged, DescriptionRefused
from sas.participation.subjects import Subject

Save = Callable[[str, str, str], object]
"""(phone, information, version) → kept, or one of the exceptions of `wording`."""


def answer(
    request: HttpRequest,
    *,
    subject: Subject,
    current: Description,
    save: Save,
    done: str,
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    """GET: the form. POST: saved, then `done`; 422 with what is wrong; 409 when somebody else said otherwise: what was
    typed stays, what is kept now is shown beside it, and sending again replaces it."""
    form = DescriptionForm.of(request.POST if request.method == "POST" else None, current)
    status, changed, who = 200, None, ""
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                save(said["phone"], said["information"], said["version"])
            except DescriptionRefused as refused:
                form.refuse(refused.errors)
            except DescriptionChanged as stale:
                status, changed = 409, stale
                who = author(stale.by, subject, account_of(request))
                form = DescriptionForm.of({**request.POST.dict(), "version": stale.current.version}, stale.current)
            else:
                messages.success(request, "Enregistré. Les régulateurs le lisent dès maintenant.")
                return redirect(done)
    return render(
        request,
        template,
        {"form": form.dress(), "changed": changed, "who": who, "subject": subject} | context,
        status=status,
    )
