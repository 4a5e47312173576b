"""What the forms on créneaux and plages do with what was posted: one call for each view, an answer to show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from sas.accounts.access import account_of
from sas.accounts.entering import wanted_page
from sas.agenda import queries, services, uses
from sas.agenda.calendar import done, words
from sas.agenda.calendar.forms import PLACE_PREFIX, SPLIT, OfferForm, deserves_advice, first_values, values_of
from sas.agenda.calendar.reading import ids_of, today_at
from sas.agenda.calendar.summaries import Summary, sentence_of, summary_of
from sas.agenda.calendar.weeks import monday_of, read_day, write_week
from sas.agenda.models import Series
from sas.agenda.sheets import AgendaRefused, Scope, SeriesSheet, StaleError, department_of, spot_of
from sas.agenda.uses import UsedSlot
from sas.participation.authors import author
from sas.participation.subjects import Subject, SubjectPlace, places_of

FORM = "agenda/form.html"
TWICE = "Un créneau aux mêmes horaires existe déjà à ce lieu : modifiez-le plutôt."
ADVICE = {"plage": str(Series.Kind.BAND), "decouper": SPLIT}
"""Answers to the advice that change what is asked for; « garder » changes nothing."""


@dataclass(frozen=True)
class Chosen:
    """An occurrence that an address names."""

    subject: Subject
    series: Series
    day: date
    at: datetime

    @property
    def week_url(self) -> str:
        """The week it stands in."""
        return week_url(self.subject, self.day)


def week_url(subject: Subject, day: date) -> str:
    """The week of that day."""
    return f"{reverse('agenda:week', args=[subject.key])}?semaine={write_week(monday_of(day))}"


def chosen(subject: Subject, pk: int, day: str, at: datetime) -> Chosen:
    """That occurrence, when it is the subject's; else `Http404`."""
    on, series = read_day(day), queries.series_of(pk, **ids_of(subject))
    if on is None or series is None:
        raise Http404
    return Chosen(subject, series, on, at)


def place_named(places: Sequence[SubjectPlace], key: str) -> SubjectPlace:
    """The place of that key; else `Http404`."""
    found = next((place for place in places if place.key == key), None)
    if found is None:
        raise Http404
    return found


def _place(one: Chosen) -> SubjectPlace:
    """Where it is offered; a place that was left since still has what was offered there, to be removed."""
    series = one.series
    left = SubjectPlace(
        series.place_key, "Un lieu où vous n’exercez plus", "", series.insee, department_of(series.insee),
        series.timezone, "", "",
    )  # fmt: skip
    return next((place for place in places_of(one.subject) if place.key == series.place_key), left)


def create_page(request: HttpRequest, subject: Subject, at: datetime) -> HttpResponse:
    """The form of something new; what is posted is shown in a sentence, or offered."""
    places = places_of(subject)
    data = _advised(request) if request.method == "POST" else None
    form = OfferForm(data, places=places, today=today_at(places, at), initial=_first(request, places))
    page = {"subject": subject, "places": places, "today": today_at(places, at)}
    if data is None or not form.is_valid():
        return _form_page(request, form, page)
    sheet, place = form.sheet, place_named(places, form.place_key)
    if "apercu" in data or (deserves_advice(sheet) and "conseil" not in data):
        advice = "apercu" not in data
        return _form_page(request, form, page, sheet, place, advice=advice)
    try:
        made = services.open_series(spot=spot_of(subject, place), sheet=sheet, by=subject.by, at=at)
    except AgendaRefused as refused:
        form.refuse(refused.errors)
        return _form_page(request, form, page)
    except IntegrityError:  # the same hours with another splitting, or somebody who was faster
        form.refuse({"": TWICE})
        return _form_page(request, form, page)
    back, day = week_url(subject, sheet.first_on), sheet.first_on.isoformat()
    return redirect(done.mark(back, "ouvert", series=made.pk, day=day, number=made.version, at=at))


def edit_page(request: HttpRequest, one: Chosen) -> HttpResponse:
    """The form of one occurrence and of what repeats it; a stale one says who changed it, and keeps what was typed."""
    data = _advised(request) if request.method == "POST" else None
    places = [_place(one)]
    today = today_at(places, one.at)
    form = OfferForm(data, places=places, today=today, initial=values_of(one.series, one.day))
    form.fields["other_day"].label = "Jour"
    page = {"subject": one.subject, "places": places, "today": today, "chosen": one, "now": _now_said(one, places)}
    if data is None or not form.is_valid():
        return _form_page(request, form, page)
    sheet, place = form.sheet, place_named(places, form.place_key)
    if "apercu" in data or (deserves_advice(sheet) and "conseil" not in data):
        return _form_page(request, form, page, sheet, place, advice="apercu" not in data)
    try:
        changed = services.change_series(
            series=one.series, sheet=sheet, scope=_scope(form.cleaned_data["scope"]), on=one.day,
            version=form.edited_version, by=one.subject.by, at=one.at,
        )  # fmt: skip
    except StaleError as stale:
        return _form_page(request, form, page | {"stale": _who(request, one, stale, places)}, status=409)
    except AgendaRefused as refused:
        form.refuse(refused.errors)
        return _form_page(request, form, page)
    except IntegrityError:  # the same hours with another splitting, or somebody who was faster
        form.refuse({"": TWICE})
        return _form_page(request, form, page)
    messages.success(request, "Modifié : les régulateurs le voient dès maintenant.")
    _say_used(request, changed.used, places)
    return redirect(week_url(one.subject, sheet.first_on))


def remove_page(request: HttpRequest, one: Chosen) -> HttpResponse:
    """What to remove: this day, this one and the following, all of them; then done."""
    places = [_place(one)]
    page = {"subject": one.subject, "chosen": one, "now": _now_said(one, places)}
    if request.method != "POST":
        return render(request, "agenda/remove.html", page)
    sent = request.POST.get("version", "")
    try:
        removed = services.close_series(
            series=one.series, scope=_scope(request.POST.get("scope", "")), on=one.day,
            version=read_version(sent), by=one.subject.by, at=one.at,
        )  # fmt: skip
    except StaleError as stale:
        return render(request, "agenda/remove.html", page | {"stale": _who(request, one, stale, places)}, status=409)
    except AgendaRefused as refused:
        return render(request, "agenda/remove.html", page | {"refusal": str(refused)}, status=422)
    messages.success(request, "Retiré de votre agenda : les régulateurs ne le voient plus.")
    _say_used(request, removed.used, places)
    return redirect(one.week_url)


def mark_page(request: HttpRequest, one: Chosen, *, taken: bool) -> HttpResponse:
    """« Pris » or « libre » of one occurrence, and back to where it was pressed."""
    sent = request.POST.get("minute", "")
    back = wanted_page(request, one.week_url)
    if not (sent.isascii() and sent.isdigit() and len(sent) < 10):
        raise Http404
    act = uses.mark_taken if taken else uses.unmark_taken
    try:
        act(series=one.series, starts_at=datetime.fromtimestamp(int(sent) * 60, UTC), by=one.subject.by, at=one.at)
    except AgendaRefused as refused:
        messages.error(request, str(refused))
        return redirect(back)
    kind = "pris" if taken else "libre"
    return redirect(done.mark(back, kind, series=one.series.pk, day=one.day.isoformat(), number=int(sent), at=one.at))


def read_version(text: str) -> int:
    """The version that a button sent; 0, which nothing has, when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _advised(request: HttpRequest) -> Any:
    """What was posted, with what the answer to the advice changes of it."""
    data = request.POST.copy()
    if (kind := ADVICE.get(data.get("conseil", ""))) is not None:
        data["kind"] = kind
    return data


def _first(request: HttpRequest, places: Sequence[SubjectPlace]) -> dict[str, Any]:
    """The first values of a new form: what the address says of day, hours and place."""
    asked = [_time(request.GET.get(name, "")) for name in ("de", "a")]
    hours = (asked[0], asked[1]) if asked[0] and asked[1] else None
    place = request.GET.get("lieu", "")
    known = place if any(one.key == place for one in places) else ""
    return first_values(day=read_day(request.GET.get("jour", "")), hours=hours, place=known)


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if len(text) == 5 else None
    except ValueError:
        return None


def _scope(text: str) -> Scope:
    return Scope(text) if text in set(Scope) else Scope.THIS


def _form_page(
    request: HttpRequest,
    form: OfferForm,
    page: dict[str, Any],
    sheet: SeriesSheet | None = None,
    place: SubjectPlace | None = None,
    *,
    advice: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The form, with its sentence when it can be said; 422 when something is to be corrected or confirmed."""
    summary: Summary | None = summary_of(sheet, place, page["today"]) if sheet and place else None
    wrong = form.is_bound and (form.errors or advice)
    context = {**page, "form": form.dress(), "summary": summary, "advice": advice, "prefix": PLACE_PREFIX}
    context["repeats"] = bool(form["repeat"].value())
    return render(request, FORM, context, status=422 if wrong and status == 200 else status)


def _now_said(one: Chosen, places: Sequence[SubjectPlace]) -> str:
    """What stands now, in a sentence."""
    series = one.series
    sheet = SeriesSheet(
        kind=series.kind, first_on=series.first_on if series.repeat_weeks else one.day, starts_at=series.starts_at,
        ends_at=series.ends_at, modalities=tuple(series.modalities), capacity=series.capacity,
        split_minutes=series.split_minutes, repeat_weeks=series.repeat_weeks, weekdays=tuple(series.weekdays),
        until=series.until, skip_public_holidays=series.skip_public_holidays,
    )  # fmt: skip
    return sentence_of(sheet, place_named(places, series.place_key))


def _who(request: HttpRequest, one: Chosen, stale: StaleError, places: Sequence[SubjectPlace]) -> str:
    """« Modifié par Ada Exemple, le mardi 24 novembre à 14 h 40. »"""
    who = author(stale.by, one.subject, account_of(request))
    return f"Modifié par {who}, le {words.moment_text(stale.at, places[0].timezone)}."


def _say_used(request: HttpRequest, used: Sequence[UsedSlot], places: Sequence[SubjectPlace]) -> None:
    """Nothing that had received somebody changes silently."""
    if used:
        moments = ", ".join(words.moment_text(slot.starts_at, places[0].timezone) for slot in used)
        messages.warning(request, f"Des patients y étaient attendus : {moments}. La régulation en est prévenue.")
