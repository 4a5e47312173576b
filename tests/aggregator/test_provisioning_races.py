"""Two at once, and workers that die: each protection with the control in which it is off."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from sas.accounts.closing import close_account
from sas.accounts.models import User
from sas.aggregator import provisioning_claims
from sas.aggregator.engine.accounts_client import Kind, Reply
from sas.aggregator.models import EditorAccount
from sas.aggregator.provisioning_claims import LEASE, claim
from sas.aggregator.provisioning_delivery import deliver_account, drain_editor
from sas.aggregator.provisioning_record import record
from tests.aggregator.regulators import AT, Clock, deliver, regulator, requests, row_of, sandbox_editor, sign_in, told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        threading.Event().wait(0.02)
    pytest.fail("never came true")


def in_thread(work: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        try:
            return work()
        finally:
            connections.close_all()

    return run


def test_an_account_closed_while_its_creation_travels_ends_withdrawn(clock: Clock) -> None:
    user = regulator()
    with sandbox_editor() as (sandbox, at_editor), ThreadPoolExecutor(1) as pool:
        sandbox.set_behaviour("slow", 600)
        sign_in(user, AT)
        job = pool.submit(in_thread(lambda: deliver(user, clock)))
        wait_for(lambda: sandbox.accounts.received == 1)
        close_account(user=user, reason=User.ClosedFor.DECISION, by="test", at=AT)
        assert row_of(user, at_editor).state == "to_withdraw"
        assert deliver(user, clock) == 0  # the urgent job finds the row in other hands, which go on by themselves
        job.result()
        assert requests(sandbox) == [("POST", 201), ("PUT", 200)]
        assert [account["active"] for account in told(sandbox)] == [False]
    assert row_of(user, at_editor).state == "withdrawn"


@pytest.mark.parametrize("protected", [True, False])
def test_two_workers_never_hold_one_row(protected: bool, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lease, what another worker is about to send is sent twice."""
    users = [regulator() for _ in range(8)]
    with sandbox_editor() as (sandbox, at_editor), ThreadPoolExecutor(2) as pool:
        for user in users:
            sign_in(user, AT)
        if not protected:
            monkeypatch.setattr(provisioning_claims, "LEASE", -LEASE)
        sandbox.set_behaviour("slow", 300)
        first = pool.submit(in_thread(lambda: drain_editor(at_editor.pk, clock=clock)))
        wait_for(lambda: sandbox.accounts.received >= 1)
        monkeypatch.setattr(sandbox, "latency_ms", 0)
        second = pool.submit(in_thread(lambda: drain_editor(at_editor.pk, clock=clock)))
        for job in (second, first):
            job.result()
        heard = requests(sandbox)
    assert (heard == [("POST", 201)] * 8) == protected
    assert len(told(sandbox)) == 8
    assert set(EditorAccount.objects.values_list("state", flat=True)) == {"in_order"}


def test_who_lost_the_claim_records_nothing(clock: Clock) -> None:
    user = regulator()
    with sandbox_editor() as (_, at_editor):
        sign_in(user, AT)
        (late,) = claim(at_editor.pk, at=clock())
        clock.pass_(minutes=2)
        (second,) = claim(at_editor.pk, at=clock())
        assert [key is None for key, _ in late.decision.bodies + second.decision.bodies] == [True, False]
        assert not record(late, Reply(Kind.ACCEPTED, 201), at=clock())
        assert row_of(user, at_editor).state == "to_create"
        assert record(second, Reply(Kind.ACCEPTED, 200), at=clock())
    assert row_of(user, at_editor).state == "in_order"


def test_a_sleeper_who_wakes_after_its_claim_sends_nothing(clock: Clock) -> None:
    """A creation of a minute ago must not land after the withdrawal that replaced it."""
    user = regulator()
    with sandbox_editor() as (sandbox, at_editor):
        sign_in(user, AT)
        claimed, woken = [AT], clock.pass_(seconds=45)
        deliver_account(user.pk, clock=lambda: claimed.pop() if claimed else woken)
        assert requests(sandbox) == []
    row = row_of(user, at_editor)
    assert (row.state, row.unsure, row.attempts) == ("to_create", [], 1)
