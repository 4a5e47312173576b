"""The worklist of the referent: who is to be mobilised, why, who was contacted."""

from datetime import date
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, page_for, reached_territories, territory_for
from sas.accounts.permissions import Permission
from sas.directory.models import Territory
from sas.participation.worklist import services
from sas.participation.worklist.queries import Doctor, Wanted, read_wanted, worklist
from sas.web.csv_export import csv_response
from sas.web.http import reads

READ = Permission.READ_WORKLIST
COLUMNS = ("Identifiant national", "Nom", "Commune", "Téléphone", "À faire", "Éditeurs", "Contacté le", "Suite donnée")


@reads
@page_for(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The territories; straight to the only one."""
    territories = list(reached_territories(account_of(request), READ))
    if len(territories) == 1:
        return redirect("participation_worklist:territory", territories[0].code)
    return render(request, "participation/worklist/territories.html", {"territories": territories})


@reads
@page_for(READ)
def territory(request: HttpRequest, code: str) -> HttpResponse:
    """The doctors of one territory who have something to be helped with."""
    return _page(request, territory_for(account_of(request), code, READ), read_wanted(request.GET))


@require_POST
@page_for(READ)
def contact(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """« Contacté le »."""
    there = territory_for(account_of(request), code, READ)
    wanted, typed = read_wanted(request.POST), request.POST
    by, at = account_of(request).audit_label, timezone.now()
    try:
        services.note_contact(
            territory=there, practitioner_id=pk, contacted_on=_day(typed.get("jour", "")), note=typed.get("suite", ""),
            by=by, at=at,
        )  # fmt: skip
    except services.OutreachRefused as refused:
        context = {"refused": str(refused), "typed": typed, "typed_for": pk}
        return _page(request, there, wanted, status=422, **context)
    messages.success(request, "Prise de contact notée.")
    return redirect(_address(there, wanted, f"medecin-{pk}"))


@require_POST
@page_for(READ)
def withdraw(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """A contact noted by mistake."""
    there = territory_for(account_of(request), code, READ)
    services.withdraw_contact(territory=there, outreach_id=pk, by=account_of(request).audit_label, at=timezone.now())
    messages.success(request, "Prise de contact retirée.")
    return redirect(_address(there, read_wanted(request.POST), "liste"))


@require_POST
@page_for(READ)
def export(request: HttpRequest, code: str) -> HttpResponseBase:
    """The filtered list as a file."""
    there = territory_for(account_of(request), code, READ)
    wanted = read_wanted(request.POST)
    doctors = services.export_worklist(territory=there, wanted=wanted, by=account_of(request), at=timezone.now())
    return csv_response(f"a-mobiliser-{there.code}", COLUMNS, map(_row, doctors))


def _row(doctor: Doctor) -> tuple[object, ...]:
    reasons, editors = ", ".join(flag.label for flag in doctor.flags), ", ".join(doctor.editors)
    who = (doctor.national_id, doctor.name, doctor.city, doctor.phone)
    return (*who, reasons, editors, doctor.contacted_on, doctor.note)


def _page(request: HttpRequest, there: Territory, wanted: Wanted, *, status: int = 200, **more: object) -> HttpResponse:
    today = timezone.now().astimezone(ZoneInfo(there.timezone)).date()
    found = worklist(there, wanted, today)
    page = min(wanted.page, found.last)
    context = {
        "territory": there,
        "wanted": wanted,
        "found": found,
        "page": page,
        "today": today,
        "filters": [(flag, count, wanted.query(motif=flag, page="")) for flag, count in found.counts],
        "everything": wanted.query(motif="", page=""),
        "previous": wanted.query(page=page - 1) if page > 1 else None,
        "following": wanted.query(page=page + 1) if page < found.last else None,
    }
    return render(request, "participation/worklist/list.html", context | more, status=status)


def _address(there: Territory, wanted: Wanted, anchor: str) -> str:
    return f"{reverse('participation_worklist:territory', args=[there.code])}?{wanted.query()}#{anchor}"


def _day(text: str) -> date | None:
    try:
        return parse_date(text.strip())
    except ValueError:
        return None
