"""The role `delegate`: held by whoever accepted a delegation that is still open, given and taken back here only.

Locks are always taken in this order: the delegation, then the account of the delegate. Two delegations of one person
that end at once wait for each other on the account: the second sees that the first is gone, and takes the role back.
"""

from datetime import datetime

from sas.accounts.changes import Change, announce
from sas.accounts.delegations.queries import known, today_of
from sas.accounts.models import Delegation, RoleGrant, User
from sas.accounts.permissions import Role
from sas.accounts.services import AccountRefused
from sas.web import audit


class DelegationRefused(AccountRefused):
    """Not possible as asked; the message (French) says why, `field` which answer of the form it is about."""

    def __init__(self, sentence: str, field: str = "") -> None:
        self.field = field
        super().__init__(sentence)


def held_delegation(pk: int, *, at: datetime) -> Delegation:
    """The delegation as it is now, locked until the end of the transaction.

    Locked first, read after: a statement that waited for the lock sees the row as it became, but roles as they were.
    """
    Delegation.objects.select_for_update(of=("self",)).filter(pk=pk).values_list("pk").first()
    found = known(today_of(at)).filter(pk=pk).first()
    if found is None:
        raise DelegationRefused("Cette délégation n’existe plus.")
    return found


def held_account(pk: int) -> User:
    """The account of a delegate as it is now, locked until the end of the transaction."""
    return User.objects.select_for_update(of=("self",)).get(pk=pk)


def give_role(user: User, *, by: str, at: datetime) -> None:
    """Give the role to a locked account, once. Its open sessions have it at their next request."""
    _, made = RoleGrant.objects.get_or_create(user=user, role=Role.DELEGATE, territory=None)
    if made:
        audit.record("grant_role", by=by, at=at, target=user.audit_label, after={"role": str(Role.DELEGATE)})
        _announce(user, at)


def take_role_back(pk: int, *, by: str, at: datetime) -> bool:
    """Take the role back when no accepted delegation is open any more; False when it stays."""
    user = held_account(pk)
    if Delegation.objects.filter(delegate=user, accepted_at__isnull=False, ended_at=None).exists():
        return False
    gone, _ = user.grants.filter(role=Role.DELEGATE).delete()
    if gone:
        audit.record("remove_role", by=by, at=at, target=user.audit_label, before={"role": str(Role.DELEGATE)})
        _announce(user, at)
    return bool(gone)


def _announce(user: User, at: datetime) -> None:
    user.__dict__.pop("_held", None)
    announce(Change.UPDATED, user, at=at)
