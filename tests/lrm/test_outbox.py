"""Rows written in the transaction of the fact: to whom, in which order, and never twice the same."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from sas.lrm import outbox
from sas.lrm.models import Message
from sas.lrm.outbox import enqueue, standing_of
from tests.factories import directory
from tests.lrm.told import AT, SAMU_62, lrm, told

pytestmark = pytest.mark.django_db


def test_the_first_snapshot_creates_and_the_next_ones_update() -> None:
    samu, each = lrm(), told()
    for status in ("pending", "booked", "cancelled"):
        enqueue(replace(each, status=status), territory_id=samu.territory_id, origin="", at=AT)
    rows = Message.objects.filter(subject=each.subject).order_by("rank")
    assert [(row.rank, row.payload["method"], row.payload["status"]) for row in rows] == [
        (1, "CreateAppointment", "pending"),
        (2, "UpdateAppointment", "booked"),
        (3, "UpdateAppointment", "cancelled"),
    ]
    assert standing_of([each.subject])[each.subject].rank == 3


def test_the_same_snapshot_twice_is_one_message() -> None:
    samu, each = lrm(), told()
    first = enqueue(each, territory_id=samu.territory_id, origin="", at=AT)
    assert enqueue(each, territory_id=samu.territory_id, origin="", at=AT) == first
    assert Message.objects.count() == 1


def test_the_lrm_that_called_is_told_rather_than_that_of_the_territory() -> None:
    here, calling = lrm(), lrm("SAS-62", SAMU_62, origin="appelant")
    said = enqueue(told(), territory_id=here.territory_id, origin="appelant", at=AT)
    assert said is not None
    assert said.lrm == calling
    other = enqueue(told(), territory_id=here.territory_id, origin="Appelant", at=AT)
    assert other is not None
    assert other.lrm == here  # an origin is compared exactly


@pytest.mark.parametrize("change", [{"is_active": False}, {"client": ""}])
def test_an_lrm_that_calls_but_is_not_connected_leaves_it_to_the_territory(change: dict[str, object]) -> None:
    here = lrm()
    lrm("SAS-62", **{"client": SAMU_62, "origin": "appelant"} | change)  # type: ignore[arg-type]
    said = enqueue(told(), territory_id=here.territory_id, origin="appelant", at=AT)
    assert said is not None
    assert said.lrm == here


def test_who_was_told_first_is_told_of_what_follows() -> None:
    here, calling, each = lrm(), lrm("SAS-62", SAMU_62, origin="appelant"), told()
    enqueue(each, territory_id=here.territory_id, origin="appelant", at=AT)
    later = enqueue(replace(each, status="fulfilled"), territory_id=here.territory_id, origin="", at=AT)
    assert later is not None
    assert (later.lrm, later.rank) == (calling, 2)
    type(calling).objects.update(is_active=False)
    type(calling).objects.filter(pk=here.pk).update(is_active=True)
    moved = enqueue(replace(each, status="noshow"), territory_id=here.territory_id, origin="", at=AT)
    assert moved is not None
    assert (moved.lrm, moved.rank, moved.payload["method"]) == (here, 1, "CreateAppointment")


def test_nobody_is_told_where_there_is_no_lrm() -> None:
    where = directory.territory(code="SAS-80")
    assert enqueue(told(), territory_id=where.pk, origin="", at=AT) is None
    assert enqueue(told(), territory_id=None, origin="inconnu", at=AT) is None
    assert Message.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_orientation_that_is_rolled_back_tells_nobody() -> None:
    samu = lrm()
    with suppress(ZeroDivisionError), transaction.atomic():
        enqueue(told(), territory_id=samu.territory_id, origin="", at=AT)
        _ = 1 / 0
    assert Message.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("protected", [True, False])
def test_snapshots_written_at_once_get_ranks_without_hole(protected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    samu, each, writers = lrm(), told(), 6
    barrier = threading.Barrier(writers)
    if not protected:
        monkeypatch.setattr(outbox, "lock_subject", lambda subject: None)
        known = outbox.append

        def together(*arguments: object, **named: object) -> Message:
            barrier.wait(20)  # all have read the last rank
            return known(*arguments, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(outbox, "append", together)
    statuses = ["pending", "booked", "fulfilled", "noshow", "cancelled", "pending"]

    def write(number: int) -> bool:
        try:
            if protected:
                barrier.wait(20)
            now = replace(each, status=statuses[number], category=["PS", "MSP"][number % 2])
            enqueue(now, territory_id=samu.territory_id, origin="", at=AT)
        except IntegrityError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(writers) as pool:
        written = sum(pool.map(write, range(writers)))
    ranks = list(Message.objects.order_by("rank").values_list("rank", flat=True))
    assert ranks == list(range(1, written + 1))
    assert (written == writers) == protected


def test_the_hub_requires_a_regulator_so_that_nobody_is_told_until_one_is_known() -> None:
    nord, older = lrm(), lrm("SAS-62", SAMU_62, tells_regulator=False)
    unknown, subject = ("", "", "", ""), uuid4()
    given: dict[str, Any] = {"origin": "", "at": AT}
    assert enqueue(told(subject=subject, regulator=unknown), territory_id=nord.territory_id, **given) is None
    assert enqueue(told(regulator=unknown), territory_id=older.territory_id, **given) is not None
    known = enqueue(told(subject=subject), territory_id=nord.territory_id, **given)
    assert known is not None
    assert (known.rank, known.payload["method"]) == (1, "CreateAppointment")


@pytest.mark.parametrize(
    ("state", "code", "method"),
    [
        ("refused", 300, "CreateAppointment"),
        ("expired", 500, "CreateAppointment"),
        ("abandoned", None, "CreateAppointment"),
        ("refused", 409, "UpdateAppointment"),
        ("published", None, "UpdateAppointment"),
        ("acknowledged", None, "UpdateAppointment"),
    ],
)
def test_what_follows_a_creation_that_nobody_read_creates(state: str, code: int | None, method: str) -> None:
    samu, each = lrm(), told()
    enqueue(each, territory_id=samu.territory_id, origin="", at=AT)
    left = {"published_at": AT, "answered_at": AT, "expires_at": AT, "next_try_at": None}
    Message.objects.update(state=state, error_code=code, **left)
    after = enqueue(replace(each, status="cancelled"), territory_id=samu.territory_id, origin="", at=AT)
    assert after is not None
    assert (after.rank, after.payload["method"]) == (2, method)
