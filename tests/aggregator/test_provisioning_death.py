"""The worker is killed for good in the middle of deliveries: no account is lost, none is doubled.

Real workers (`procrastinate worker`), real sandboxes that take their time, a real SIGKILL.
"""

import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from django.db import connection

from editor_kit.sandbox.state import Sandbox
from sas.aggregator.models import EditorAccount
from sas.fhir.systems import SAS
from tests.aggregator.regulators import AT, regulator, requests, sandbox_editor, sign_in, told
from tests.web.worker_process import running_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("workers")]
PEOPLE, EDITORS = 10, 3


def wait_until(condition: Callable[[], bool]) -> None:
    """Returns as soon as `condition` holds; fails after forty seconds, which nothing here needs."""
    for _ in range(800):
        if condition():
            return
        threading.Event().wait(0.05)
    pytest.fail(f"never came true; rows: {list(EditorAccount.objects.values_list('state', 'last_error'))}")


def let_time_pass() -> None:
    """As if the thresholds had passed: a dead worker is told by its silence, its rows by their age."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
        cursor.execute("DELETE FROM procrastinate_periodic_defers")
        cursor.execute("UPDATE aggregator_editoraccount SET in_flight_since = in_flight_since - interval '61 seconds'")


def forget_what_was_uncertain() -> None:
    """The control: as if nothing had been written before the calls."""
    EditorAccount.objects.update(unsure=[])


@pytest.mark.parametrize("protected", [True, False])
def test_killing_the_worker_in_the_middle_loses_no_account_and_doubles_none(protected: bool) -> None:
    users = [regulator() for _ in range(PEOPLE)]
    with ExitStack() as stack:
        sandboxes: list[Sandbox] = [
            stack.enter_context(sandbox_editor(f"Agenda {number}"))[0] for number in range(EDITORS)
        ]
        for sandbox in sandboxes:
            sandbox.set_behaviour("slow")  # writes the account, then keeps its answer for four seconds
        for user in users:
            sign_in(user, AT)
        with running_worker() as killed:
            wait_until(lambda: all(sandbox.accounts.received >= 2 for sandbox in sandboxes))
            killed.send_signal(signal.SIGKILL)
            killed.wait()
        travelled = EditorAccount.objects.filter(in_flight_since__isnull=False).count()
        assert travelled >= 2 * EDITORS
        if not protected:
            forget_what_was_uncertain()
        for sandbox in sandboxes:
            sandbox.set_behaviour("ok")
        let_time_pass()
        with running_worker():
            wait_until(lambda: EditorAccount.objects.filter(state="in_order").count() == PEOPLE * EDITORS)
        for sandbox in sandboxes:
            accounts = told(sandbox)
            assert sorted(account["identifiers"] for account in accounts) == sorted(
                [f"{SAS}|{user.technical_id}"] for user in users
            )
            assert {account["active"] for account in accounts} == {True}
        refused = sum(status == 422 for sandbox in sandboxes for _, status in requests(sandbox))
        # Without the rule each account that travelled is posted again: refused here, doubled at an editor less strict.
        assert (refused == 0) == protected
