"""From the form to the preview, from the preview to the agenda. The file is read, never kept."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sas.agenda.icalendar.forms import ImportForm
from sas.agenda.icalendar.lines import NotACalendarError
from sas.agenda.icalendar.proposals import Proposal, WorthlessError, opened, proposal_of
from sas.agenda.icalendar.reading import LARGEST_FILE, Window, read_calendar
from sas.agenda.icalendar.rules import TooMuchError
from sas.agenda.models import Series
from sas.agenda.services import open_many
from sas.agenda.sheets import AgendaRefused, spot_of
from sas.participation.subjects import Subject, SubjectPlace, places_of

FORM = "agenda/icalendar/import.html"


def import_page(request: HttpRequest, subject: Subject, at: datetime) -> HttpResponse:
    """GET: the form. POST: the preview, or the form with what was typed (but the file) and why not, status 422."""
    places = places_of(subject)
    sent = request.method == "POST"
    form = ImportForm(request.POST if sent else None, request.FILES if sent else None, places=places)
    if sent and form.is_valid():
        proposal = _previewed(form, subject, at)
        if proposal is not None:
            context = {"subject": subject, "place": form.chosen_place, "choices": form.asked, "proposal": proposal}
            return render(request, "agenda/icalendar/preview.html", context)
    status = 422 if sent else 200
    context = {"subject": subject, "form": form.dress(), "places": places}
    return render(request, FORM, context, status=status)


def _previewed(form: ImportForm, subject: Subject, at: datetime) -> Proposal | None:
    window = Window(ZoneInfo(form.chosen_place.timezone), at)
    try:
        reading = read_calendar(form.cleaned_data["file"].read(LARGEST_FILE + 1), window)
    except (NotACalendarError, TooMuchError) as error:
        form.add_error("file", str(error))
        return None
    return proposal_of(reading, form.asked, window, about=_about(subject, form.chosen_place))


def keep(request: HttpRequest, subject: Subject, at: datetime) -> HttpResponse:
    """Offer what was previewed; what exists already is left as it is."""
    key = request.POST.get("place", "")[:100]
    place = next((one for one in places_of(subject) if one.key == key), None)
    if place is None:
        raise Http404
    try:
        sheets = opened(
            request.POST.get("apercu", ""), about=_about(subject, place), zone=ZoneInfo(place.timezone), now=at
        )
        done = open_many(
            spot=spot_of(subject, place), sheets=sheets, by=subject.by, at=at, source=Series.Source.ICALENDAR
        )
    except (WorthlessError, AgendaRefused) as refused:
        messages.error(request, str(refused))
        return redirect("agenda_icalendar:import", subject.key)
    messages.success(request, _said(len(done.made), len(done.doubled)))
    return redirect("agenda:week", subject.key)


def _said(made: int, doubled: int) -> str:
    plural = "s" if made > 1 else ""
    said = f"{made} moment{plural} ouvert{plural} dans l’agenda." if made else "Rien de nouveau à ouvrir."
    if doubled:
        already = "s y étaient" if doubled > 1 else " y était"
        said += f" {doubled} autre{already} déjà."
    return said


def _about(subject: Subject, place: SubjectPlace) -> str:
    return f"{subject.key} {place.key}"
