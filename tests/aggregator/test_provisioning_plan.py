"""Rows by set-based SQL: the same judgement as the rules, few queries, hundreds of accounts at once."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from sas.accounts.closing import close_account
from sas.accounts.models import RoleGrant, User
from sas.accounts.permissions import Role
from sas.aggregator.models import AccountLane, EditorAccount
from sas.aggregator.provisioning import catch_up, sweep
from sas.aggregator.provisioning_facts import people, situation_of
from sas.aggregator.provisioning_plan import plan
from sas.aggregator.provisioning_rules import WAITING, digest, may_move, state_of
from sas.fhir.systems import IDNPS, SAS
from sas.web.jobs import Priority
from sas.web.models import AuditLine
from tests.aggregator.regulators import AT, editor, regulator, row_of, sign_in

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)
NATIONAL = "810000000012"


def jobs(task: str) -> list[tuple[dict[str, Any], int]]:
    return list(ProcrastinateJob.objects.filter(task_name=task).order_by("id").values_list("args", "priority"))


def accepted(user: User, *, active: bool = True, family: str | None = None) -> dict[str, Any]:
    """Columns of a row whose editor accepted this account as it is."""
    return {
        "sent_system": SAS,
        "sent_value": str(user.technical_id),
        "accepted_family": family or user.family_name,
        "accepted_given": user.given_name,
        "accepted_email": user.email,
        "accepted_active": active,
        "accepted_at": AT,
    }


FACTS = list(
    product(
        ["open", "closed", "other role"],
        [None, "as it is", "other name", "disabled"],
        [False, True],
        [None, NATIONAL],
        ["booking", "testing"],
    )
)


@pytest.mark.parametrize(("who", "heard", "unsure", "card", "stage"), FACTS)
def test_the_plan_judges_as_the_rules_do(
    who: str, heard: str | None, unsure: bool, card: str | None, stage: str
) -> None:
    user, at_editor = regulator(national_id=card), editor(stage=stage)
    columns: dict[str, Any] = {}
    if heard:
        columns = accepted(user, active=heard != "disabled", family="Autre" if heard == "other name" else None)
    doubts = [f"{IDNPS}|{NATIONAL}"] if unsure else []
    # From the two ends, so that a move is asked for whatever the target.
    waiting = "to_update" if heard else "to_create"
    for state, more in ((waiting, {"next_try_at": AT}), ("in_error", {"trouble": "refused", "last_error": "non"})):
        EditorAccount.objects.all().delete()
        row = EditorAccount.objects.create(
            account=user, editor=at_editor, state=state, changed_at=AT, unsure=doubts, **columns, **more
        )
        if who == "closed":
            User.objects.filter(pk=user.pk).update(is_active=False, closed_for="decision", closed_at=AT)
        elif who == "other role":
            RoleGrant.objects.filter(user=user).update(role=Role.EFFECTOR)
        plan([user.pk], at=LATER)
        row.refresh_from_db()
        now = situation_of(row, at_editor, people([user.pk])[user.pk])
        kept = now.person.must_exist and not now.served and not now.is_settled
        assert row.state == (state if kept else state_of(now))
        assert may_move(state, row.state)
        assert (row.next_try_at is not None) == (row.state in WAITING)


@pytest.mark.parametrize(("who", "card"), list(product(["open", "closed"], [None, NATIONAL])))
def test_a_refusal_holds_until_other_facts(who: str, card: str | None) -> None:
    user, at_editor = regulator(national_id=card, family_name="L’Œuvre-Đặng"), editor()
    if who == "closed":
        User.objects.filter(pk=user.pk).update(is_active=False, closed_for="decision", closed_at=AT)
    refused = {"trouble": "refused", "last_error": "non", "refused_facts": digest(people([user.pk])[user.pk].wanted)}
    columns = accepted(user) | {"accepted_family": "Autre"}
    EditorAccount.objects.create(account=user, editor=at_editor, state="in_error", changed_at=AT, **columns, **refused)
    assert not plan([user.pk], at=LATER)
    User.objects.filter(pk=user.pk).update(email="autre@example.org")
    assert plan([user.pk], at=LATER).moved == 1


def test_rows_are_made_for_who_signed_in_at_editors_that_book() -> None:
    """Not for those who never came, nor for roles that do not send patients, nor at editors in test."""
    came, ioa = regulator(), regulator(role=Role.IOA)
    others = [regulator(signed_in=False), regulator(role=Role.EFFECTOR), regulator(role=Role.DELEGATE)]
    slots, booking = editor("Créneaux", stage="slots"), editor("Réservation")
    for stage in ("planned", "agreed", "testing"):
        editor(stage, stage=stage)
    editor("Désactivé", is_active=False)
    made = plan([user.pk for user in (came, ioa, *others)], at=AT)
    assert made.made == 4
    rows = set(EditorAccount.objects.values_list("account", "editor", "state"))
    assert rows == {(user.pk, at.pk, "to_create") for user in (came, ioa) for at in (slots, booking)}
    assert not plan([came.pk, ioa.pk], at=AT)


def test_a_sign_in_asks_for_one_job_in_its_transaction_and_for_none_when_all_is_in_order() -> None:
    user = regulator(signed_in=False)
    at_editor = editor()
    with transaction.atomic():
        sign_in(user, AT)
        assert jobs("sas.aggregator.deliver_account")
        transaction.set_rollback(True)
    assert not jobs("sas.aggregator.deliver_account")
    sign_in(user, AT)
    assert jobs("sas.aggregator.deliver_account") == [({"account_id": user.pk}, Priority.NORMAL)]
    EditorAccount.objects.update(state="in_order", next_try_at=None, **accepted(user))
    sign_in(user, LATER)
    assert len(jobs("sas.aggregator.deliver_account")) == 1
    assert row_of(user, at_editor).changed_at == AT


@pytest.mark.parametrize("editors", [1, 12])
def test_a_sign_in_costs_the_same_however_many_editors(editors: int) -> None:
    user = regulator()
    for number in range(editors):
        editor(f"Agenda {number}")
    effector = regulator(role=Role.EFFECTOR)
    with CaptureQueriesContext(connection) as seen:
        sign_in(user, AT)
    assert len([query for query in seen if "SAVEPOINT" not in query["sql"]]) == 7
    with CaptureQueriesContext(connection) as seen:
        sign_in(effector, AT)
    assert len([query for query in seen if "editoraccount" in query["sql"]]) == 3


def test_a_closure_asks_for_an_urgent_job() -> None:
    user = regulator()
    at_editor = editor()
    sign_in(user, AT)
    EditorAccount.objects.update(state="in_order", next_try_at=None, **accepted(user))
    close_account(user=user, reason=User.ClosedFor.DORMANT, by="test", at=LATER)
    assert row_of(user, at_editor).state == "to_withdraw"
    assert jobs("sas.aggregator.deliver_account")[-1] == ({"account_id": user.pk}, Priority.URGENT)


def test_the_night_finds_what_nobody_announced() -> None:
    users = [regulator() for _ in range(3)]
    at_editor = editor()
    assert catch_up(at=AT).made == 3
    for user in users:
        EditorAccount.objects.filter(account=user).update(state="in_order", next_try_at=None, **accepted(user))
    User.objects.filter(pk=users[0].pk).update(family_name="Durand")
    RoleGrant.objects.filter(user=users[1]).delete()
    assert catch_up(at=LATER).moved == 2
    assert [row_of(user, at_editor).state for user in users] == ["to_update", "to_withdraw", "in_order"]
    assert not catch_up(at=LATER)
    assert AuditLine.objects.filter(act="catch_up_editor_accounts").count() == 2


def test_the_sweep_asks_once_per_editor_with_something_due_and_leaves_paused_ones() -> None:
    due, paused, quiet = editor("Alpha"), editor("Brume"), editor("Coquille")
    leaver, stays = regulator(), regulator()
    catch_up(at=AT)
    EditorAccount.objects.filter(editor=quiet).update(next_try_at=LATER)
    AccountLane.objects.create(editor=paused, paused_until=LATER, failures=5)
    assert sweep(at=AT) == 1
    assert jobs("sas.aggregator.drain_editor") == [({"editor_id": due.pk}, Priority.NIGHTLY)]
    assert sweep(at=AT) == 0  # one waits already
    EditorAccount.objects.filter(account=leaver, editor=quiet).update(state="to_withdraw")
    assert sweep(at=LATER) == 2
    assert sorted(jobs("sas.aggregator.drain_editor")[1:], key=lambda job: job[1]) == [
        ({"editor_id": paused.pk}, Priority.NIGHTLY),
        ({"editor_id": quiet.pk}, Priority.URGENT),
    ]
    assert stays.is_active


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"state": "in_order"}, "in_order_was_accepted"),
        ({"state": "withdrawn", "unsure": ["a|b"]}, "withdrawn_for_sure"),
        ({"state": "to_create"}, "waiting_says_until_when"),
        ({"state": "in_error"}, "in_error_says_why"),
        ({"state": "withdrawn", "in_flight_since": AT}, "only_waiting_ones_travel"),
        ({"state": "withdrawn", "sent_system": SAS}, "accepted_all_or_nothing"),
        ({"state": "elsewhere"}, "state_is_known"),
    ],
)
def test_the_database_refuses_what_cannot_be(columns: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        EditorAccount.objects.create(account=regulator(), editor=editor(), changed_at=AT, **columns)
