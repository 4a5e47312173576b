"""Several people, and editors, at once on one orientation, on real connections; each promise with its control."""

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connections

from bench.orientation_invariants import broken
from sas.accounts.models import User
from sas.agenda import uses
from sas.agenda.models import Use
from sas.orientation import editor_messages, recording, services
from sas.orientation.models import EditorAppointment, Orientation, OrientationEvent
from sas.orientation.services import Act, Actor, AppointmentConflict, OrientationRefused
from tests.agenda.test_races import wait_for_each_other
from tests.factories import directory
from tests.factories import orientation as make
from tests.factories.agenda import AT, BY, plage, series

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(acts: Sequence[Callable[[], Any]], threads: int = 2) -> list[Any]:
    """What each answers, or the exception it ends with."""

    def run(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except (OrientationRefused, AppointmentConflict, IntegrityError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, acts))


def two_hundred_regulators(sender: User, key: uuid.UUID | None = None) -> list[Any]:
    slot = make.slot_ids(plage())[0]

    def click() -> Orientation:
        asked = make.asking(sender, key=key or uuid.uuid4())
        return services.orient_to_slot(asking=asked, slot=slot, modality="", by=BY, at=AT)

    return at_once([click] * 200, threads=16)


def test_two_hundred_regulators_on_six_places_send_six_patients(sender: User) -> None:
    answers = two_hundred_regulators(sender)
    assert sum(isinstance(answer, Orientation) for answer in answers) == 6
    assert sum(isinstance(answer, OrientationRefused) for answer in answers) == 194
    assert (Use.objects.get().taken, Orientation.objects.count()) == (6, 6)
    assert broken() == []


def test_without_the_condition_the_database_refuses_what_it_cannot_count(
    sender: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uses, "TAKE_BESIDE_HOLDS", _without_condition(uses.TAKE_BESIDE_HOLDS))
    answers = two_hundred_regulators(sender)
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 194
    assert broken() == []


def _without_condition(statement: str) -> str:
    """The same statement, which takes a place whether there is one or not."""
    start, end = statement.index(" WHERE ", statement.index("DO UPDATE")), statement.index("RETURNING")
    return f"{statement[:start]} {statement[end:]}"


def test_one_request_sent_two_hundred_times_at_once_is_one_orientation(sender: User) -> None:
    answers = two_hundred_regulators(sender, uuid.uuid4())
    assert {answer.pk for answer in answers} == {Orientation.objects.get().pk}
    assert Use.objects.get().taken == 1
    assert broken() == []


def both_sides(sender: User, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The regulator cancels while the doctor honours: both have read the row before either writes."""
    sent = make.on_agenda(sender, series())
    wait_for_each_other(monkeypatch, recording, "locked")
    given: dict[str, Any] = {"orientation": sent, "by": BY, "at": AT + timedelta(days=2)}
    return at_once([
        partial(services.act_on, act=Act.CANCEL, actor=Actor.REGULATOR, **given),
        partial(services.act_on, act=Act.HONOUR, actor=Actor.EFFECTOR, **given),
    ])  # fmt: skip


def test_of_a_cancelling_and_an_honouring_at_once_one_wins_and_the_other_is_told(
    sender: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = both_sides(sender, monkeypatch)
    (won,) = [answer for answer in answers if isinstance(answer, Orientation)]
    (lost,) = [answer for answer in answers if isinstance(answer, OrientationRefused)]
    assert lost.current is not None
    assert lost.current.state == won.state == Orientation.objects.get().state
    assert Use.objects.get().taken == (0 if won.state == "cancelled" else 1)
    assert broken() == []


def test_without_the_lock_both_would_win(sender: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(orientation: Orientation, version: int | None = None) -> Orientation:
        return Orientation.objects.get(pk=orientation.pk)

    monkeypatch.setattr(recording, "locked", unlocked)
    answers = both_sides(sender, monkeypatch)
    assert [type(answer) for answer in answers] == [Orientation, Orientation]
    assert broken() != []


def test_of_an_undoing_and_a_taking_of_the_last_place_one_wins(sender: User) -> None:
    one = series()
    sent = make.on_agenda(sender, one)
    services.act_on(orientation=sent, act=Act.CANCEL, actor=Actor.REGULATOR, by=BY, at=AT)
    slot = make.slot_ids(one)[0]
    given: dict[str, Any] = {"by": BY, "at": AT}
    answers = at_once([
        partial(services.act_on, orientation=sent, act=Act.UNDO, actor=Actor.REGULATOR, **given),
        partial(services.orient_to_slot, asking=make.asking(sender), slot=slot, modality="", **given),
    ])  # fmt: skip
    assert sum(isinstance(answer, OrientationRefused) for answer in answers) == 1
    assert Use.objects.get().taken == 1
    assert Orientation.objects.exclude(state="cancelled").count() == 1
    assert broken() == []


def test_of_an_undoing_and_an_honouring_at_once_one_wins(sender: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = make.on_agenda(sender, series())
    wait_for_each_other(monkeypatch, recording, "locked")
    given: dict[str, Any] = {"orientation": sent, "by": BY, "at": AT + timedelta(seconds=30)}
    answers = at_once([
        partial(services.act_on, act=Act.UNDO, actor=Actor.REGULATOR, **given),
        partial(services.act_on, act=Act.HONOUR, actor=Actor.EFFECTOR, **given),
    ])  # fmt: skip
    assert sorted(type(answer).__name__ for answer in answers) == ["Orientation", "OrientationRefused"]
    assert Use.objects.get().taken == (0 if Orientation.objects.get().state == "cancelled" else 1)
    assert broken() == []


def post_and_put(sender: User) -> list[Any]:
    """Ten retries of a POST and ten of a PUT of one appointment, at once."""
    place, editor = directory.place(), make.editor()
    make.opened(sender, place, editor)
    said = make.facts(sender, place)
    later = replace(said, status="cancelled")
    acts = [partial(make.posted, said, editor), partial(make.put, later, editor)] * 10
    return at_once(acts, threads=8)


def test_a_post_and_a_put_of_one_appointment_at_once_make_one(sender: User) -> None:
    answers = post_and_put(sender)
    assert not [answer for answer in answers if isinstance(answer, IntegrityError)]
    assert sum(getattr(answer, "outcome", "") == "created" for answer in answers) == 1
    (kept,) = EditorAppointment.objects.select_related("orientation")
    assert kept.body["status"] == kept.orientation.state == "cancelled"
    assert not kept.orientation.outside_search
    assert OrientationEvent.objects.filter(act="editor_message").count() == kept.version
    assert broken() == []


def test_without_the_lock_the_database_refuses_the_second(sender: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor_messages, "lock", lambda editor, value: None)
    wait_for_each_other(monkeypatch, editor_messages, "context_of")
    place, editor = directory.place(), make.editor()
    said = make.facts(sender, place)
    answers = at_once([partial(make.posted, said, editor), partial(make.put, said, editor)])
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 1
    assert EditorAppointment.objects.count() == 1


def test_two_bookings_at_once_complete_one_page_once(sender: User) -> None:
    place, editor = directory.place(), make.editor()
    page = make.opened(sender, place, editor)
    acts = [partial(make.posted, make.facts(sender, place, status="pending"), editor) for _ in range(8)]
    recorded = at_once(acts, threads=8)
    assert sum(one.appointment.orientation_id == page.pk for one in recorded) == 1
    assert Orientation.objects.count() == 8
    assert broken() == []
