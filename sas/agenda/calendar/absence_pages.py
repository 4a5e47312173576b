"""What the pages of unavailability do: one call for each view, an answer to show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from sas.accounts.access import account_of
from sas.accounts.entering import wanted_page
from sas.agenda import absences, queries
from sas.agenda.calendar import words
from sas.agenda.calendar.away_forms import EVERYWHERE, LATER, NOW, AwayForm
from sas.agenda.calendar.editing import read_version
from sas.agenda.calendar.forms import PLACE_PREFIX
from sas.agenda.calendar.reading import ids_of
from sas.agenda.models import Unavailability
from sas.agenda.sheets import AgendaRefused, StaleError
from sas.agenda.uses import UsedSlot
from sas.participation.authors import author
from sas.participation.subjects import Subject, SubjectPlace, places_of

PAGE = "agenda/away.html"


@dataclass(frozen=True)
class AwayLine:
    """One unavailability, in words. `begun`: it may be ended; else it may only be withdrawn or changed."""

    row: Unavailability
    when: str
    where: str
    begun: bool


def lines_of(subject: Subject, places: Sequence[SubjectPlace], at: datetime) -> list[AwayLine]:
    """What is declared and not over, the pause first."""
    labels = {place.key: place for place in places}
    return [_line(row, labels, places, at) for row in queries.unavailabilities_of(at=at, **ids_of(subject))]


@dataclass(frozen=True)
class Notices:
    """What the agenda says on top: what is declared, and whether everything is paused."""

    lines: list[AwayLine]
    paused: bool


def notices_of(subject: Subject, at: datetime) -> Notices:
    """What hides slots now or soon."""
    lines = lines_of(subject, places_of(subject), at)
    return Notices([line for line in lines if not line.row.is_pause], any(line.row.is_pause for line in lines))


def _line(
    row: Unavailability, labels: dict[str, SubjectPlace], places: Sequence[SubjectPlace], at: datetime
) -> AwayLine:
    known = labels.get(row.place_key)
    zone = known.timezone if known else _zone(places)
    where = known.label if known else "Partout" if not row.place_key else "Un lieu où vous n’exercez plus"
    start = words.bound_text(row.starts_at, zone)
    when = f"Depuis le {start}" if row.starts_at <= at else f"À partir du {start}"
    if row.ends_at is not None:
        when = words.period_text(row.starts_at, row.ends_at, zone)
    elif row.starts_at <= at:
        when += ", jusqu’à nouvel ordre"
    return AwayLine(row, when, where, row.starts_at <= at)


def _zone(places: Sequence[SubjectPlace]) -> str:
    return places[0].timezone if places else "Europe/Paris"


def away_page(request: HttpRequest, subject: Subject, at: datetime) -> HttpResponse:
    """What is declared, and the form of another."""
    places = places_of(subject)
    form = AwayForm(request.POST if request.method == "POST" else None, places=places)
    if form.is_bound and form.is_valid():
        try:
            declared = declare(subject, places, form, at)
        except AgendaRefused as refused:
            form.refuse(refused.errors)
        else:
            messages.success(request, "Noté : rien n’est plus proposé pendant ce temps, ni agenda SAS ni éditeurs.")
            say_hidden(request, declared, places)
            return redirect("agenda:away", subject.key)
    return _page(request, subject, places, form, at)


def change_page(request: HttpRequest, subject: Subject, pk: int, at: datetime) -> HttpResponse:
    """Other bounds for one of them; a stale form says who changed it."""
    places, row = places_of(subject), _row(subject, pk, at)
    shown = [place for place in places if place.key == row.place_key] if row.place_key else places
    form = AwayForm(
        request.POST if request.method == "POST" else None, places=shown[:1], initial=_values(row, _zone(shown), at)
    )
    extra: dict[str, Any] = {"row": row}
    status = None
    if form.is_bound and form.is_valid():
        start, end = form.bounds(_zone(shown), at)
        start = row.starts_at if row.starts_at <= at else start
        try:
            declared = absences.change_unavailability(
                row=row, starts_at=start, ends_at=end, version=form.edited_version, by=subject.by, at=at
            )
        except AgendaRefused as refused:
            form.refuse(refused.errors)
        except StaleError as stale:
            extra["stale"], status = _who(request, subject, stale, shown), 409
        else:
            messages.success(request, "Indisponibilité modifiée.")
            say_hidden(request, declared.used, places)
            return redirect("agenda:away", subject.key)
    return _page(request, subject, places, form, at, extra, status)


def _page(
    request: HttpRequest,
    subject: Subject,
    places: Sequence[SubjectPlace],
    form: AwayForm,
    at: datetime,
    extra: dict[str, Any] | None = None,
    status: int | None = None,
) -> HttpResponse:
    lines = lines_of(subject, places, at)
    context = {
        "subject": subject,
        "places": places,
        "form": form.dress(),
        "lines": lines,
        "paused": any(line.row.is_pause for line in lines),
        **(extra or {}),
    }
    return render(request, PAGE, context, status=status or (422 if form.is_bound and form.errors else 200))


@transaction.atomic
def declare(subject: Subject, places: Sequence[SubjectPlace], form: AwayForm, at: datetime) -> list[UsedSlot]:
    """One row for everywhere; one per zone when places do not share their clocks. Raises `AgendaRefused`."""
    key = form.place_key
    asked = [place for place in places if key is None or place.key == key]
    zones = {place.timezone for place in asked} or {_zone(places)}
    used: list[UsedSlot] = []
    for zone in sorted(zones):
        keys = [place.key for place in asked if place.timezone == zone] if key is not None or len(zones) > 1 else []
        start, end = form.bounds(zone, at)
        declared = absences.declare_unavailability(
            practitioner=subject.practitioner, structure=subject.structure, starts_at=start, ends_at=end,
            place_keys=[one for one in keys if one], by=subject.by, at=at,
        )  # fmt: skip
        used += declared.used
    return used


def finish(
    request: HttpRequest, subject: Subject, pk: int, act: Callable[..., object], said: str, at: datetime
) -> HttpResponse:
    """End or withdraw one, in one press."""
    row, sent = _row(subject, pk, at), request.POST.get("version", "")
    version = read_version(sent) if sent else row.version
    try:
        act(row=row, version=version, by=subject.by, at=at)
        messages.success(request, said)
    except AgendaRefused as refused:
        messages.error(request, str(refused))
    except StaleError as stale:
        messages.error(request, f"{_who(request, subject, stale, places_of(subject))} Relisez, puis recommencez.")
    return redirect("agenda:away", subject.key)


def pause(request: HttpRequest, subject: Subject, at: datetime) -> HttpResponse:
    """Nothing is shown any more, in one press."""
    declared = absences.pause(practitioner=subject.practitioner, structure=subject.structure, by=subject.by, at=at)
    messages.success(request, "En pause : la régulation ne voit plus aucun créneau, jusqu’à ce que vous repreniez.")
    say_hidden(request, declared.used, places_of(subject))
    return redirect(wanted_page(request, reverse("agenda:week", args=[subject.key])))


def resume(request: HttpRequest, subject: Subject, at: datetime) -> HttpResponse:
    """The end of the pause, in one press."""
    absences.resume(practitioner=subject.practitioner, structure=subject.structure, by=subject.by, at=at)
    messages.success(request, "Reprise : la régulation voit de nouveau vos créneaux.")
    return redirect(wanted_page(request, reverse("agenda:week", args=[subject.key])))


def say_hidden(request: HttpRequest, used: Sequence[UsedSlot], places: Sequence[SubjectPlace]) -> None:
    """Patients were expected in what is hidden: never silent."""
    if used:
        moments = ", ".join(words.moment_text(slot.starts_at, _zone(places)) for slot in used)
        messages.warning(request, f"Des patients étaient attendus : {moments}. La régulation en est prévenue.")


def _who(request: HttpRequest, subject: Subject, stale: StaleError, places: Sequence[SubjectPlace]) -> str:
    """« Modifiée par Ada Exemple, le mardi 24 novembre à 14 h 40. »"""
    who = author(stale.by, subject, account_of(request))
    return f"Modifiée par {who}, le {words.moment_text(stale.at, _zone(places))}."


def _row(subject: Subject, pk: int, at: datetime) -> Unavailability:
    rows = queries.unavailabilities_of(at=at, **ids_of(subject))
    found = next((row for row in rows if row.pk == pk), None)
    if found is None:
        raise Http404
    return found


def _values(row: Unavailability, zone: str, at: datetime) -> dict[str, Any]:
    there = ZoneInfo(zone)
    start = row.starts_at.astimezone(there)
    values: dict[str, Any] = {
        "start": LATER if row.starts_at > at or row.ends_at else NOW,
        "from_day": start.date(),
        "from_time": start.time() if start.time() != start.time().min else None,
        "place": PLACE_PREFIX + row.place_key if row.place_key else EVERYWHERE,
        "version": row.version,
    }
    if row.ends_at is not None:
        values |= words.closing_of(row.ends_at.astimezone(there))
    return values
