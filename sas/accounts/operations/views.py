"""Pages of those who operate the platform, and one's own history."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, page_for, signed_in
from sas.accounts.operations import break_glass as codes
from sas.accounts.operations import services
from sas.accounts.operations.forms import CodesForm, TrailForm
from sas.accounts.operations.history import own_history
from sas.accounts.operations.job_states import stuck_jobs, task_label, troubled_tasks
from sas.accounts.operations.mails import mail_page, state_choices
from sas.accounts.operations.overview import overview
from sas.accounts.operations.trail import HEADER, TooWideError, export_trail, trail_page
from sas.accounts.own.confirming import recently_confirmed
from sas.accounts.permissions import Permission
from sas.web.audit_queries import InvalidCursorError
from sas.web.csv_export import csv_response
from sas.web.http import reads
from sas.web.job_upkeep import JobRefused, retry_job
from sas.web.mail import MailRefused, retry_mail


@reads
@page_for(Permission.OPERATE)
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """What works, what does not, what to do about it."""
    return render(request, "accounts/operations/home.html", {"seen": overview(now=timezone.now())})


@reads
@page_for(Permission.OPERATE)
@never_cache
def jobs(request: HttpRequest) -> HttpResponse:
    """Failed and stuck jobs."""
    context = {"tasks": troubled_tasks(), "stuck": stuck_jobs(now=timezone.now()), "at_once": services.AT_ONCE}
    return render(request, "accounts/operations/jobs.html", context)


@require_POST
@page_for(Permission.OPERATE)
def retry_one_job(request: HttpRequest) -> HttpResponse:
    """Tries a failed job again."""
    try:
        retry_job(job_id=number(request, "tache"), by=account_of(request).audit_label, at=timezone.now())
        messages.success(request, "La tâche repart à l’instant.")
    except JobRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts_operations:jobs")


@require_POST
@page_for(Permission.OPERATE)
def retry_all_jobs(request: HttpRequest) -> HttpResponse:
    """Tries again the failed jobs of a task, a bounded number at a time."""
    task = request.POST.get("nom", "").replace("\0", "")[:128]
    retried, left = services.retry_task(task=task, by=account_of(request).audit_label, at=timezone.now())
    if not retried:
        messages.error(request, "Aucune tâche de ce nom n’est plus en échec.")
    elif left:
        messages.warning(request, f"« {task_label(task)} » : {retried} relancées, {left} encore en échec.")
    else:
        messages.success(request, f"« {task_label(task)} » : {retried} relancée{'s' if retried > 1 else ''}.")
    return redirect("accounts_operations:jobs")


@reads
@page_for(Permission.OPERATE)
@never_cache
def mails(request: HttpRequest) -> HttpResponse:
    """E-mails in trouble, and the recent ones."""
    context = {"page": mail_page(state=request.GET.get("etat", "")), "states": state_choices()}
    return render(request, "accounts/operations/mails.html", context)


@require_POST
@page_for(Permission.OPERATE)
def retry_one_mail(request: HttpRequest) -> HttpResponse:
    """Sends an e-mail again."""
    try:
        retry_mail(mail_id=number(request, "courriel"), by=account_of(request).audit_label, at=timezone.now())
        messages.success(request, "Le courriel repart à l’instant.")
    except MailRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts_operations:mails")


@reads
@page_for(Permission.READ_AUDIT)
@never_cache
def trail(request: HttpRequest) -> HttpResponse:
    """The audit trail: a filter, and a page of what it finds."""
    form = TrailForm(request.GET)
    page = None
    if form.is_valid():
        try:
            page = trail_page(form.as_filter(), after=request.GET.get("suite", ""))
        except InvalidCursorError:
            return redirect("accounts_operations:audit")
        except TooWideError as refusal:
            form.add_error(None, str(refusal))
    asked = {name: value for name, value in request.GET.items() if name in form.fields and value}
    context = {"form": form, "page": page, "asked": asked, "later": "suite" in request.GET}
    return render(request, "accounts/operations/trail.html", context, status=200 if page else 422)


@require_POST
@page_for(Permission.READ_AUDIT)
def export(request: HttpRequest) -> HttpResponseBase:
    """The lines that the filter finds, as a file. Asking for it is a line too."""
    form = TrailForm(request.POST)
    if form.is_valid():
        try:
            rows = export_trail(form.as_filter(), by=account_of(request).audit_label, at=timezone.now())
            return csv_response(f"audit-{timezone.localdate()}", HEADER, rows)
        except TooWideError as refusal:
            form.add_error(None, str(refusal))
    context: dict[str, Any] = {"form": form, "page": None, "asked": {}, "later": False}
    return render(request, "accounts/operations/trail.html", context, status=422)


@page_for(Permission.OPERATE)
@recently_confirmed
@never_cache
def break_glass(request: HttpRequest) -> HttpResponse:
    """Codes for a day without Pro Santé Connect: made (and shown once), listed, revoked."""
    if "annuler" in request.POST:
        return _revoke(request)
    user, now = account_of(request), timezone.now()
    form = CodesForm(request.POST if request.method == "POST" else None, now=now)
    if form.is_bound and form.is_valid():
        try:
            sheet = services.make_sheet(**form.people, day=form.day, by=user.audit_label, at=now)
            context = {"sheet": sheet, "day": form.day, "where": form.people["territory"]}
            return render(request, "accounts/operations/sheet.html", context)
        except services.CodesRefused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "seen": codes.codes_seen(now=now)}
    return render(request, "accounts/operations/break_glass.html", context, status=422 if form.is_bound else 200)


def _revoke(request: HttpRequest) -> HttpResponse:
    chosen = None if request.POST["annuler"] == "tous" else [number(request, "annuler")]
    by = account_of(request).audit_label
    revoked = services.revoke_break_glass_codes(codes=chosen, by=by, at=timezone.now())
    if revoked:
        messages.success(request, f"{revoked} code{'s annulés' if revoked > 1 else ' annulé'}.")
    else:
        messages.warning(request, "Rien à annuler : ce code a été utilisé, ou l’était déjà.")
    return redirect("accounts_operations:break_glass")


@reads
@signed_in
@never_cache
def history(request: HttpRequest) -> HttpResponse:
    """What the person did, and what was done to their account."""
    try:
        page = own_history(account_of(request), after=request.GET.get("suite", ""))
    except InvalidCursorError:
        return redirect("accounts_operations:history")
    return render(request, "accounts/operations/history.html", {"page": page, "later": "suite" in request.GET})


def number(request: HttpRequest, name: str) -> int:
    """A posted identifier; 0, which nothing has, for what is none."""
    typed = request.POST.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0
