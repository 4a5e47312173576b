"""The pages on territorial organisations, for the referents of their territory."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from sas.accounts.access import account_of, page_for, reached_territories
from sas.accounts.permissions import Permission
from sas.accounts.territories.editing import answer, by_and_at
from sas.participation.organisations import forms, queries, services
from sas.web.http import reads

MANAGE = Permission.MANAGE_ORGANISATIONS
CLOSING = {
    "title": "Fermer",
    "button": "Fermer l’organisation",
    "warning": "Sa validation et ses membres se terminent aujourd’hui. Le passé reste lisible.",
}
FORM = "participation/organisations/form.html"
both = require_http_methods(["GET", "HEAD", "POST"])


@reads
@page_for(MANAGE)
def index(request: HttpRequest) -> HttpResponse:
    """Organisations of own territories: validated or not, how many doctors."""
    lines = queries.organisations_of(account_of(request), timezone.now())
    return render(request, "participation/organisations/list.html", {"lines": lines})


@both
@page_for(MANAGE)
def create(request: HttpRequest) -> HttpResponse:
    """A new organisation."""
    territories = reached_territories(account_of(request), MANAGE)
    only = territories.first() if territories.count() == 1 else None
    return answer(
        request,
        form=forms.NewOrganisationForm(_given(request), territories=territories, initial={"territory": only}),
        save=lambda form: services.create_organisation(
            territory=form.cleaned_data["territory"], sheet=form.sheet(), **by_and_at(request)
        ),
        done=reverse("participation_organisations:list"),
        said="Organisation enregistrée. Elle compte quand le SAS l’a validée.",
        template=FORM,
        context={},
    )


@reads
@page_for(MANAGE)
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """One organisation: what it is, its validations, its members."""
    organisation = queries.organisation_for(account_of(request), pk)
    page = queries.page_of(organisation, timezone.now())
    return render(request, "participation/organisations/sheet.html", {"page": page, "organisation": organisation})


@both
@page_for(MANAGE)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Say it otherwise."""
    organisation = queries.organisation_for(account_of(request), pk)
    shown = forms.OrganisationForm.initial_of(services.sheet_of(organisation)) | {"version": organisation.version}
    return answer(
        request,
        form=forms.OrganisationForm(_given(request), initial=shown),
        save=lambda form: services.change_organisation(
            organisation=organisation, sheet=form.sheet(), version=form.edited_version, **by_and_at(request)
        ),
        done=reverse("participation_organisations:sheet", args=[pk]),
        said="Organisation modifiée.",
        template=FORM,
        context={"organisation": organisation},
    )


@both
@page_for(MANAGE)
def validate(request: HttpRequest, pk: int) -> HttpResponse:
    """The SAS validates it."""
    organisation = queries.organisation_for(account_of(request), pk)
    return answer(
        request,
        form=forms.ValidationForm(_given(request), initial={"starts_on": timezone.localdate()}),
        save=lambda form: services.validate_organisation(
            organisation=organisation, **form.cleaned_data, **by_and_at(request)
        ),
        done=reverse("participation_organisations:sheet", args=[pk]),
        said="Validation enregistrée.",
        template="participation/organisations/act.html",
        context={"organisation": organisation, "title": "Valider", "button": "Valider l’organisation"},
    )


@both
@page_for(MANAGE)
def end_validation(request: HttpRequest, pk: int) -> HttpResponse:
    """It is no longer validated."""
    organisation = queries.organisation_for(account_of(request), pk)
    return answer(
        request,
        form=forms.EndForm(_given(request), initial={"ends_on": timezone.localdate()}),
        save=lambda form: services.end_validation(organisation=organisation, **form.cleaned_data, **by_and_at(request)),
        done=reverse("participation_organisations:sheet", args=[pk]),
        said="Fin de validation enregistrée.",
        template="participation/organisations/act.html",
        context={"organisation": organisation, "title": "Terminer la validation", "button": "Terminer la validation"},
    )


@both
@page_for(MANAGE)
def add_member(request: HttpRequest, pk: int) -> HttpResponse:
    """A doctor answers within it."""
    organisation = queries.organisation_for(account_of(request), pk)
    return answer(
        request,
        form=forms.MemberForm(_given(request), initial={"starts_on": timezone.localdate()}),
        save=lambda form: services.add_member(organisation=organisation, **form.cleaned_data, **by_and_at(request)),
        done=reverse("participation_organisations:sheet", args=[pk]),
        said="Membre ajouté.",
        template="participation/organisations/act.html",
        context={"organisation": organisation, "title": "Ajouter un membre", "button": "Ajouter ce médecin"},
    )


@require_POST
@page_for(MANAGE)
def end_member(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """A doctor leaves."""
    organisation = queries.organisation_for(account_of(request), pk)
    services.end_member(organisation=organisation, member_id=member, **by_and_at(request))
    messages.success(request, "Ce médecin n’en est plus membre.")
    return redirect("participation_organisations:sheet", pk)


@both
@page_for(MANAGE)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """It no longer exists."""
    organisation = queries.organisation_for(account_of(request), pk)
    at = by_and_at(request) | {"organisation": organisation, "version": organisation.version}
    return answer(
        request,
        form=forms.Dressed(_given(request)),
        save=lambda form: services.close_organisation(**at),
        done=reverse("participation_organisations:list"),
        said="Organisation fermée.",
        template="participation/organisations/act.html",
        context={"organisation": organisation, **CLOSING},
    )


def _given(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
