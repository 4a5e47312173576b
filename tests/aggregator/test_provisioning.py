"""Accounts at real sandbox editors, from the sign-in to the withdrawal."""

from typing import Any

import pytest
from django.db import transaction

from editor_kit.sandbox.accounts import Accounts
from editor_kit.sandbox.state import AccountAnswers
from sas.accounts.changes import Change, announce
from sas.accounts.closing import close_account, reopen_account
from sas.accounts.models import RoleGrant, User
from sas.accounts.permissions import Role
from sas.aggregator.models import AccountLane, EditorAccount
from sas.aggregator.provisioning import catch_up, send_again
from sas.aggregator.provisioning_claims import claim
from sas.aggregator.provisioning_delivery import drain_editor
from sas.fhir.systems import IDNPS, SAS
from sas.web.models import AuditLine
from tests.aggregator.regulators import (
    AT,
    Clock,
    deliver,
    editor,
    regulator,
    requests,
    row_of,
    sandbox_editor,
    sign_in,
    told,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _short_deadline(settings: Any) -> None:
    """A sandbox that is slow never answers in time."""
    settings.SAS_EDITOR_TIMEOUT = 1.0


def change(user: User, **values: Any) -> None:
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(**values)
        user.refresh_from_db()
        announce(Change.UPDATED, user, at=AT)


def test_an_editor_that_lost_its_accounts_is_told_of_them_again_and_holds_each_once(clock: Clock) -> None:
    kept, gone = regulator(), regulator()
    with sandbox_editor("Alpha") as (alpha, row):
        for user in (kept, gone):
            sign_in(user, AT)
            deliver(user, clock)
        close_account(user=gone, reason=User.ClosedFor.DECISION, by="test", at=AT)
        deliver(gone, clock)
        alpha.accounts = Accounts()
        assert told(alpha) == []
        assert send_again(editor=row, by="test", at=AT) == 1
        assert send_again(editor=row, by="test", at=AT) == 0
        deliver(kept, clock)
        deliver(gone, clock)
        (account,) = told(alpha)
        assert account["email"] == kept.email
        assert requests(alpha) == [("PUT", 201)]
    assert (row_of(kept, row).state, row_of(gone, row).state) == ("in_order", "withdrawn")


def test_a_sign_in_makes_the_account_at_every_editor_that_books(clock: Clock) -> None:
    user = regulator(signed_in=False)
    with sandbox_editor("Alpha") as (alpha, _), sandbox_editor("Brume") as (brume, _):
        testing = editor("Essai", "http://127.0.0.1:9/fhir", stage="testing")
        sign_in(user, AT)
        assert deliver(user, clock) == 2
        for sandbox in (alpha, brume):
            (account,) = told(sandbox)
            assert account["identifiers"] == [f"{SAS}|{user.technical_id}"]
            assert (account["family"], account["given"], account["email"]) == (
                user.family_name,
                user.given_name,
                user.email,
            )
            assert requests(sandbox) == [("POST", 201)]
    assert not EditorAccount.objects.filter(editor=testing).exists()
    rows = EditorAccount.objects.all()
    assert {(row.state, row.accepted_active, row.unsure == [], bool(row.server_id)) for row in rows} == {
        ("in_order", True, True, True)
    }
    assert AuditLine.objects.filter(act="tell_editor", target=user.audit_label).count() == 2


def test_a_second_sign_in_tells_nobody_anything(clock: Clock) -> None:
    user = regulator()
    with sandbox_editor() as (sandbox, _):
        for _ in range(2):
            sign_in(user, clock.pass_(hours=1))
            deliver(user, clock)
        assert requests(sandbox) == [("POST", 201)]


def test_changed_facts_are_put_by_the_identifier_that_the_editor_knows(clock: Clock) -> None:
    user = regulator()
    with sandbox_editor() as (sandbox, at_editor):
        sign_in(user, AT)
        deliver(user, clock)
        change(user, family_name="Durand")
        assert row_of(user, at_editor).state == "to_update"
        deliver(user, clock)
        change(user, national_id="810000000012")
        deliver(user, clock)
        change(user, national_id="810000000013")
        deliver(user, clock)
        (account,) = told(sandbox)
        assert (account["family"], account["identifiers"]) == ("Durand", [f"{IDNPS}|810000000013"])
        assert requests(sandbox) == [("POST", 201), ("PUT", 200), ("PUT", 200), ("PUT", 200)]
    assert row_of(user, at_editor).sent_value == "810000000013"


def test_a_closed_account_is_withdrawn_everywhere_and_comes_back_when_reopened(clock: Clock) -> None:
    user = regulator()
    with sandbox_editor() as (sandbox, at_editor):
        sign_in(user, AT)
        deliver(user, clock)
        close_account(user=user, reason=User.ClosedFor.DECISION, by="test", at=AT)
        assert row_of(user, at_editor).state == "to_withdraw"
        deliver(user, clock)
        assert [account["active"] for account in told(sandbox)] == [False]
        assert row_of(user, at_editor).state == "withdrawn"
        reopen_account(user=user, by="test", at=AT)
        deliver(user, clock)
        assert [account["active"] for account in told(sandbox)] == [True]
    assert row_of(user, at_editor).state == "in_order"


def test_who_loses_the_role_is_withdrawn(clock: Clock) -> None:
    user = regulator(role=Role.IOA)
    with sandbox_editor() as (sandbox, at_editor):
        sign_in(user, AT)
        deliver(user, clock)
        RoleGrant.objects.filter(user=user).delete()
        change(user)
        deliver(user, clock)
        assert [account["active"] for account in told(sandbox)] == [False]
    assert row_of(user, at_editor).state == "withdrawn"


def test_a_creation_that_never_left_is_withdrawn_without_a_word() -> None:
    user = regulator()
    at_editor = editor()
    sign_in(user, AT)
    close_account(user=user, reason=User.ClosedFor.DECISION, by="test", at=AT)
    assert row_of(user, at_editor).state == "withdrawn"


@pytest.mark.parametrize("answers", [AccountAnswers.REJECTED, AccountAnswers.MALFORMED])
def test_a_refusal_is_parked_with_the_editors_words_until_facts_change(answers: AccountAnswers, clock: Clock) -> None:
    user = regulator()
    with sandbox_editor() as (sandbox, at_editor):
        sandbox.set_account_answers(answers)
        sign_in(user, AT)
        deliver(user, clock)
        row = row_of(user, at_editor)
        assert (row.state, row.trouble, row.unsure, row.last_status) == ("in_error", "refused", [], int(answers))
        assert "simulée par le bac à sable" in row.last_error
        refused = requests(sandbox)
        sandbox.set_account_answers(AccountAnswers.OK)
        sign_in(user, clock.pass_(days=1))
        catch_up(at=clock())
        assert deliver(user, clock) == 0
        assert requests(sandbox) == refused
        change(user, email="corrigee@example.org")
        deliver(user, clock)
        assert row_of(user, at_editor).state == "in_order"
        assert requests(sandbox)[-1] == ("POST", 201)


def test_an_account_that_exists_already_is_adopted(clock: Clock) -> None:
    """As after a database restored from yesterday's backup."""
    user = regulator()
    with sandbox_editor() as (sandbox, at_editor):
        sign_in(user, AT)
        deliver(user, clock)
        EditorAccount.objects.all().delete()
        sign_in(user, AT)
        deliver(user, clock)
        assert requests(sandbox) == [("POST", 201), ("POST", 422), ("PUT", 200)]
        assert len(told(sandbox)) == 1
    assert row_of(user, at_editor).state == "in_order"


@pytest.mark.parametrize("how", ["slow", "lost"])
def test_an_answer_that_never_came_is_not_a_second_account(how: str, clock: Clock) -> None:
    user = regulator()
    with sandbox_editor() as (sandbox, at_editor):
        if how == "slow":
            sandbox.set_behaviour("slow")
        else:
            sandbox.set_account_answers("lost")
        sign_in(user, AT)
        deliver(user, clock)
        row = row_of(user, at_editor)
        assert (row.state, row.attempts, row.unsure) == ("to_create", 1, [f"{SAS}|{user.technical_id}"])
        assert row.next_try_at is not None
        assert row.next_try_at > clock()
        assert deliver(user, clock) == 0  # not before
        sandbox.set_behaviour("ok")
        sandbox.set_account_answers("ok")
        clock.pass_(minutes=1)
        deliver(user, clock)
        assert requests(sandbox) == [("POST", 201), ("PUT", 200)]
        assert len(told(sandbox)) == 1
    assert row_of(user, at_editor).state == "in_order"


@pytest.mark.parametrize("arrived", [True, False])
def test_an_uncertain_change_of_identifier_leaves_one_account_whether_or_not_it_arrived(
    arrived: bool, clock: Clock
) -> None:
    user = regulator()
    with sandbox_editor() as (sandbox, at_editor):
        sign_in(user, AT)
        deliver(user, clock)
        if arrived:
            sandbox.set_account_answers("lost")
        else:
            sandbox.set_behaviour("error")
        change(user, national_id="810000000012")
        deliver(user, clock)
        assert row_of(user, at_editor).unsure == [f"{IDNPS}|810000000012"]
        sandbox.set_behaviour("ok")
        sandbox.set_account_answers("ok")
        clock.pass_(minutes=1)
        deliver(user, clock)
        (account,) = told(sandbox)
        assert (account["identifiers"], account["active"]) == ([f"{IDNPS}|810000000012"], True)
    row = row_of(user, at_editor)
    assert (row.state, row.sent_value, row.unsure) == ("in_order", "810000000012", [])


def test_an_account_closed_after_an_uncertain_change_of_identifier_is_open_nowhere(clock: Clock) -> None:
    user = regulator()
    with sandbox_editor() as (sandbox, at_editor):
        sign_in(user, AT)
        deliver(user, clock)
        sandbox.set_account_answers("lost")
        change(user, national_id="810000000012")
        deliver(user, clock)
        sandbox.set_account_answers("ok")
        close_account(user=user, reason=User.ClosedFor.DECISION, by="test", at=clock())
        deliver(user, clock)
        assert {account["active"] for account in told(sandbox)} == {False}
    assert row_of(user, at_editor).state == "withdrawn"


def test_a_national_identifier_goes_to_another_account_once_the_first_one_left(clock: Clock) -> None:
    first, second = regulator(national_id="810000000012"), regulator()
    with sandbox_editor() as (sandbox, at_editor):
        for user in (first, second):
            sign_in(user, AT)
            deliver(user, clock)
        close_account(user=first, reason=User.ClosedFor.DECISION, by="test", at=AT)
        change(second, national_id="810000000012")
        deliver(second, clock)
        assert row_of(second, at_editor).last_error.endswith("en cours de retrait")
        deliver(first, clock)
        clock.pass_(minutes=1)
        deliver(second, clock)
        assert {(account["email"], account["active"]) for account in told(sandbox)} == {
            (first.email, False),
            (second.email, True),
        }
    assert row_of(second, at_editor).state == "in_order"


def test_a_dead_editor_is_tried_by_one_account_at_a_time_then_all_leave(clock: Clock) -> None:
    users = [regulator() for _ in range(12)]
    with sandbox_editor(behaviour="error") as (sandbox, at_editor):
        for user in users:
            sign_in(user, AT)
        drain_editor(at_editor.pk, clock=clock)
        heard = sandbox.accounts.received
        assert heard <= 4  # what travelled at once
        for _ in range(3):
            clock.pass_(minutes=16)
            drain_editor(at_editor.pk, clock=clock)
        assert sandbox.accounts.received == heard + 3
        sandbox.set_behaviour("ok")
        clock.pass_(minutes=16)
        while drain_editor(at_editor.pk, clock=clock):
            pass
        assert AccountLane.objects.get(editor=at_editor).failures == 0
        clock.pass_(hours=2)
        drain_editor(at_editor.pk, clock=clock)
        assert len(told(sandbox)) == 12
    assert set(EditorAccount.objects.values_list("state", flat=True)) == {"in_order"}


def test_an_editor_that_is_never_heard_is_seen_then_tried_again_at_night(clock: Clock) -> None:
    user = regulator()
    with sandbox_editor(behaviour="down") as (sandbox, at_editor):
        sign_in(user, AT)
        for _ in range(8):
            deliver(user, clock)
            clock.pass_(hours=2)
        row = row_of(user, at_editor)
        assert (row.state, row.trouble, row.attempts) == ("in_error", "silent", 8)
        assert row.last_error.startswith("Connexion perdue")
        assert deliver(user, clock) == 0
        sandbox.set_behaviour("ok")
        assert catch_up(at=clock()).moved == 1
        deliver(user, clock)
        assert row_of(user, at_editor).state == "in_order"
        assert len(told(sandbox)) == 1


def test_a_sign_in_page_in_place_of_an_answer_is_said_unreadable(clock: Clock) -> None:
    user = regulator()
    with sandbox_editor(behaviour="html") as (sandbox, at_editor):
        sign_in(user, AT)
        deliver(user, clock)
        row = row_of(user, at_editor)
        assert (row.state, row.trouble, row.unsure) == ("in_error", "unreadable", [f"{SAS}|{user.technical_id}"])
        assert row.last_error.startswith("Réponse illisible")
        sandbox.set_behaviour("ok")
        catch_up(at=clock.pass_(days=1))
        deliver(user, clock)
        assert requests(sandbox)[-1] == ("PUT", 201)


def test_a_refused_withdrawal_is_tried_again_each_night(clock: Clock) -> None:
    user = regulator()
    with sandbox_editor() as (sandbox, at_editor):
        sign_in(user, AT)
        deliver(user, clock)
        sandbox.set_account_answers("422")
        close_account(user=user, reason=User.ClosedFor.DECISION, by="test", at=AT)
        deliver(user, clock)
        assert row_of(user, at_editor).state == "in_error"
        sandbox.set_account_answers("ok")
        assert catch_up(at=clock.pass_(days=1)).moved == 1
        deliver(user, clock)
        assert [account["active"] for account in told(sandbox)] == [False]


def test_an_incomplete_account_waits_for_its_name_and_nobody_is_called(clock: Clock) -> None:
    user = regulator(given_name="")
    with sandbox_editor() as (sandbox, at_editor):
        sign_in(user, AT)
        deliver(user, clock)
        row = row_of(user, at_editor)
        assert (row.state, row.trouble, requests(sandbox)) == ("in_error", "incomplete", [])
        assert "prénom manquant" in row.last_error
        change(user, given_name="Lou")
        deliver(user, clock)
        assert row_of(user, at_editor).state == "in_order"


def test_an_editor_that_stops_is_told_nothing_and_one_back_in_test_only_of_withdrawals(clock: Clock) -> None:
    stays, leaves = regulator(), regulator()
    with sandbox_editor() as (sandbox, at_editor):
        for user in (stays, leaves):
            sign_in(user, AT)
            deliver(user, clock)
        at_editor.stage = "testing"
        at_editor.is_active = False
        at_editor.save()
        change(stays, family_name="Durand")
        close_account(user=leaves, reason=User.ClosedFor.DECISION, by="test", at=AT)
        assert not drain_editor(at_editor.pk, clock=clock)
        assert len(requests(sandbox)) == 2
        at_editor.is_active = True
        at_editor.save()
        drain_editor(at_editor.pk, clock=clock)
        assert {(account["email"], account["active"]) for account in told(sandbox)} == {
            (stays.email, True),
            (leaves.email, False),
        }
        assert row_of(stays, at_editor).state == "in_order"


def test_withdrawals_leave_before_what_waited_longer(clock: Clock) -> None:
    leaves, users = regulator(), [regulator() for _ in range(6)]
    with sandbox_editor() as (_, at_editor):
        sign_in(leaves, AT)
        deliver(leaves, clock)
        for user in users:
            sign_in(user, AT)
        close_account(user=leaves, reason=User.ClosedFor.DECISION, by="test", at=clock.pass_(hours=1))
        errands = claim(at_editor.pk, at=clock())
        assert errands[0].account == leaves.pk
        assert len(errands) == 4  # and no more travel at once, whoever asks
        assert claim(at_editor.pk, at=clock()) == []
