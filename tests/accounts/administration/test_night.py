"""The night's work: accounts warned, closed and forgotten, each once, whatever night was missed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from sas.accounts import tasks
from sas.accounts.administration import dormant
from sas.accounts.administration.dormant import dormant_lot, expiring_lot, treat_dormant, treat_expiring
from sas.accounts.administration.purging import purge_lot
from sas.accounts.administration.rules import Action
from sas.accounts.models import AccountImport, AccountRequest, Invitation, SignIn, User
from sas.accounts.permissions import Role
from sas.directory.models import Territory
from sas.web.models import OutgoingMail
from tests.accounts.administration.conftest import AT, make_account

pytestmark = pytest.mark.django_db

OLD = datetime(2025, 1, 15, tzinfo=UTC)


def night(at: datetime) -> list[Action]:
    return [treat_dormant(user_id=pk, at=at) for pk in dormant_lot(after=0, now=at)]


def delivered(at: datetime) -> None:
    """Every e-mail leaves at that instant."""
    OutgoingMail.objects.filter(state="waiting").update(state="sent", sent_at=at, text="", html="")


def test_an_account_is_warned_twice_then_closed_and_told(nord: Territory) -> None:
    user = make_account("lea@example.org", (Role.IOA, nord), last_login=OLD)
    found = []
    for day in range(0, 60):
        at = AT + timedelta(days=day)
        found += [(day, action) for action in night(at) if action is not Action.NOTHING]
        delivered(at)
    assert found == [(0, Action.WARN_FIRST), (31, Action.WARN_SECOND), (38, Action.CLOSE)]
    user.refresh_from_db()
    assert (user.is_active, user.closed_for) == (False, "dormant")
    kinds = OutgoingMail.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["dormant_first", "dormant_second", "account_closed"]


def test_a_warning_that_does_not_leave_stops_the_clock(nord: Territory) -> None:
    user = make_account("lea@example.org", (Role.IOA, nord), last_login=OLD)
    for day in range(0, 400, 20):
        night(AT + timedelta(days=day))
    user.refresh_from_db()
    assert (user.is_active, user.dormant_warnings) == (True, 1)


def test_who_has_no_address_and_who_alone_administers_the_country_stay(nord: Territory) -> None:
    make_account(None, (Role.EFFECTOR, nord), national_id="810000000001", last_login=OLD)
    make_account("admin@example.org", (Role.NATIONAL_ADMIN, None), last_login=OLD)
    for day in range(0, 90):
        night(AT + timedelta(days=day))
        delivered(AT + timedelta(days=day))
    assert User.objects.filter(is_active=True).count() == 2


def test_an_account_never_entered_is_counted_from_its_making(nord: Territory) -> None:
    make_account("lea@example.org", (Role.IOA, nord), created_at=OLD)
    make_account("max@example.org", (Role.IOA, nord))
    assert night(AT) == [Action.WARN_FIRST]


def test_an_account_is_told_of_its_end_once_then_closed_the_day_after(nord: Territory) -> None:
    user = make_account("lea@example.org", (Role.IOA, nord), expires_on=date(2026, 3, 20))
    done = {}
    for day in range(0, 25):
        at = AT + timedelta(days=day)
        for pk in expiring_lot(after=0, now=at):
            if act := treat_expiring(user_id=pk, at=at):
                done[at.date().isoformat()] = act
    assert done == {"2026-03-06": "told", "2026-03-21": "closed"}
    user.refresh_from_db()
    assert user.closed_for == "expired"


def test_an_end_that_was_put_off_is_told_again(nord: Territory) -> None:
    user = make_account("lea@example.org", (Role.IOA, nord), expires_on=date(2026, 3, 3))
    assert treat_expiring(user_id=user.pk, at=AT) == "told"
    User.objects.filter(pk=user.pk).update(expires_on=date(2026, 12, 31))
    assert treat_expiring(user_id=user.pk, at=AT) == ""
    assert treat_expiring(user_id=user.pk, at=datetime(2026, 12, 20, tzinfo=UTC)) == "told"


def test_the_night_goes_on_lot_by_lot(nord: Territory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dormant, "LOT", 2)
    users = [make_account(f"p{n}@example.org", (Role.IOA, nord), last_login=OLD) for n in range(3)]
    tasks.watch_dormant(timestamp=0)
    (job,) = ProcrastinateJob.objects.filter(task_name="sas.accounts.watch_dormant_after")
    assert User.objects.filter(dormant_warnings=1).count() == 2
    tasks.watch_dormant_after(**job.args)
    assert User.objects.filter(dormant_warnings=1, pk__in=[user.pk for user in users]).count() == 3
    tasks.watch_expiring(timestamp=0)
    tasks.tell_requests(timestamp=0)


def test_traces_are_erased_after_their_time_and_not_before(nord: Territory, manager: User) -> None:
    now = timezone.now()

    def traces(age: timedelta) -> None:
        at = now - age
        SignIn.objects.create(user=manager, at=at, method="psc")
        made: dict[str, Any] = {"territory": nord, "role": "ioa", "email": "a@b.fr", "family_name": "A"}
        AccountRequest.objects.create(**made, given_name="B", created_at=at, state="refused", answered_at=at)
        Invitation.objects.create(
            user=manager, token_sha256=str(age), created_at=at - timedelta(1), expires_at=at, used_at=at
        )
        AccountImport.objects.create(made_by=manager, made_at=at, file_name="x", content="x", plan_digest="x")

    traces(timedelta(hours=1))
    traces(timedelta(days=400))
    waiting = {"territory": nord, "role": "ioa", "email": "c@b.fr", "family_name": "A", "given_name": "B"}
    AccountRequest.objects.create(**waiting, created_at=now - timedelta(days=900))
    tasks.purge_traces(timestamp=0)
    assert [SignIn.objects.count(), Invitation.objects.count(), AccountImport.objects.count()] == [1, 1, 1]
    assert set(AccountRequest.objects.values_list("state", flat=True)) == {"new", "refused"}
    assert AccountRequest.objects.count() == 2
    assert purge_lot(at=now) == 0
