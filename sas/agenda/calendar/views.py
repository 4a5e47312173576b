"""The pages of the SAS agenda. On whose behalf: `subject_for`, every time; others are not said to exist."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from sas.accounts.access import account_of, page_for
from sas.accounts.models import Delegation
from sas.accounts.permissions import Permission
from sas.agenda.absences import end_unavailability, withdraw_unavailability
from sas.agenda.calendar import absence_pages, copying, editing, meters, reading
from sas.agenda.calendar.done import done_of
from sas.agenda.calendar.weeks import read_day, read_week
from sas.participation.subjects import Subject, subject_for, subjects_of
from sas.web.http import reads

EDIT = Permission.EDIT_AGENDA
both = require_http_methods(["GET", "HEAD", "POST"])


def _subject(request: HttpRequest, key: str) -> Subject:
    return subject_for(account_of(request), key, Delegation.Scope.AGENDA, timezone.now())


@reads
@page_for(EDIT)
def home(request: HttpRequest) -> HttpResponse:
    """One's own week; a choice when there are several agendas."""
    subjects = subjects_of(account_of(request), Delegation.Scope.AGENDA, timezone.now())
    if len(subjects) == 1:
        return redirect("agenda:week", subjects[0].key)
    return render(request, "agenda/home.html", {"subjects": subjects})


@reads
@page_for(EDIT)
def week(request: HttpRequest, key: str) -> HttpResponse:
    """A week, Monday to Sunday: `?semaine=2026-W48`, `?lieu=<key>`."""
    subject, now = _subject(request, key), timezone.now()
    page = reading.week_page(subject, read_week(request.GET.get("semaine", "")), request.GET.get("lieu") or None, now)
    context = {
        "subject": subject,
        "page": page,
        "meter": meters.week_meter(subject, page.monday),
        "away": absence_pages.notices_of(subject, now),
        "done": done_of(request.GET.get("fait", ""), subject, now),
        "import_url": reading.import_url(subject),
    }
    return render(request, "agenda/week.html", context)


@reads
@page_for(EDIT)
def day(request: HttpRequest, key: str, day: str) -> HttpResponse:
    """A day, for a phone."""
    subject, now, on = _subject(request, key), timezone.now(), read_day(day)
    if on is None:
        raise Http404
    context = {
        "subject": subject,
        "page": reading.day_page(subject, on, now),
        "away": absence_pages.notices_of(subject, now),
        "done": done_of(request.GET.get("fait", ""), subject, now),
    }
    return render(request, "agenda/day.html", context)


@both
@page_for(EDIT)
def create(request: HttpRequest, key: str) -> HttpResponse:
    """Offer a créneau or a plage."""
    return editing.create_page(request, _subject(request, key), timezone.now())


@both
@page_for(EDIT)
def edit(request: HttpRequest, key: str, pk: int, day: str) -> HttpResponse:
    """Change one, with the scope of the change."""
    return editing.edit_page(request, editing.chosen(_subject(request, key), pk, day, timezone.now()))


@both
@page_for(EDIT)
def remove(request: HttpRequest, key: str, pk: int, day: str) -> HttpResponse:
    """Remove one, with the scope of the removal."""
    return editing.remove_page(request, editing.chosen(_subject(request, key), pk, day, timezone.now()))


@require_POST
@page_for(EDIT)
def take(request: HttpRequest, key: str, pk: int, day: str) -> HttpResponse:
    """« Pris »."""
    one = editing.chosen(_subject(request, key), pk, day, timezone.now())
    return editing.mark_page(request, one, taken=True)


@require_POST
@page_for(EDIT)
def free(request: HttpRequest, key: str, pk: int, day: str) -> HttpResponse:
    """« Libre », undoing one « pris »."""
    one = editing.chosen(_subject(request, key), pk, day, timezone.now())
    return editing.mark_page(request, one, taken=False)


@both
@page_for(EDIT)
def copy(request: HttpRequest, key: str) -> HttpResponse:
    """Offer in one week what another offers."""
    return copying.copy_page(request, _subject(request, key), timezone.now())


@reads
@page_for(EDIT)
def meter(request: HttpRequest, key: str) -> HttpResponse:
    """Hours of the last weeks, met or not while the rule stood."""
    subject = _subject(request, key)
    lines = meters.meter_lines(subject, timezone.now())
    return render(request, "agenda/meter.html", {"subject": subject, "lines": lines})


@both
@page_for(EDIT)
def away(request: HttpRequest, key: str) -> HttpResponse:
    """Unavailability: what is declared, and the form of another."""
    return absence_pages.away_page(request, _subject(request, key), timezone.now())


@both
@page_for(EDIT)
def change_away(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Other bounds."""
    return absence_pages.change_page(request, _subject(request, key), pk, timezone.now())


@require_POST
@page_for(EDIT)
def end_away(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Back now."""
    act, said = end_unavailability, "C’est terminé : la régulation voit de nouveau vos créneaux."
    return absence_pages.finish(request, _subject(request, key), pk, act, said, timezone.now())


@require_POST
@page_for(EDIT)
def withdraw_away(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """A mistake."""
    act, said = withdraw_unavailability, "Indisponibilité retirée, comme si elle n’avait pas été déclarée."
    return absence_pages.finish(request, _subject(request, key), pk, act, said, timezone.now())


@require_POST
@page_for(EDIT)
def pause(request: HttpRequest, key: str) -> HttpResponse:
    """Nothing is shown from now on."""
    return absence_pages.pause(request, _subject(request, key), timezone.now())


@require_POST
@page_for(EDIT)
def resume(request: HttpRequest, key: str) -> HttpResponse:
    """Everything is shown again."""
    return absence_pages.resume(request, _subject(request, key), timezone.now())
