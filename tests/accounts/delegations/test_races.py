"""Two answers at the same instant: one holds, the other is told; with the lock off, the race happens."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from sas.accounts.delegations import answering, holding
from sas.accounts.delegations.answering import accept_delegation, accept_with_new_account, revoke_delegation
from sas.accounts.delegations.holding import DelegationRefused
from sas.accounts.delegations.queries import known, today_of
from sas.accounts.models import Delegation, User
from sas.accounts.permissions import Role
from tests.accounts.delegations.conftest import AT, accepted, account, last_token, proposed, seal

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 5


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run them together, each on a connection of its own; results or refusals, in order."""
    started = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            started.wait(PATIENCE)
            return act()
        except DelegationRefused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]


def meeting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read the delegation before either writes, without the lock that forbids it."""
    both = Barrier(2)

    def read(pk: int, *, at: Any) -> Delegation:
        found = known(today_of(at)).get(pk=pk)
        both.wait(PATIENCE)
        return found

    monkeypatch.setattr(answering, "held_delegation", read)


def accept(made: Delegation, user: User) -> Callable[[], Any]:
    return lambda: accept_delegation(delegation=made.pk, user=user, seen=seal(made), by="x", at=AT)


def revoke(made: Delegation) -> Callable[[], Any]:
    return lambda: revoke_delegation(delegation=made.pk, side=Delegation.Side.DELEGATOR, by="x", at=AT)


def holds_role(user: User) -> bool:
    return user.grants.filter(role=Role.DELEGATE).exists()


def test_accepted_and_revoked_at_once_leaves_no_role_behind(doctor: User, secretary: User) -> None:
    made = proposed(doctor)
    said = at_once(accept(made, secretary), revoke(made))
    made.refresh_from_db()
    assert made.ended_at is not None, said
    assert not holds_role(secretary)


def test_without_the_lock_a_revoked_delegation_leaves_a_role_behind(
    doctor: User, secretary: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = proposed(doctor)
    meeting(monkeypatch)
    revoked = Barrier(2)

    def revoke_first() -> None:
        revoke(made)()
        revoked.wait(PATIENCE)

    # Its row is written last, as when the revocation commits between the reading and the writing.
    monkeypatch.setattr(answering, "_check_seen", lambda held, seen: revoked.wait(PATIENCE))
    at_once(accept(made, secretary), revoke_first)
    made.refresh_from_db()
    assert (made.ended_at is not None, holds_role(secretary)) == (True, True)


def test_of_two_acceptances_at_once_one_is_told_that_it_is_done(doctor: User, secretary: User) -> None:
    made = proposed(doctor)
    said = at_once(accept(made, secretary), accept(made, secretary))
    assert sorted(isinstance(each, DelegationRefused) for each in said) == [False, True]


def test_without_the_lock_both_acceptances_are_taken(
    doctor: User, secretary: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = proposed(doctor)
    meeting(monkeypatch)
    said = at_once(accept(made, secretary), accept(made, secretary))
    assert [isinstance(each, DelegationRefused) for each in said] == [False, False]


def test_of_two_browsers_with_the_same_link_one_makes_the_account(doctor: User) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    token = last_token()

    def enter() -> User:
        return accept_with_new_account(token=token, password=None, seen=seal(made), at=AT)

    said = at_once(enter, enter)
    assert sorted(isinstance(each, DelegationRefused) for each in said) == [False, True]
    assert User.objects.filter(email="nouvelle@example.org").count() == 1


def test_two_delegations_that_end_at_once_take_the_role_back(doctor: User, secretary: User) -> None:
    other = account("autre.medecin@example.org", Role.EFFECTOR)
    first, second = accepted(doctor, secretary), accepted(other, secretary)
    at_once(revoke(first), revoke(second))
    assert not holds_role(secretary)


def test_without_the_lock_on_the_account_the_role_stays(
    doctor: User, secretary: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = account("autre.medecin@example.org", Role.EFFECTOR)
    first, second = accepted(doctor, secretary), accepted(other, secretary)
    both, asked = Barrier(2), Barrier(2)

    def read(pk: int) -> User:
        both.wait(PATIENCE)
        return User.objects.get(pk=pk)

    monkeypatch.setattr(holding, "held_account", read)
    monkeypatch.setattr(answering, "tell_both", lambda *_, **__: asked.wait(PATIENCE))
    at_once(revoke(first), revoke(second))
    assert holds_role(secretary)


def test_two_proposals_at_once_make_one_delegation(doctor: User) -> None:
    said = at_once(lambda: proposed(doctor), lambda: proposed(doctor))
    assert len({made.pk for made in said}) == 1
    assert Delegation.objects.count() == 1
