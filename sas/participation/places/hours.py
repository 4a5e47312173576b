"""Opening hours as somebody types them, day by day, for a place or a structure. Unknown shows nothing."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sas.accounts.access import account_of
from sas.accounts.territories.forms import Dressed, text_field
from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.directory.services import describe_hours, describe_structure_hours
from sas.directory.weekly_hours import DAYS, Band, InvalidHoursError, from_json, read_day, write_day
from sas.participation.authors import author
from sas.participation.places.services import target_of
from sas.participation.subjects import Subject
from sas.web.models import AuditLine

ACT = "describe_hours"
Save = Callable[[list[Band], str], object]
"""(bands, version) → kept, or `HoursChanged`."""


class HoursChanged(Exception):  # noqa: N818 — an answer to the person, not a fault
    """Somebody else said otherwise since the form was opened: `by` is a label of the audit trail."""

    def __init__(self, by: str, at: datetime | None) -> None:
        super().__init__("changed meanwhile")
        self.by, self.at = by, at


class HoursForm(Dressed):
    """One line a day, public holidays apart. Nothing typed at all: unknown."""

    version = forms.CharField(widget=forms.HiddenInput(), required=False, max_length=40)

    def __init__(self, data: Any, stored: Any) -> None:
        bands = from_json(stored) if stored else []
        shown: dict[str, Any] = {f"day_{day}": write_day(bands, day) for day in range(len(DAYS))}
        super().__init__(data, initial=shown | {"version": version_of(stored)})
        for day, name in enumerate(DAYS):
            self.fields[f"day_{day}"] = text_field(name.capitalize())
        self.bands: list[Band] = []

    @property
    def days(self) -> list[Any]:
        """The eight fields."""
        return [self[f"day_{day}"] for day in range(len(DAYS))]

    def clean(self) -> dict[str, Any]:
        """Every day that cannot be read is said beside its field."""
        said: dict[str, Any] = super().clean() or {}
        for day in range(len(DAYS)):
            try:
                self.bands += read_day(day, said.get(f"day_{day}", ""))
            except InvalidHoursError as error:
                self.add_error(f"day_{day}", str(error))
        return said


def version_of(stored: Any) -> str:
    """What a form was opened on, in twelve hexadecimal digits."""
    return hashlib.blake2s(json.dumps(stored or None, sort_keys=True).encode(), digest_size=6).hexdigest()


@transaction.atomic
def say_place_hours(
    *, practitioner: Practitioner, place_key: str, bands: list[Band], version: str, by: str, at: datetime
) -> None:
    """The opening hours of a place, every activity there; none: unknown. Raises `HoursChanged`."""
    held = PracticeLocation.objects.select_for_update(of=("self",), no_key=True)
    rows = list(held.filter(practitioner=practitioner, place_key=place_key, ended_on=None).order_by("pk"))
    _check(rows[0].hours_override if rows else None, version, target_of(practitioner, place_key))
    describe_hours(location_ids=[row.pk for row in rows], bands=bands or None, by=by, at=at)


@transaction.atomic
def say_structure_hours(*, structure: Structure, bands: list[Band], version: str, by: str, at: datetime) -> None:
    """The same for a structure. Raises `HoursChanged`."""
    held = Structure.objects.select_for_update(of=("self",), no_key=True).get(pk=structure.pk)
    _check(held.hours_override, version, held.national_id)
    describe_structure_hours(structure_id=held.pk, bands=bands or None, by=by, at=at)


def _check(stored: Any, version: str, target: str) -> None:
    if version != version_of(stored):
        line = AuditLine.objects.filter(target=target, act=ACT).order_by("-at", "-pk").first()
        raise HoursChanged(line.actor if line else "", line.at if line else None)


def answer(
    request: HttpRequest,
    *,
    subject: Subject,
    stored: Any,
    save: Save,
    done: str,
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    """GET: the form. POST: kept, then `done`; 422 with what cannot be read; 409 when somebody said otherwise."""
    form = HoursForm(request.POST if request.method == "POST" else None, stored)
    status, changed, who = 200, None, ""
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                save(form.bands, form.cleaned_data["version"])
            except HoursChanged as stale:
                status, changed, who = 409, stale, author(stale.by, subject, account_of(request))
                form = HoursForm({**request.POST.dict(), "version": version_of(stored)}, stored)
            else:
                messages.success(request, "Horaires enregistrés. Les régulateurs les lisent dès maintenant.")
                return redirect(done)
    context = {"form": form.dress(), "changed": changed, "who": who, "subject": subject} | context
    return render(request, template, context, status=status)
