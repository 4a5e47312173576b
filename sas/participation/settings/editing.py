"""What the settings page does with what was posted: kept, shown again with why not (422), or told as stale (409)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sas.accounts.access import account_of
from sas.accounts.models import Delegation
from sas.accounts.territories.forms import Dressed
from sas.participation.authors import author
from sas.participation.declared_structures import Described, declare_unknown_structure
from sas.participation.refusals import ChangedMeanwhile, ParticipationRefused
from sas.participation.services import declare_participation, end_participation
from sas.participation.settings.forms import UNKNOWN, OwnNameForm, ParticipationForm, VisibilityForm
from sas.participation.settings.pages import SettingsPage
from sas.participation.settings.queries import structures_chosen
from sas.participation.structure_services import declare_structure_participation, end_structure_participation
from sas.participation.subjects import Subject, subject_for
from sas.participation.visibility import declare_visibility

PENDING = "Enregistré. Votre participation attend qu’un gestionnaire de comptes identifie la structure."
TEMPLATE = "participation/settings/page.html"


def settings_of(request: HttpRequest, key: str, at: datetime) -> SettingsPage:
    """The page of that subject, if the account may set it; else `Http404`."""
    return SettingsPage(subject_for(account_of(request), key, Delegation.Scope.SETTINGS, at), at)


def shown(request: HttpRequest, page: SettingsPage, status: int = 200) -> HttpResponse:
    """The page."""
    return render(request, TEMPLATE, {"page": page.fill(), "subject": page.subject}, status=status)


def participate(request: HttpRequest, page: SettingsPage) -> HttpResponse:
    """Take part in the way that was posted, or look for a structure without losing what was typed."""
    if page.kind == "own":
        page.participation = own_form = page.own_name_form(request.POST)
        return _kept(request, page, own_form, lambda: _declare_own(page, own_form), "Participation enregistrée.")
    if text := request.POST.get("look_for", "").strip():
        page.search(text)
    if "chercher" in request.POST:
        page.participation = page.participation_form(typed=request.POST)
        return shown(request, page)
    page.participation = form = page.participation_form(request.POST)
    lost = request.POST.get("structure") == UNKNOWN and request.POST.get("via") != "individual"
    return _kept(request, page, form, lambda: _declare(page, form), PENDING if lost else "Participation enregistrée.")


def leave(request: HttpRequest, page: SettingsPage) -> HttpResponse:
    """Take part no longer, from today on."""
    who: dict[str, Any] = {"by": page.subject.by, "at": page.at, "expected": _number(request.POST.get("version", ""))}

    def end() -> None:
        if page.subject.practitioner is not None:
            end_participation(practitioner=page.subject.practitioner, **who)
        else:
            end_structure_participation(structure=page.structure, **who)

    return _kept(request, page, None, end, "Participation arrêtée : la régulation ne vous sollicite plus « en sus ».")


def show_slots(request: HttpRequest, page: SettingsPage) -> HttpResponse:
    """What regulators see, as posted."""
    if page.kind not in ("person", "own"):
        raise Http404
    page.visibility = form = page.visibility_form(request.POST)
    said = "Enregistré. La régulation voit le changement dès sa prochaine recherche."
    return _kept(request, page, form, lambda: _declare_visibility(page, form), said)


def _declare(page: SettingsPage, form: ParticipationForm) -> None:
    data = form.cleaned_data
    who: dict[str, Any] = {
        "practitioner": page.person, "place_keys": form.chosen_places, "expected": form.expected, "by": page.subject.by,
        "at": page.at,
    }  # fmt: skip
    if data["via"] == "individual":
        declare_participation(via="individual", **who)
    elif data["structure"] == UNKNOWN:
        described = Described(data["via"], data["name"], data["city"], data["contact"])
        declare_unknown_structure(described=described, **who)
    else:
        chosen = structures_chosen([int(data["structure"])]) if data["structure"] else []
        declare_participation(via=data["via"], structure=chosen[0] if chosen else None, **who)


def _declare_own(page: SettingsPage, form: OwnNameForm) -> None:
    declare_structure_participation(
        structure=page.structure,
        gp_count=form.cleaned_data.get("gp_count"),
        expected=form.expected,
        by=page.subject.by,
        at=page.at,
    )


def _declare_visibility(page: SettingsPage, form: VisibilityForm) -> None:
    data = form.cleaned_data
    declare_visibility(
        of=page.subject.practitioner or page.structure,
        editor_keys=data.get("editors"),
        uses_editors=data.get("uses_editors"),
        opted_out=data["opted_out"],
        declares_two_hours=data.get("declares_two_hours"),
        expected=form.expected,
        by=page.subject.by,
        at=page.at,
    )


def _kept(
    request: HttpRequest, page: SettingsPage, form: Dressed | None, save: Callable[[], object], said: str
) -> HttpResponse:
    if form is not None and not form.is_valid():
        return shown(request, page, 422)
    try:
        save()
    except ChangedMeanwhile as changed:
        return _stale(request, page, changed)
    except ParticipationRefused as refused:
        if form is None:
            messages.error(request, str(refused))
            return shown(request, page, 422)
        form.refuse({refused.field: str(refused)})
        return shown(request, page, 422)
    messages.success(request, said)
    return redirect("participation_settings:edit", page.subject.key)


def _stale(request: HttpRequest, page: SettingsPage, changed: ChangedMeanwhile) -> HttpResponse:
    """What was typed is kept, on the version that is there now: to save again is to know."""
    fresh = SettingsPage(page.subject, page.at, changed=changed, found=page.found)
    fresh.changed_by = author(changed.who, page.subject, account_of(request))
    data = request.POST.copy()
    if isinstance(page.visibility, VisibilityForm):
        data["shown"] = str(fresh.shown.pk if fresh.shown else 0)
        fresh.visibility = fresh.visibility_form(data)
    elif isinstance(page.participation, OwnNameForm):
        data["version"] = str(fresh.own.pk if fresh.own else 0)
        fresh.participation = fresh.own_name_form(data)
    elif isinstance(page.participation, ParticipationForm):
        data["version"] = str(fresh.period.pk if fresh.period else 0)
        fresh.participation = fresh.participation_form(data)
    return shown(request, fresh, 409)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def subject_of(request: HttpRequest, key: str, at: datetime) -> Subject:
    """Who is set, if the account may."""
    return settings_of(request, key, at).subject
