"""Where an invitation's link leads: who is invited, and how to enter. Reading it uses nothing up."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sas.accounts.invitations import INVITED, Invited, State, by_password, invited, use_invitation
from sas.accounts.own.forms import NewPasswordForm
from sas.accounts.own.passwords import set_first_password
from sas.accounts.permissions import Role
from sas.accounts.psc import flow
from sas.accounts.services import AccountRefused
from sas.accounts.ways import way_in_by_card

WHAT_TO_DO = {
    State.UNKNOWN: (
        "Lien inconnu",
        "Ce lien n’est pas celui d’une invitation. Vérifiez que vous l’avez copié en entier, du premier au dernier "
        "caractère.",
    ),
    State.USED: ("Invitation déjà utilisée", "Cette invitation a servi : connectez-vous."),
    State.REPLACED: (
        "Invitation remplacée",
        "Une invitation plus récente vous a été envoyée : cherchez le dernier courriel reçu, et suivez son lien.",
    ),
    State.EXPIRED: (
        "Invitation expirée",
        "Cette invitation n’est plus valable. Demandez au gestionnaire de comptes de votre territoire d’en envoyer une "
        "autre.",
    ),
    State.CLOSED: (
        "Compte désactivé",
        "Le compte de cette invitation est désactivé. Adressez-vous au gestionnaire de comptes de votre territoire.",
    ),
}


def shown(request: HttpRequest, token: str, *, at: datetime) -> HttpResponse:
    """The invitation as its reader sees it."""
    return _page(request, token, invited(token, now=at))


def by_card(request: HttpRequest, token: str, *, at: datetime) -> HttpResponse:
    """Remember whose invitation it is, and lead to Pro Santé Connect."""
    found = invited(token, now=at)
    if found.state is not State.OPEN or found.invitation is None:
        return _page(request, token, found)
    request.session[INVITED] = found.invitation.pk
    return flow.start(request, wanted="/", at=at)


def choose_password(request: HttpRequest, token: str, *, at: datetime) -> HttpResponse:
    """The first password, which uses the invitation up; then the sign-in page."""
    found = invited(token, now=at)
    if found.state is not State.OPEN or found.invitation is None or not by_password(found.invitation.user):
        return _page(request, token, found)
    form = NewPasswordForm(request.POST, user=found.invitation.user)
    if form.is_valid():
        try:
            used = _set(found, form.cleaned_data["password"], at)
        except AccountRefused as refusal:
            form.add_error("password", str(refusal))
        else:
            if not used:
                return _page(request, token, invited(token, now=at))
            messages.success(request, "Votre mot de passe est enregistré : connectez-vous.")
            return redirect("accounts:sign_in")
    return _page(request, token, found, form=form)


@transaction.atomic
def _set(found: Invited, password: str, at: datetime) -> bool:
    """Both or neither; of two browsers that send a password at once, one is told False."""
    if found.invitation is None:
        return False
    user = found.invitation.user
    if not use_invitation(invitation=found.invitation, by=user.audit_label, at=at):
        return False
    set_first_password(user=user, password=password, by=user.audit_label, at=at)
    return True


def _page(request: HttpRequest, token: str, found: Invited, *, form: NewPasswordForm | None = None) -> HttpResponse:
    """Never kept by a browser, never told as a referrer, even to this site: the address opens an account.

    `strict-origin` sends the host alone; `no-referrer` would also blank the `Origin` of the page's own forms, which the
    CSRF check then refuses.
    """
    context: dict[str, Any] = {"token": token, "found": found}
    status = 422 if form is not None else 200
    if found.state is State.OPEN and found.invitation is not None:
        user = found.invitation.user
        context |= {"person": user, "roles": [_role(grant) for grant in user.held]}
        context |= {"by_card": bool(way_in_by_card()), "by_password": by_password(user)}
        if context["by_password"]:
            context["form"] = form or NewPasswordForm(user=user)
    else:
        context["title"], context["todo"] = WHAT_TO_DO[found.state]
        status = 404 if found.state is State.UNKNOWN else 410
    answer = render(request, "accounts/administration/invitation.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "strict-origin"
    return answer


def _role(grant: Any) -> str:
    label = Role(grant.role).label
    return f"{label}, {grant.territory.label}" if grant.territory else label
