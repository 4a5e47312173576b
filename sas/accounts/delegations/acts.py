"""What the pages of delegations do with what was posted: one call for each view, an answer to show."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from sas.accounts.access import account_of, managed_account
from sas.accounts.delegations import answering, services
from sas.accounts.delegations.forms import DelegationForm, first_values
from sas.accounts.delegations.holding import DelegationRefused
from sas.accounts.delegations.queries import (
    delegation_for,
    given_by,
    giver_of,
    known,
    structures_of,
    today_of,
)
from sas.accounts.delegations.rules import why_nothing_to_delegate
from sas.accounts.delegations.sheets import Sheet, sheet_of, sheets_of
from sas.accounts.models import Delegation, User

SENT = "Un courriel part à {address} : la délégation commence quand cette personne l’accepte."
PREPARED = "Délégation préparée. Elle commence quand {giver} et {named} l’ont confirmée."
RENEWED = "Délégation mise à jour. {named} en est prévenu par courriel."
OVER = "Cette délégation était déjà terminée."


def sheet_for(request: HttpRequest, pk: int) -> Sheet:
    """One delegation, if it is the reader's; else `Http404`."""
    user, today = account_of(request), today_of(timezone.now())
    return sheet_of(delegation_for(user, pk, today), user, today)


def proposal_page(request: HttpRequest) -> HttpResponse:
    """The form by which somebody delegates; `?depuis=<pk>` fills it with a delegation to renew."""
    user, now = account_of(request), timezone.now()
    giver = giver_of(user)
    initial, renewed = _renewed(request, user)
    form = DelegationForm(
        request.POST if request.method == "POST" else None,
        giver=giver,
        structures=structures_of(giver),
        own_label="mon activité",
        initial=initial,
    )
    if form.is_bound and form.is_valid():
        made = _tried(
            form,
            lambda: services.propose_delegation(delegator=user, proposal=form.proposal, by=user.audit_label, at=now),
        )
        if made is not None:
            said = RENEWED if made.accepted_at else SENT
            messages.success(request, said.format(named=made.delegate_given_name, address=made.delegate_email))
            return redirect("accounts_delegations:detail", made.pk)
    context = {"form": form, "nothing": why_nothing_to_delegate(giver), "renewed": renewed}
    status = 422 if form.is_bound else 200
    return render(request, "accounts/delegations/new.html", context, status=status)


def _renewed(request: HttpRequest, user: User) -> tuple[dict[str, Any], Sheet | None]:
    """The first values of the form, and the delegation they come from when it is one that this account gave."""
    wanted = request.GET.get("depuis", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        return {}, None
    today = today_of(timezone.now())
    row = known(today).filter(pk=int(wanted), delegator=user.pk, ended_at=None).first()
    return ({}, None) if row is None else (first_values(row), sheet_of(row, user, today))


def _tried(form: DelegationForm, act: Callable[[], Delegation]) -> Delegation | None:
    """What the service made; a refusal goes to the field that it is about."""
    try:
        return act()
    except DelegationRefused as refusal:
        form.refuse(refusal.field, str(refusal))
        return None


def preparation_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The form by which an account manager prepares a delegation for an account that they administer."""
    manager, now = account_of(request), timezone.now()
    person = managed_account(manager, pk)
    giver = giver_of(person)
    form = DelegationForm(
        request.POST if request.method == "POST" else None,
        giver=giver,
        structures=structures_of(giver),
        own_label=f"l’activité de {person}",
    )
    if form.is_bound and form.is_valid():
        made = _tried(
            form,
            lambda: services.prepare_delegation(
                delegator=person, proposal=form.proposal, by=manager.audit_label, at=now
            ),
        )
        if made is not None:
            named = f"{made.delegate_given_name} {made.delegate_family_name}"
            messages.success(request, PREPARED.format(giver=person, named=named))
            return redirect("accounts_delegations:prepare", person.pk)
    rows = sheets_of(given_by(person, today_of(now)), manager, today_of(now))
    context = {"form": form, "person": person, "nothing": why_nothing_to_delegate(giver), "given": rows}
    return render(request, "accounts/delegations/prepare.html", context, status=422 if form.is_bound else 200)


def answer(request: HttpRequest, pk: int, act: Callable[[Sheet, User], str]) -> HttpResponse:
    """Do `act` on a delegation of the reader's; back to its page with what it says, or with the refusal (422)."""
    sheet, user = sheet_for(request, pk), account_of(request)
    try:
        said = act(sheet, user)
    except DelegationRefused as refusal:
        context = {"sheet": sheet_for(request, pk), "refusal": str(refusal)}
        return render(request, "accounts/delegations/detail.html", context, status=422)
    messages.success(request, said)
    return redirect("accounts_delegations:home")


def accept(request: HttpRequest, sheet: Sheet, user: User) -> str:
    """The delegate accepts what they read."""
    seen = request.POST.get("seen", "")
    made = answering.accept_delegation(
        delegation=sheet.pk, user=user, seen=seen, by=user.audit_label, at=timezone.now()
    )
    return accepted_sentence(made)


def accepted_sentence(made: Delegation) -> str:
    """What is said to whoever has just accepted."""
    if made.confirmed_at is None:
        return f"Vous avez accepté. Accord encore attendu : {made.delegator}."
    return f"Vous agissez maintenant pour {made.delegator}, jusqu’au {made.ends_on:%d/%m/%Y}."


def confirm(request: HttpRequest, sheet: Sheet, user: User) -> str:
    """The delegator confirms what they read."""
    seen = request.POST.get("seen", "")
    made = answering.confirm_delegation(
        delegation=sheet.pk, user=user, seen=seen, by=user.audit_label, at=timezone.now()
    )
    if made.accepted_at is None:
        return f"Vous avez confirmé. Accord encore attendu : {sheet.named}."
    return f"Vous avez confirmé : {sheet.named} agit maintenant pour vous, jusqu’au {made.ends_on:%d/%m/%Y}."


def refuse(request: HttpRequest, sheet: Sheet, user: User) -> str:
    """One side says no."""
    if not sheet.may_refuse:
        raise DelegationRefused("Cette délégation n’attend plus votre réponse : vous pouvez y mettre fin ci-dessous.")
    done = answering.refuse_delegation(delegation=sheet.pk, side=sheet.side, by=user.audit_label, at=timezone.now())
    return "Délégation refusée. L’autre personne en est prévenue." if done else OVER


def end(request: HttpRequest, sheet: Sheet, user: User) -> str:
    """One side ends it."""
    done = answering.revoke_delegation(delegation=sheet.pk, side=sheet.side, by=user.audit_label, at=timezone.now())
    return "C’est terminé : cette délégation ne donne plus aucun accès." if done else OVER


def resend(request: HttpRequest, sheet: Sheet, user: User) -> str:
    """Whoever delegates has the link sent again."""
    if not sheet.own:
        raise DelegationRefused("Seule la personne qui délègue peut renvoyer le lien.")
    services.resend_link(delegation=sheet.pk, by=user.audit_label, at=timezone.now())
    return f"Un nouveau lien part à {sheet.address}. Le précédent ne fonctionne plus."


def manage(request: HttpRequest, pk: int, delegation: int, *, again: bool) -> HttpResponse:
    """An account manager sends a link again, or ends a delegation of an account that they administer."""
    manager, now = account_of(request), timezone.now()
    person = managed_account(manager, pk)
    row = get_object_or_404(Delegation, pk=delegation, delegator=person.pk)
    side, by = Delegation.Side.MANAGER, manager.audit_label
    try:
        if again:
            services.resend_link(delegation=row.pk, by=by, at=now)
            messages.success(request, f"Un nouveau lien part à {row.delegate_email}.")
        elif answering.revoke_delegation(delegation=row.pk, side=side, by=by, at=now):
            messages.success(request, "C’est terminé : les deux personnes en sont prévenues.")
        else:
            messages.warning(request, OVER)
    except DelegationRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts_delegations:prepare", person.pk)
