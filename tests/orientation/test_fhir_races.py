"""Editors that send a message many times at once, or two at once about one appointment: threads, a real database.

Each promise has its control, without the lock that makes messages about one identifier wait for one another.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponse

from sas.orientation import editor_messages
from sas.orientation.models import EditorAppointment, Orientation, OrientationEvent
from tests.factories import directory
from tests.orientation.messages import SYSTEM, Sender, appointment

AT_ONCE = 6
"""Fewer than the connections of the pool."""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alpha() -> Sender:
    directory.place(directory.practitioner(national_id="810009876543"))
    sender = Sender(system=SYSTEM)
    sender.raises = False
    return sender


def at_once(sends: Sequence[Callable[[], HttpResponse]]) -> list[HttpResponse]:
    """The answers to messages that leave together."""
    gate = threading.Barrier(AT_ONCE)

    def run(send: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            gate.wait(10)
            return send()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, sends))


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """All messages have looked before any of them writes."""
    gate = threading.Barrier(AT_ONCE)
    monkeypatch.setattr(editor_messages, "lock", lambda *_: None)
    looked = editor_messages._first

    def first(*given: Any) -> Any:
        gate.wait(10)
        return looked(*given)

    monkeypatch.setattr(editor_messages, "_first", first)


def statuses(answers: Sequence[HttpResponse]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def test_one_message_sent_twenty_four_times_at_once_is_one_orientation(alpha: Sender) -> None:
    answers = at_once([alpha.post] * 24)
    assert statuses(answers) == {201: 1, 200: 23}
    assert len({answer["Location"] for answer in answers}) == 1
    assert (EditorAppointment.objects.count(), Orientation.objects.count()) == (1, 1)
    assert OrientationEvent.objects.count() == 1


def test_without_the_lock_only_the_constraint_is_left(alpha: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_lock(monkeypatch)
    assert statuses(at_once([alpha.post] * AT_ONCE)) == {201: 1, 500: AT_ONCE - 1}


def test_a_creation_and_its_changes_at_once_end_as_one_appointment(alpha: Sender) -> None:
    cancelled = appointment(status="cancelled")
    answers = at_once([alpha.post, lambda: alpha.put(cancelled)] * (AT_ONCE // 2))
    found = statuses(answers)
    assert found[201] == 1
    assert set(found) <= {200, 201, 422}, [json.loads(answer.content) for answer in answers]
    stored, orientation = EditorAppointment.objects.get(), Orientation.objects.get()
    assert (stored.body["status"], orientation.state) == ("cancelled", "cancelled")


def test_of_two_changes_that_know_one_version_one_is_made(alpha: Sender) -> None:
    alpha.post()
    others = [appointment(start=f"2026-03-24T09:{minute:02}:00.000+01:00") for minute in range(AT_ONCE)]
    sends = [lambda other=other: alpha.put(other, **{"If-Match": 'W/"1"'}) for other in others]
    assert statuses(at_once(sends)) == {200: 1, 412: AT_ONCE - 1}
    assert EditorAppointment.objects.get().version == 2
