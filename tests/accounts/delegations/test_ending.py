"""The night's work: ends written down, both told, nobody missed, nobody told twice."""

from datetime import timedelta
from typing import Any

import pytest

from sas.accounts.closing import close_account
from sas.accounts.delegations import ending
from sas.accounts.delegations.ending import end_overdue, overdue_lot, remind, reminder_lot
from sas.accounts.delegations.services import propose_delegation
from sas.accounts.delegations.tasks import end_delegations, remind_delegations
from sas.accounts.models import Delegation, User
from sas.accounts.permissions import Role
from tests.accounts.delegations.conftest import AT, UNTIL, accepted, account, mails, proposal, proposed

DAY = timedelta(days=1)
THE_END = AT + (UNTIL - AT.date())
"""The last day of a delegation of these tests, in the morning."""


def roles(user: User) -> tuple[Role, ...]:
    return User.objects.get(pk=user.pk).roles


def test_a_delegation_ends_the_day_after_its_last_one(doctor: User, secretary: User) -> None:
    made = accepted(doctor, secretary)
    assert overdue_lot(after=0, now=THE_END) == []
    assert not end_overdue(delegation=made.pk, at=THE_END)
    assert overdue_lot(after=0, now=THE_END + DAY) == [made.pk]
    assert end_overdue(delegation=made.pk, at=THE_END + DAY)
    assert not end_overdue(delegation=made.pk, at=THE_END + DAY)
    made.refresh_from_db()
    assert (made.ended_by, made.ended_for) == ("platform", "date")
    assert roles(secretary) == (Role.IOA,)
    assert mails()[4:] == [("ended", "medecin@example.org"), ("ended", "secretaire@example.org")]


def test_a_missed_month_skips_nobody(doctor: User, secretary: User) -> None:
    made = accepted(doctor, secretary)
    assert overdue_lot(after=0, now=THE_END + 31 * DAY) == [made.pk]


def test_the_day_is_that_of_france_not_of_the_server(doctor: User, secretary: User) -> None:
    made = accepted(doctor, secretary)
    last_evening = THE_END.replace(hour=21, minute=59)
    assert overdue_lot(after=0, now=last_evening) == []
    assert overdue_lot(after=0, now=last_evening + timedelta(minutes=1)) == [made.pk]


def test_a_proposal_that_nobody_answered_ends_and_only_its_author_is_told(doctor: User) -> None:
    made = proposed(doctor, "jamais@example.org")
    assert end_overdue(delegation=made.pk, at=THE_END + DAY)
    assert mails()[2:] == [("ended", "medecin@example.org")]


@pytest.mark.parametrize(("closed", "why"), [("doctor", "delegator_gone"), ("secretary", "delegate_gone")])
def test_a_closed_account_ends_its_delegations_in_the_night(
    doctor: User, secretary: User, closed: str, why: str
) -> None:
    made = accepted(doctor, secretary)
    gone = {"doctor": doctor, "secretary": secretary}[closed]
    close_account(user=gone, reason=User.ClosedFor.DECISION, by="x", at=AT)
    assert overdue_lot(after=0, now=AT + DAY) == [made.pk]
    assert end_overdue(delegation=made.pk, at=AT + DAY)
    made.refresh_from_db()
    assert made.ended_for == why
    assert Role.DELEGATE not in roles(secretary)


def test_the_end_is_recalled_once_to_both(doctor: User, secretary: User) -> None:
    made = accepted(doctor, secretary)
    assert reminder_lot(after=0, now=THE_END - 15 * DAY) == []
    assert not remind(delegation=made.pk, at=THE_END - 15 * DAY)
    late = THE_END - 9 * DAY  # the night of the fourteenth day was missed
    assert reminder_lot(after=0, now=late) == [made.pk]
    assert remind(delegation=made.pk, at=late)
    assert reminder_lot(after=0, now=late + DAY) == []
    assert not remind(delegation=made.pk, at=late + DAY)
    assert mails()[4:] == [("ending", "medecin@example.org"), ("ending", "secretaire@example.org")]


def test_a_renewed_delegation_is_recalled_again(doctor: User, secretary: User) -> None:
    made = accepted(doctor, secretary)
    remind(delegation=made.pk, at=THE_END - 14 * DAY)
    until = UNTIL + 90 * DAY
    propose_delegation(delegator=doctor, proposal=proposal(ends_on=until), by="x", at=THE_END - 13 * DAY)
    assert reminder_lot(after=0, now=THE_END) == []
    assert remind(delegation=made.pk, at=THE_END + 80 * DAY)


def test_what_is_not_in_force_is_not_recalled(doctor: User, secretary: User) -> None:
    made = proposed(doctor)
    assert reminder_lot(after=0, now=THE_END - 3 * DAY) == []
    assert not remind(delegation=made.pk, at=THE_END - 3 * DAY)


def test_the_tasks_go_on_lot_after_lot(doctor: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "LOT", 2)
    for number in range(3):
        accepted(doctor, account(f"d{number}@example.org"))
    asked: list[int] = []
    monkeypatch.setattr(
        "sas.accounts.delegations.tasks.defer", lambda task, arguments: asked.append(arguments["after"])
    )
    monkeypatch.setattr("sas.accounts.delegations.tasks.timezone.now", lambda: THE_END - DAY)
    remind_delegations(timestamp=0)
    assert (Delegation.objects.filter(reminded_at=None).count(), len(asked)) == (1, 1)
    monkeypatch.setattr("sas.accounts.delegations.tasks.timezone.now", lambda: THE_END + DAY)
    end_delegations(timestamp=0)
    assert (Delegation.objects.filter(ended_at=None).count(), len(asked)) == (1, 2)


def test_the_night_finds_what_is_over_without_reading_each_delegation(
    doctor: User, secretary: User, django_assert_num_queries: Any
) -> None:
    accepted(doctor, secretary)
    with django_assert_num_queries(2):
        overdue_lot(after=0, now=AT)
        reminder_lot(after=0, now=AT)


def test_procrastinate_knows_the_tasks() -> None:
    from procrastinate.contrib.django import app

    from sas.accounts import tasks

    assert tasks.delegation_tasks.end_delegations.name in app.tasks
    due = {deferred.task.name for deferred in app.periodic_registry.periodic_tasks.values()}
    assert {"sas.accounts.end_delegations", "sas.accounts.remind_delegations"} <= due
