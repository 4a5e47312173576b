"""The pages on territories: list, sheet, limits, contacts, states, calendar, filières."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from sas.accounts.access import account_of, page_for, territory_for
from sas.accounts.permissions import Permission
from sas.accounts.territories import forms, queries
from sas.accounts.territories.editing import answer, by_and_at
from sas.directory import filieres, territories
from sas.web.http import reads

NATIONAL, LOCAL, READ = (
    Permission.EDIT_TERRITORIES,
    Permission.EDIT_TERRITORY_CONTACTS,
    Permission.READ_TERRITORIES,
)
both = require_http_methods(["GET", "HEAD", "POST"])


@reads
@page_for(READ)
def index(request: HttpRequest) -> HttpResponse:
    """Own territories, with their state, who works there, and what contact is missing."""
    account = account_of(request)
    lines = queries.territory_lines(account, timezone.now())
    context = {"lines": lines, "may_create": account.may(NATIONAL)}
    return render(request, "accounts/territories/list.html", context)


@reads
@page_for(READ)
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Everything about one territory."""
    account = account_of(request)
    territory = territory_for(account, code, READ)
    context = {
        "sheet": queries.sheet_of(territory, timezone.now()),
        "national": account.reach(NATIONAL).covers(territory.pk),
        "local": account.reach(LOCAL).covers(territory.pk),
        "manages": account.reach(Permission.MANAGE_ACCOUNTS).covers(territory.pk),
    }
    return render(request, "accounts/territories/sheet.html", context)


@both
@page_for(NATIONAL)
def create(request: HttpRequest) -> HttpResponse:
    """A new territory."""
    at = by_and_at(request)
    blank = forms.LimitsForm.initial_of(territories.Limits("")) | {"since": timezone.localdate()}
    return answer(
        request,
        form=forms.NewTerritoryForm(request.POST if request.method == "POST" else None, initial=blank),
        save=lambda form: territories.create_territory(**form.creation(), **at),
        done=reverse("accounts_territories:list"),
        said="Territoire créé. Donnez maintenant ses contacts.",
        template="accounts/territories/limits.html",
        context={},
    )


@both
@page_for(NATIONAL)
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Limits, radii, PDSA hours, opening to IOA."""
    territory = territory_for(account_of(request), code, NATIONAL)
    shown = forms.LimitsForm.initial_of(territories.limits_of(territory)) | {"version": territory.version}
    return answer(
        request,
        form=forms.LimitsForm(request.POST if request.method == "POST" else None, initial=shown),
        save=lambda form: territories.change_territory(
            territory=territory, limits=form.limits(), version=form.edited_version, **by_and_at(request)
        ),
        done=reverse("accounts_territories:sheet", args=[code]),
        said="Territoire modifié.",
        template="accounts/territories/limits.html",
        context={"territory": territory},
    )


@both
@page_for(LOCAL)
def contacts(request: HttpRequest, code: str) -> HttpResponse:
    """Contacts and instructions."""
    territory = territory_for(account_of(request), code, LOCAL)
    shown = forms.ContactsForm.initial_of(territories.contacts_of(territory)) | {"version": territory.version}
    return answer(
        request,
        form=forms.ContactsForm(request.POST if request.method == "POST" else None, initial=shown),
        save=lambda form: territories.change_contacts(
            territory=territory, contacts=form.contacts(), version=form.edited_version, **by_and_at(request)
        ),
        done=reverse("accounts_territories:sheet", args=[code]),
        said="Contacts et consignes modifiés.",
        template="accounts/territories/contacts.html",
        context={"territory": territory},
    )


@both
@page_for(NATIONAL)
def state(request: HttpRequest, code: str) -> HttpResponse:
    """Dated states: what was, what is announced, a new one."""
    territory = territory_for(account_of(request), code, NATIONAL)
    return answer(
        request,
        form=forms.StateForm(request.POST if request.method == "POST" else None),
        save=lambda form: territories.set_state(territory=territory, **form.cleaned_data, **by_and_at(request)),
        done=reverse("accounts_territories:state", args=[code]),
        said="État enregistré.",
        template="accounts/territories/state.html",
        context={"territory": territory, **queries.states_of(territory, timezone.now())},
    )


@require_POST
@page_for(NATIONAL)
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Withdraw the latest state, which has not begun."""
    territory = territory_for(account_of(request), code, NATIONAL)
    starts_on = queries.announced_day(request.POST.get("starts_on", ""))
    try:
        territories.withdraw_state(territory=territory, starts_on=starts_on, **by_and_at(request))
        messages.success(request, "État retiré.")
    except territories.TerritoryRefused as refused:
        messages.error(request, str(refused))
    return redirect("accounts_territories:state", code)


@reads
@page_for(READ)
def calendar(request: HttpRequest, code: str) -> HttpResponse:
    """The next twelve months: public holidays, bridge days, PDSA hours of a typical week."""
    territory = territory_for(account_of(request), code, READ)
    context = {"territory": territory, "calendar": queries.calendar_of(territory, timezone.now())}
    return render(request, "accounts/territories/calendar.html", context)


@reads
@page_for(READ)
def filiere_list(request: HttpRequest, code: str) -> HttpResponse:
    """Filières in force or announced, and proposals to start from."""
    account = account_of(request)
    territory = territory_for(account, code, READ)
    lines = queries.filiere_lines(territory, timezone.now())
    names = {line.filiere.name for line in lines}
    context = {
        "territory": territory,
        "lines": lines,
        "local": account.reach(LOCAL).covers(territory.pk),
        "proposals": [one for one in filieres.PROPOSALS if one.sheet.name not in names],
    }
    return render(request, "accounts/territories/filieres.html", context)


@both
@page_for(LOCAL)
def add_filiere(request: HttpRequest, code: str) -> HttpResponse:
    """A new filière, blank or from a proposal (`?modele=`)."""
    territory = territory_for(account_of(request), code, LOCAL)
    start = filieres.proposal(request.GET.get("modele", "")) or filieres.FiliereSheet("", "effection")
    shown = forms.FiliereForm.initial_of(start) | {"starts_on": queries.today_there(territory, timezone.now())}
    return answer(
        request,
        form=forms.NewFiliereForm(request.POST if request.method == "POST" else None, initial=shown),
        save=lambda form: filieres.add_filiere(
            territory=territory, sheet=form.sheet(), starts_on=form.cleaned_data["starts_on"], **by_and_at(request)
        ),
        done=reverse("accounts_territories:filieres", args=[code]),
        said="Filière ajoutée.",
        template="accounts/territories/filiere.html",
        context={"territory": territory},
    )


@both
@page_for(LOCAL)
def change_filiere(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """What is said of a filière from today on."""
    territory = territory_for(account_of(request), code, LOCAL)
    filiere = get_object_or_404(territory.filieres, pk=pk)
    shown = forms.FiliereForm.initial_of(filieres.sheet_of(filiere)) | {"version": filiere.version}
    return answer(
        request,
        form=forms.FiliereForm(request.POST if request.method == "POST" else None, initial=shown),
        save=lambda form: filieres.change_filiere(
            filiere=filiere, sheet=form.sheet(), version=form.edited_version, **by_and_at(request)
        ),
        done=reverse("accounts_territories:filieres", args=[code]),
        said="Filière modifiée.",
        template="accounts/territories/filiere.html",
        context={"territory": territory, "filiere": filiere},
    )


@both
@page_for(LOCAL)
def end_filiere(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """From which day it is no more."""
    territory = territory_for(account_of(request), code, LOCAL)
    filiere = get_object_or_404(territory.filieres, pk=pk)
    shown = {"ends_on": queries.today_there(territory, timezone.now()), "version": filiere.version}
    return answer(
        request,
        form=forms.EndForm(request.POST if request.method == "POST" else None, initial=shown),
        save=lambda form: filieres.end_filiere(
            filiere=filiere, ends_on=form.cleaned_data["ends_on"], version=form.edited_version, **by_and_at(request)
        ),
        done=reverse("accounts_territories:filieres", args=[code]),
        said="Fin de la filière enregistrée.",
        template="accounts/territories/filiere_end.html",
        context={"territory": territory, "filiere": filiere},
    )
