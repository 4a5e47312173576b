"""What the pages of administration answer: each takes the request, calls one service, and says what happened."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sas.accounts.access import account_of, managed_account, reached_territories
from sas.accounts.administration.accepting import accept_request, draft_of_request
from sas.accounts.administration.acts import Act
from sas.accounts.administration.drafts import Draft, draft_of, seal
from sas.accounts.administration.filters import Filter, Sort, State
from sas.accounts.administration.forms import AccountForm, typed_structures
from sas.accounts.administration.queries import accounts_page
from sas.accounts.administration.services import (
    AlreadyThere,
    Stale,
    add_roles,
    edit_account,
    set_national_id,
    why_not_manage,
)
from sas.accounts.administration.structures import (
    attach_structure,
    attachable,
    create_with_structures,
    detach_structure,
    find_structures,
)
from sas.accounts.models import AccountRequest, User
from sas.accounts.permissions import Permission, Role
from sas.accounts.services import AccountRefused
from sas.directory.models import Structure


def list_context(actor: User, wanted: Filter) -> dict[str, Any]:
    """The list, its filters and its pages."""
    page = accounts_page(actor, wanted, now=timezone.now())
    near = [n for n in range(page.number - 2, page.number + 3) if 1 <= n <= page.last]
    numbers = sorted({1, *near, page.last})
    return {
        "page": page,
        "wanted": wanted,
        "query": wanted.query(),
        "pages": [(number, wanted.query(number)) for number in numbers],
        "previous": wanted.query(page.number - 1) if page.number > 1 else "",
        "next": wanted.query(page.number + 1) if page.number < page.last else "",
        "roles": list(Role),
        "states": list(State),
        "sorts": list(Sort),
        "territories": list(reached_territories(actor, Permission.MANAGE_ACCOUNTS)),
    }


def refused_page(request: HttpRequest, user: User, reason: str) -> HttpResponse:
    """Somebody whom the rules do not let act on this account is told why, with the way back."""
    return render(request, "accounts/administration/refused.html", {"person": user, "reason": reason}, status=403)


def creation(request: HttpRequest) -> HttpResponse:
    """The form of a new account; sent, the account and its invitation, or what to correct."""
    actor = account_of(request)
    form = AccountForm(actor, request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "creates": True}
    if not form.is_bound:
        return render(request, "accounts/administration/form.html", context)
    if form.is_valid():
        try:
            return _created(request, form)
        except AlreadyThere as there:
            form.add_error("email", str(there))
            context |= {"there": there}
        except AccountRefused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "accounts/administration/form.html", context, status=422)


def _created(request: HttpRequest, form: AccountForm) -> HttpResponse:
    actor, draft, at = account_of(request), form.as_draft(), timezone.now()
    known = User.objects.filter(email__iexact=draft.email).first() if "add" in request.POST else None
    if known is not None:
        add_roles(user=known, draft=draft, by=actor, at=at)
        messages.success(request, f"Les rôles sont ajoutés au compte de {known}.")
        return redirect("accounts_administration:sheet", known.pk)
    typed = typed_structures(form.cleaned_data["structures"])
    user = create_with_structures(draft=draft, typed=typed, by=actor, at=at)
    messages.success(request, f"Le compte de {user} est créé ; l’invitation part à {user.email}.")
    return redirect("accounts_administration:sheet", user.pk)


def edition(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of an account; sent, what was changed, or what to correct. A form too old is refused with what changed
    meanwhile, and carries what was typed over the account as it is now."""
    actor = account_of(request)
    user = managed_account(actor, pk)
    if reason := why_not_manage(actor, user):
        return refused_page(request, user, reason)
    form = AccountForm(actor, request.POST if request.method == "POST" else None, draft=draft_of(user))
    context: dict[str, Any] = {"form": form, "person": user}
    if form.is_bound and form.is_valid():
        try:
            changed = edit_account(
                user=user, draft=form.as_draft(), seal=request.POST.get("seal", ""), by=actor, at=timezone.now()
            )
        except AccountRefused as refusal:
            form.add_error(None, str(refusal))
            context["changes"] = refusal.changes if isinstance(refusal, Stale) else []
        else:
            messages.success(request, "Les changements sont enregistrés." if changed else "Rien n’a changé.")
            return redirect("accounts_administration:sheet", user.pk)
    status = 422 if form.is_bound else 200
    stale = bool(context.get("changes"))
    kept = request.POST.get("seal", "") if form.is_bound and not stale else seal(user)
    return render(request, "accounts/administration/form.html", context | {"seal": kept}, status=status)


def act_page(request: HttpRequest, pk: int, act: Act) -> HttpResponse:
    """The sentence and its button; pressed, the act."""
    actor = account_of(request)
    user = managed_account(actor, pk)
    reason = None if act.leads_to_list else why_not_manage(actor, user)
    if reason:
        return refused_page(request, user, reason)
    why = request.POST.get("why", "")[:1000]
    context = {"person": user, "act": act, "sentence": act.said(user), "why": why}
    if request.method != "POST":
        return render(request, "accounts/administration/act.html", context)
    try:
        done = act.perform(user, by=actor, at=timezone.now(), why=why)
    except AccountRefused as refusal:
        return render(request, "accounts/administration/act.html", context | {"refusal": str(refusal)}, status=422)
    messages.success(request, done)
    where = ("list",) if act.leads_to_list else ("sheet", user.pk)
    return redirect(f"accounts_administration:{where[0]}", *where[1:])


def national_id_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The national id of an account, to attach or detach."""
    actor = account_of(request)
    user = managed_account(actor, pk)
    if reason := why_not_manage(actor, user):
        return refused_page(request, user, reason)
    typed = request.POST.get("national_id", user.national_id or "")[:40]
    context = {"person": user, "typed": typed}
    if request.method != "POST":
        return render(request, "accounts/administration/national_id.html", context)
    try:
        set_national_id(user=user, national_id=typed, by=actor, at=timezone.now())
    except AccountRefused as refusal:
        return render(
            request, "accounts/administration/national_id.html", context | {"refusal": str(refusal)}, status=422
        )
    messages.success(request, "L’identifiant national est enregistré.")
    return redirect("accounts_administration:sheet", user.pk)


def structures_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Structures found by name, FINESS or SIRET, each with a button."""
    actor = account_of(request)
    user = managed_account(actor, pk)
    if reason := why_not_manage(actor, user):
        return refused_page(request, user, reason)
    typed = request.GET.get("cherche", "").replace("\0", "")[:100]
    held = [attachment.structure for attachment in user.attachments.select_related("structure")]
    found = [each for each in find_structures(actor, typed) if each not in held]
    context = {"person": user, "typed": typed, "found": found, "held": held}
    if request.method != "POST":
        return render(request, "accounts/administration/structures.html", context)
    try:
        _change_structure(request, user, held)
    except AccountRefused as refusal:
        return render(
            request, "accounts/administration/structures.html", context | {"refusal": str(refusal)}, status=422
        )
    return redirect("accounts_administration:structures", user.pk)


def _change_structure(request: HttpRequest, user: User, held: list[Structure]) -> None:
    actor, at = account_of(request), timezone.now()
    for name, change in (("attach", attach_structure), ("detach", detach_structure)):
        given = request.POST.get(name, "")
        pk = int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
        candidates: Any = attachable(actor).filter(pk=pk) if name == "attach" else [s for s in held if s.pk == pk]
        for structure in candidates:
            _do_change(change, user, structure, actor, at)
            said = "rattachée" if name == "attach" else "détachée"
            messages.success(request, f"{structure.name} : structure {said}.")


def _do_change(change: Callable[..., bool], user: User, structure: Structure, actor: User, at: Any) -> None:
    change(user=user, structure=structure, by=actor, at=at)


def request_page(request: HttpRequest, asked: AccountRequest) -> HttpResponse:
    """A request, to accept as it is in one press, or as the form says; what went wrong brings to the form."""
    actor = account_of(request)
    edited = request.method == "POST" and "edited" in request.POST
    form = AccountForm(actor, request.POST if edited else None, draft=draft_of_request(asked))
    context: dict[str, Any] = {"form": form, "asked": asked}
    if request.method != "POST":
        return render(request, "accounts/administration/request.html", context)
    if not edited or form.is_valid():
        try:
            return _accepted(request, asked, form.as_draft() if edited else draft_of_request(asked))
        except AlreadyThere as there:
            context |= {"there": there, "refusal": str(there)}
        except AccountRefused as refusal:
            context |= {"refusal": str(refusal)}
    return render(request, "accounts/administration/request.html", context, status=422)


def _accepted(request: HttpRequest, asked: AccountRequest, draft: Draft) -> HttpResponse:
    add = "add" in request.POST
    user = accept_request(request=asked, draft=draft, add=add, by=account_of(request), at=timezone.now())
    messages.success(request, f"Le compte de {user} est prêt ; l’invitation part à {user.email}.")
    return redirect("accounts_administration:requests")
