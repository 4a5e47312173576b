"""What the pages on declared structures show, and what they do with an answer."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from sas.accounts.access import account_of
from sas.accounts.landing.lines import Line
from sas.accounts.models import User
from sas.participation.declared_structures import waiting_structure, waiting_structures
from sas.participation.models import DeclaredStructure
from sas.participation.refusals import ParticipationRefused
from sas.participation.settings.forms import structure_choice
from sas.participation.settings.queries import structures_typed


def home_lines(user: User) -> list[Line]:
    """How many structures wait for this account manager. One query, two for a territory."""
    count = waiting_structures(user).count()
    label = "structure déclarée à identifier" if count < 2 else "structures déclarées à identifier"
    return [Line(count, label, reverse("participation_declared:list"), urgent=True)]


def sheet(
    request: HttpRequest, declared: DeclaredStructure, *, refusal: ParticipationRefused | None = None
) -> HttpResponse:
    """One structure as it was described, and the ones that it may be (`?texte=`; else those of the same name)."""
    text = (request.POST.get("texte") or request.GET.get("texte") or declared.name)[:200]
    found = [(one, structure_choice(one)) for one in structures_typed(text) if one.kind == declared.kind]
    context = {
        "declared": declared,
        "text": text,
        "found": found,
        "refusal": refusal,
        "because": request.POST.get("because", ""),
    }
    return render(request, "participation/declared/sheet.html", context, status=422 if refusal else 200)


def answered(request: HttpRequest, pk: int, act: Callable[[DeclaredStructure], int], said: str) -> HttpResponse:
    """Do `act`; then the list, or the sheet again with why not."""
    declared = waiting_structure(account_of(request), pk)
    try:
        people = act(declared)
    except ParticipationRefused as refused:
        return sheet(request, declared, refusal=refused)
    messages.success(request, said.format(name=declared.name, people=_people(people)))
    return redirect("participation_declared:list")


def _people(count: int) -> str:
    return f"{count} personne{'s' if count > 1 else ''}"
