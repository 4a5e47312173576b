"""How the form of partial sharing is shown, kept and shown again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sas.accounts.access import account_of
from sas.accounts.models import Delegation
from sas.directory.models import Structure
from sas.participation.models import Visibility
from sas.participation.refusals import ChangedMeanwhile
from sas.participation.sharing.forms import SharingForm
from sas.participation.sharing.rules import Limits, from_json
from sas.participation.sharing.services import current_visibility, limit_sharing
from sas.participation.sharing.words import limits_in_words
from sas.participation.subjects import Subject, places_of, subject_for

OWN_EDITORS = (Structure.Kind.CDS,)
"""Structures that editors know by their own agenda; MSP and CPTS share through members, SOS through the SAS agenda."""


@dataclass(frozen=True)
class Sharing:
    """What somebody shares now. `current`: their period (none: they never said anything)."""

    subject: Subject
    places: tuple[tuple[str, str], ...]
    current: Visibility | None
    limits: Limits

    @property
    def version(self) -> int:
        """What a form was filled on."""
        return self.current.pk if self.current else 0

    @property
    def in_words(self) -> list[str]:
        """One line per limit."""
        return limits_in_words(self.limits, dict(self.places))

    def form(self, data: Any = None) -> SharingForm:
        """The form on these limits; bound to `data` when there is some."""
        return SharingForm(data, places=self.places, limits=self.limits, version=self.version)


def sharing_for(request: HttpRequest, key: str, at: datetime) -> Sharing:
    """What that subject shares; `Http404` unless the account acts for it, or when it has no slot at editors."""
    return sharing_of(subject_for(account_of(request), key, Delegation.Scope.SETTINGS, at))


def sharing_of(subject: Subject) -> Sharing:
    """What this subject shares."""
    if subject.structure is not None and subject.structure.kind not in OWN_EDITORS:
        raise Http404
    places = tuple((place.key, ", ".join(filter(None, (place.label, place.address)))) for place in places_of(subject))
    current = current_visibility(subject.practitioner, subject.structure)
    return Sharing(subject, places, current, from_json(current.limits if current else {}))


def edited(request: HttpRequest, sharing: Sharing, at: datetime) -> HttpResponse:
    """GET: the form. POST: saved, then the form again; or what was typed, with why not (422), who changed it (409)."""
    form = sharing.form(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return page(request, sharing, form, status=422 if form.is_bound else 200)
    try:
        save(sharing, form.limits(), expected=form.edited_version, at=at)
    except ChangedMeanwhile as changed:
        # What was typed is kept, on the version that is there now: to save again is to know.
        there = sharing_of(sharing.subject)
        data = request.POST.copy()
        data["version"] = str(there.version)
        return page(request, there, there.form(data), status=409, changed=changed)
    messages.success(request, "Partage enregistré. La régulation voit le changement dès sa prochaine recherche.")
    return redirect("participation_sharing:edit", sharing.subject.key)


def save(sharing: Sharing, limits: Limits, *, expected: int | None, at: datetime) -> None:
    """Share that much from now on."""
    subject = sharing.subject
    limit_sharing(
        practitioner=subject.practitioner,
        structure=subject.structure,
        limits=limits,
        expected=expected,
        by=subject.by,
        at=at,
    )


def page(
    request: HttpRequest, sharing: Sharing, form: SharingForm, *, status: int, changed: ChangedMeanwhile | None = None
) -> HttpResponse:
    """The page of partial sharing."""
    context = {"sharing": sharing, "subject": sharing.subject, "form": form.dress(), "changed": changed}
    return render(request, "participation/sharing/edit.html", context, status=status)
