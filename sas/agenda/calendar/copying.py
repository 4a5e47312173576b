"""Copy a week of a place into another."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from sas.accounts.territories.forms import Dressed
from sas.agenda import services
from sas.agenda.calendar.forms import PLACE_PREFIX
from sas.agenda.calendar.reading import today_at
from sas.agenda.calendar.weeks import DAYS_OF_A_WEEK, monday_of, read_week, week_text, write_week
from sas.agenda.sheets import AgendaRefused, spot_of
from sas.participation.subjects import Subject, SubjectPlace, places_of

WEEKS_BACK, WEEKS_AHEAD = 8, 12
_PICK = {"invalid_choice": "Choisissez parmi ce qui est proposé.", "required": "Choisissez une semaine."}


class CopyForm(Dressed):
    """From which week, to which one, at which place."""

    place = forms.ChoiceField(
        label="Lieu", widget=forms.RadioSelect, error_messages={**_PICK, "required": "Choisissez un lieu."}
    )
    from_week = forms.ChoiceField(label="Semaine à copier", widget=forms.Select(), error_messages=_PICK)
    to_week = forms.ChoiceField(label="Vers la semaine", widget=forms.Select(), error_messages=_PICK)

    def __init__(self, data: Any = None, *, places: Sequence[SubjectPlace], today: date, monday: date) -> None:
        initial = {"from_week": write_week(monday), "to_week": write_week(monday + DAYS_OF_A_WEEK)}
        if len(places) == 1:
            initial["place"] = PLACE_PREFIX + places[0].key
        super().__init__(data, initial=initial)
        self.fields["place"].choices = [(PLACE_PREFIX + one.key, one.label) for one in places]  # type: ignore[attr-defined]
        this = monday_of(today)
        weeks = {this + DAYS_OF_A_WEEK * number for number in range(-WEEKS_BACK, WEEKS_AHEAD + 1)}
        ahead = {this + DAYS_OF_A_WEEK * number for number in range(WEEKS_AHEAD + 1)}
        self.fields["from_week"].choices = _choices(weeks | {monday})  # type: ignore[attr-defined]
        self.fields["to_week"].choices = _choices(ahead | {monday + DAYS_OF_A_WEEK})  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("from_week") and said.get("from_week") == said.get("to_week"):
            self.add_error("to_week", "Choisissez une autre semaine que celle que vous copiez.")
        return said


def copy_page(request: HttpRequest, subject: Subject, at: datetime) -> HttpResponse:
    """The form, then the week that received the copy, with how much was copied and what was there already."""
    places = places_of(subject)
    today = today_at(places, at)
    monday = read_week(request.GET.get("semaine", "")) or monday_of(today)
    form = CopyForm(request.POST if request.method == "POST" else None, places=places, today=today, monday=monday)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        key = said["place"].removeprefix(PLACE_PREFIX)
        place = next(one for one in places if one.key == key)
        try:
            opened = services.copy_week(
                spot=spot_of(subject, place), from_monday=_monday(said["from_week"]),
                to_monday=_monday(said["to_week"]), by=subject.by, at=at,
            )  # fmt: skip
        except AgendaRefused as refused:
            form.refuse(
                {{"from_monday": "from_week", "to_monday": "to_week"}.get(k, k): v for k, v in refused.errors.items()}
            )
        else:
            messages.success(request, said_of(opened))
            return redirect(f"{reverse('agenda:week', args=[subject.key])}?semaine={said['to_week']}")
    context = {"subject": subject, "form": form.dress(), "places": places}
    return render(request, "agenda/copy.html", context, status=422 if form.is_bound and form.errors else 200)


def said_of(opened: services.Opened) -> str:
    """« 4 créneaux ou plages copiés ; 1 y était déjà. »"""
    made, doubled = len(opened.made), len(opened.doubled)
    copied = (
        f"{made} copié{'s' if made > 1 else ''} : les régulateurs les voient dès maintenant"
        if made
        else "Rien à ajouter"
    )
    return f"{copied} ; {doubled} y étai{'ent' if doubled > 1 else 't'} déjà." if doubled else f"{copied}."


def _choices(mondays: set[date]) -> list[tuple[str, str]]:
    return [(write_week(monday), f"Semaine {week_text(monday)}") for monday in sorted(mondays)]


def _monday(text: str) -> date:
    monday = read_week(text)
    if monday is None:
        raise ValueError(text)  # not one of the choices of the form
    return monday
