"""Accepting a request for an account: the account, its invitation and the answer, together."""

from datetime import datetime

from django.db import transaction
from django.http import Http404

from sas.accounts.access import reached_territories
from sas.accounts.administration.drafts import Draft
from sas.accounts.administration.requests import label_of, locked
from sas.accounts.administration.services import AlreadyThere, add_roles, create_invited_account
from sas.accounts.models import AccountRequest, User
from sas.accounts.permissions import Permission, Role
from sas.web import audit


def request_for(user: User, pk: int) -> AccountRequest:
    """That request, if it is to a territory that `user` administers; else `Http404`."""
    there = reached_territories(user, Permission.MANAGE_ACCOUNTS).order_by()
    found = AccountRequest.objects.filter(territory__in=there, pk=pk).select_related("territory").first()
    if found is None:
        raise Http404
    return found


def draft_of_request(request: AccountRequest) -> Draft:
    """The account as it was asked for: what one press makes."""
    role = Role(request.role) if request.role in set(Role) else Role.REGULATOR
    return Draft(
        email=request.email,
        family_name=request.family_name,
        given_name=request.given_name,
        profession=request.profession,
        grants=frozenset({(role, request.territory.code)}),
    )


@transaction.atomic
def accept_request(*, request: AccountRequest, draft: Draft, add: bool = False, by: User, at: datetime) -> User:
    """Make the account and invite. With `add`, an account that exists already gets the roles instead.

    Raises `AlreadyThere` without `add`; `AccountRefused`, notably when it was answered meanwhile.
    """
    held = locked(request)
    try:
        with transaction.atomic():
            user = create_invited_account(draft=draft, by=by, at=at)
    except AlreadyThere as there:
        if not add:
            raise
        user = there.account
        add_roles(user=user, draft=draft, by=by, at=at)
    held.state, held.answered_at, held.answered_by = AccountRequest.State.INVITED, at, by.audit_label
    held.user = user
    held.save(update_fields=["state", "answered_at", "answered_by", "user"])
    audit.record("accept_request", by=by.audit_label, at=at, target=label_of(held), after={"account": user.audit_label})
    return user
