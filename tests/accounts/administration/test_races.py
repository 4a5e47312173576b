"""Two people at once, on real connections: each promise with its control, in which the protection is off."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connections

from sas.accounts.administration import granting, services
from sas.accounts.administration.drafts import Draft
from sas.accounts.administration.services import AlreadyThere, create_invited_account, deactivate_account
from sas.accounts.invitations import invite
from sas.accounts.models import Invitation, User
from sas.accounts.permissions import Role
from sas.accounts.services import AccountRefused
from sas.directory.models import Territory
from sas.web.models import OutgoingMail
from tests.accounts.administration.conftest import AT, make_account
from tests.factories import directory as factories

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each answers, or the exception it ends with; every one in a thread and on a connection of its own."""

    def run(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except (AccountRefused, IntegrityError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], None]:
    """`meeting(module, name)`: whoever has called that function waits for the other, or for a short while alone."""

    def arrange(module: Any, name: str) -> None:
        gate, wrapped = threading.Barrier(2), getattr(module, name)

        def met(*args: Any, **given: Any) -> Any:
            answer = wrapped(*args, **given)
            with contextlib.suppress(threading.BrokenBarrierError):
                gate.wait(0.5)
            return answer

        monkeypatch.setattr(module, name, met)

    return arrange


def two_admins() -> tuple[User, User]:
    return (
        make_account("un@example.org", (Role.NATIONAL_ADMIN, None)),
        make_account("deux@example.org", (Role.NATIONAL_ADMIN, None)),
    )


def each_closes_the_other(one: User, two: User) -> int:
    """How many national administrators are left."""
    at_once(
        lambda: deactivate_account(user=two, by=one, at=AT),
        lambda: deactivate_account(user=one, by=two, at=AT),
    )
    return User.objects.filter(is_active=True).count()


def test_two_administrators_who_close_each_other_leave_one(meeting: Any) -> None:
    one, two = two_admins()
    meeting(services, "keep_one_national_admin")
    assert each_closes_the_other(one, two) == 1


def test_control_without_the_lock_nobody_is_left(meeting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = two_admins()
    held = [one.pk, two.pk]
    monkeypatch.setattr(granting, "lock_national_admins", lambda leaving: held)
    meeting(services, "keep_one_national_admin")
    assert each_closes_the_other(one, two) == 0


def two_managers() -> tuple[Territory, User, User]:
    nord = factories.territory()
    one, two = (make_account(f"{name}@example.org", (Role.ACCOUNT_MANAGER, nord)) for name in ("un", "deux"))
    return nord, one, two


def test_two_managers_who_invite_the_same_address_make_one_account_and_one_link(meeting: Any) -> None:
    _, one, two = two_managers()
    meeting(services, "check_draft")
    draft = Draft("lea@example.org", "Durand", "Léa", grants=frozenset({(Role.REGULATOR, "SAS-59")}))
    found = at_once(*(lambda by=by: create_invited_account(draft=draft, by=by, at=AT) for by in (one, two)))
    assert sorted(type(each).__name__ for each in found) == ["AlreadyThere", "User"]
    assert [each.managed for each in found if isinstance(each, AlreadyThere)] == [True]
    assert (User.objects.filter(email="lea@example.org").count(), OutgoingMail.objects.count()) == (1, 1)


def test_two_resends_at_once_leave_one_open_link() -> None:
    nord, one, _ = two_managers()
    user = make_account("lea@example.org", (Role.IOA, nord))
    found = at_once(*[lambda: invite(user=user, by=one.audit_label, at=AT)] * 2)
    assert [type(each) for each in found] == [Invitation, Invitation]
    assert Invitation.objects.filter(used_at=None, revoked_at=None).count() == 1
    assert OutgoingMail.objects.count() == 2


def test_control_without_the_lock_one_resend_breaks(monkeypatch: pytest.MonkeyPatch, meeting: Any) -> None:
    nord, one, _ = two_managers()
    user = make_account("lea@example.org", (Role.IOA, nord))
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda self, **given: self)
    meeting(invite.__wrapped__.__globals__["secrets"], "token_urlsafe")  # type: ignore[attr-defined]
    found = at_once(*[lambda: invite(user=user, by=one.audit_label, at=AT)] * 2)
    assert sum(isinstance(each, IntegrityError) for each in found) == 1
