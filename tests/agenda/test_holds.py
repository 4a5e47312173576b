"""« En cours »: what a hold keeps, for whom, how long; and who wins when two regulators click at once."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from sas.accounts.models import User
from sas.agenda import holds, uses
from sas.agenda.absences import declare_unavailability
from sas.agenda.holds import HOLD, give_up_hold, hold_of, hold_place
from sas.agenda.models import Hold, Series, Use
from sas.agenda.queries import AgendaSlot, supply
from sas.agenda.services import close_series
from sas.agenda.sheets import AgendaRefused, Scope
from sas.agenda.uses import FULL, GONE, give_back_place, mark_taken, take_place
from sas.web.models import AuditLine
from tests.agenda.test_races import at_once, wait_for_each_other
from tests.factories.agenda import AT, BY, TUESDAY, paris, plage, series, spot

EIGHT = paris("2026-11-24 08:00")
BUSY = "Un collègue est en train d’y adresser un patient"


def regulator(number: int) -> User:
    return User.objects.create(email=f"r{number}@example.test", family_name=f"R{number}", created_at=AT)


def hold(one: Series, holder: User, at: Any = AT) -> Hold:
    return hold_place(series_id=one.pk, starts_at=EIGHT, holder=holder, at=at)


def take(one: Series, holder: User | None, at: Any = AT) -> Use:
    return take_place(series_id=one.pk, starts_at=EIGHT, by=BY, at=at, holder=holder)


def offered(one: Series, at: Any = AT) -> AgendaSlot:
    assert one.practitioner_id
    found = supply(practitioner_ids=[one.practitioner_id], start=at, end=at + timedelta(days=3))
    (slot,) = found.slots[one.practitioner_id, one.place_key]
    return slot


@pytest.mark.django_db
def test_a_held_place_is_in_progress_for_ninety_seconds_then_free() -> None:
    one, ada = series(), regulator(1)
    assert hold(one, ada).expires_at - AT == timedelta(seconds=90)
    assert (offered(one).held, offered(one).is_being_taken, offered(one).is_full) == (1, True, False)
    later = offered(one, AT + HOLD)
    assert (later.held, later.is_being_taken) == (0, False)


@pytest.mark.django_db
def test_holds_are_read_in_the_one_query_of_the_search(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    one = plage()
    for number in range(3):
        hold(one, regulator(number))
    with django_assert_num_queries(1):
        slot = offered(one)
    assert (slot.held, slot.is_being_taken) == (3, False)


@pytest.mark.django_db
def test_a_colleague_can_neither_hold_nor_take_the_last_place_and_is_told_when_it_may_be_free() -> None:
    one, ada, bob = series(), regulator(1), regulator(2)
    hold(one, ada)
    for act in (hold, take):
        with pytest.raises(AgendaRefused, match=f"{BUSY} ; libre dans 60 s au plus"):
            act(one, bob, AT + timedelta(seconds=30))
    with pytest.raises(AgendaRefused, match=BUSY):
        take(one, None)


@pytest.mark.django_db
def test_whoever_holds_a_place_takes_it_and_holds_nothing_more() -> None:
    one, ada, bob = plage(capacity=2), regulator(1), regulator(2)
    hold(one, ada)
    assert take(one, ada).taken == 1
    assert not Hold.objects.exists()
    assert take(one, bob).taken == 2
    for act in (hold, take):
        with pytest.raises(AgendaRefused, match=FULL):
            act(one, ada)


@pytest.mark.django_db
def test_holding_again_lasts_ninety_seconds_more_and_is_one_hold() -> None:
    one, ada = series(), regulator(1)
    hold(one, ada)
    hold(one, ada, AT + timedelta(seconds=80))
    assert Hold.objects.get().expires_at == AT + timedelta(seconds=170)
    where: dict[str, Any] = {"series_id": one.pk, "starts_at": EIGHT, "holder": ada}
    assert hold_of(**where, at=AT + timedelta(seconds=169)) is not None
    assert hold_of(**where, at=AT + timedelta(seconds=170)) is None


@pytest.mark.django_db
def test_a_hold_that_is_over_is_of_no_effect_and_goes_with_the_next_one() -> None:
    one, ada, bob = series(), regulator(1), regulator(2)
    hold(one, ada)
    hold(one, bob, AT + HOLD)
    assert Hold.objects.get().holder == bob
    with pytest.raises(AgendaRefused, match=BUSY):
        take(one, ada, AT + HOLD)


@pytest.mark.django_db
def test_a_hold_given_up_frees_the_place_and_giving_up_nothing_is_nothing() -> None:
    one, ada, bob = series(), regulator(1), regulator(2)
    hold(one, ada)
    for _ in range(2):
        give_up_hold(series_id=one.pk, starts_at=EIGHT, holder=ada, at=AT)
    assert take(one, bob).taken == 1


@pytest.mark.django_db
def test_the_doctor_who_says_taken_waits_for_nobody() -> None:
    one, ada = series(), regulator(1)
    hold(one, ada)
    assert mark_taken(series=one, starts_at=EIGHT, by=BY, at=AT).taken == 1
    with pytest.raises(AgendaRefused, match=FULL):
        take(one, ada)


@pytest.mark.django_db
def test_a_place_given_back_while_another_is_held_can_be_held() -> None:
    one, ada, bob = plage(capacity=1), regulator(1), regulator(2)
    use = take(one, ada)
    give_back_place(use=use, by=BY, at=AT)
    hold(one, bob)
    with pytest.raises(AgendaRefused, match=BUSY):
        take(one, ada)


@pytest.mark.django_db
def test_nothing_is_held_of_what_is_withdrawn_over_or_away() -> None:
    where, ada = spot(), regulator(1)
    one = series(where)
    with pytest.raises(AgendaRefused, match=GONE):
        hold_place(series_id=0, starts_at=EIGHT, holder=ada, at=AT)
    with pytest.raises(AgendaRefused, match=GONE):
        hold_place(series_id=one.pk, starts_at=EIGHT + timedelta(minutes=1), holder=ada, at=AT)
    with pytest.raises(AgendaRefused, match=GONE):
        hold(one, ada, EIGHT + timedelta(minutes=20))
    declare_unavailability(
        practitioner=where.practitioner, structure=None, starts_at=EIGHT, ends_at=None, place_keys=(), by=BY, at=AT
    )
    with pytest.raises(AgendaRefused, match="Indisponibilité"):
        hold(one, ada)
    assert not Hold.objects.exists()


@pytest.mark.django_db
def test_holding_is_on_record() -> None:
    ada = regulator(1)
    hold(series(), ada)
    assert AuditLine.objects.get(act="hold_place").actor == ada.audit_label


def both(one: Series, acts: list[Callable[[], Any]]) -> list[type]:
    return sorted((type(answer) for answer in at_once(acts, threads=2)), key=str)


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_and_twenty_holds_at_once_on_six_places_six_are_placed() -> None:
    one = plage()
    people = [regulator(number) for number in range(120)]
    answers = at_once([partial(hold, one, person) for person in people], threads=12)
    assert sum(isinstance(answer, Hold) for answer in answers) == 6
    assert Hold.objects.count() == 6
    assert sum(isinstance(answer, AgendaRefused) for answer in answers) == 114


def holds_beyond_capacity(monkeypatch: pytest.MonkeyPatch) -> int:
    """Two regulators hold the only place; both have read what is there before either writes."""
    wait_for_each_other(monkeypatch, holds, "unavailable_during")
    one, people = series(), [regulator(1), regulator(2)]
    Use.objects.create(series=one, starts_at=EIGHT, ends_at=EIGHT + timedelta(minutes=20), capacity=1)
    both(one, [partial(hold, one, person) for person in people])
    return Hold.objects.count()


@pytest.mark.django_db(transaction=True)
def test_the_only_place_is_held_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert holds_beyond_capacity(monkeypatch) == 1


def taken_under_the_hand(monkeypatch: pytest.MonkeyPatch) -> bool:
    """Ada’s hold is written and not yet committed when Bob takes the place: whether he gets it all the same."""
    one, ada, bob = series(), regulator(1), regulator(2)
    wait_for_each_other(monkeypatch, holds.audit, "record")
    wait_for_each_other(monkeypatch, uses, "unavailable_during")
    answers = at_once([partial(hold, one, ada), partial(take, one, bob)], threads=2)
    return isinstance(answers[0], Hold) and isinstance(answers[1], Use)


@pytest.mark.django_db(transaction=True)
def test_a_place_is_never_taken_under_the_hand_of_whoever_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not taken_under_the_hand(monkeypatch)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_of_the_series_it_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uses, "LOCK_ALONE", re.sub(" FOR .*", "", uses.LOCK_ALONE))
    assert taken_under_the_hand(monkeypatch)


@pytest.mark.django_db(transaction=True)
def test_when_a_hold_ends_one_of_two_who_wait_for_the_place_gets_it() -> None:
    one, ada = series(), regulator(0)
    hold(one, ada)
    people = [regulator(number) for number in range(1, 41)]
    answers = at_once([partial(take, one, person, AT + HOLD) for person in people], threads=8)
    assert sum(isinstance(answer, Use) for answer in answers) == 1
    assert Use.objects.get().taken == 1


@pytest.mark.django_db
def test_a_slot_withdrawn_while_it_is_held_is_gone_for_whoever_holds_it() -> None:
    one, ada = series(), regulator(1)
    hold(one, ada)
    close_series(series=one, scope=Scope.ALL, on=TUESDAY, version=1, by=BY, at=AT)
    assert not Hold.objects.exists()
    for act in (hold, take):
        with pytest.raises(AgendaRefused, match=GONE):
            act(one, ada)
