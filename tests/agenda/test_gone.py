"""« Plus libre », heard on the phone: nobody sees the slot any more, the doctor is told, a mistake is undone."""

from datetime import timedelta
from typing import Any

import pytest

from sas.accounts.models import User
from sas.agenda.calendar.reading import day_page
from sas.agenda.gone import slot_gone, slot_not_gone
from sas.agenda.holds import hold_place
from sas.agenda.models import Hold, Series, Use
from sas.agenda.queries import supply
from sas.agenda.sheets import AgendaRefused
from sas.agenda.telling import tell_owner
from sas.agenda.uses import FULL, GONE, take_place, unmark_taken
from sas.participation.subjects import Standing, Subject
from sas.web.models import AuditLine, OutgoingMail
from tests.agenda.test_holds import regulator
from tests.factories.agenda import AT, BY, TUESDAY, paris, plage, series

EIGHT = paris("2026-11-24 08:00")
pytestmark = pytest.mark.django_db


def gone(one: Series, holder: User, at: Any = AT) -> Use:
    return slot_gone(series_id=one.pk, starts_at=EIGHT, holder=holder, at=at)


def back(one: Series, holder: User, at: Any = AT) -> Use:
    return slot_not_gone(series_id=one.pk, starts_at=EIGHT, holder=holder, at=at)


def is_full(one: Series) -> bool:
    assert one.practitioner_id
    found = supply(practitioner_ids=[one.practitioner_id], start=AT, end=AT + timedelta(days=3))
    (slot,) = found.slots[one.practitioner_id, one.place_key]
    return slot.is_full


def doctor_of(one: Series) -> User:
    assert one.practitioner
    return User.objects.create(
        email="docteur@example.test", family_name="LOO", national_id=one.practitioner.national_id, created_at=AT
    )


def test_every_place_left_is_gone_and_those_of_orientations_stay_theirs() -> None:
    one, ada = plage(), regulator(1)
    take_place(series_id=one.pk, starts_at=EIGHT, by=BY, at=AT)
    hold_place(series_id=one.pk, starts_at=EIGHT, holder=ada, at=AT)
    use = gone(one, ada)
    assert (use.taken, use.marked, use.gone, use.gone_by) == (6, 5, 5, ada.audit_label)
    assert is_full(one)
    assert not Hold.objects.exists()
    with pytest.raises(AgendaRefused, match=FULL):
        gone(one, ada)
    assert AuditLine.objects.filter(act="say_slot_gone", actor=ada.audit_label).count() == 1


def test_a_mistake_is_undone_for_a_minute_by_its_author_alone() -> None:
    one, ada = series(), regulator(1)
    gone(one, ada)
    with pytest.raises(AgendaRefused):
        back(one, regulator(2))
    with pytest.raises(AgendaRefused):
        back(one, ada, AT + timedelta(seconds=61))
    assert back(one, ada, AT + timedelta(seconds=60)).taken == 0
    assert not is_full(one)
    with pytest.raises(AgendaRefused):
        back(one, ada)


def test_the_doctor_is_told_once_the_minute_is_over_if_it_still_stands() -> None:
    one, ada = series(), regulator(1)
    doctor = doctor_of(one)
    use = gone(one, ada)
    assert tell_owner(use_id=use.pk, said_at=AT - timedelta(seconds=1), by="tâche", at=AT) == 0
    assert tell_owner(use_id=use.pk, said_at=AT, by="tâche", at=AT) == 1
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.about) == (doctor.email, doctor.audit_label)
    assert "mardi 24 novembre 2026 à 8 h 00 n’était plus libre" in mail.text
    assert one.practitioner
    assert f"/agenda/{one.practitioner.national_id}/" in mail.html


def test_the_doctor_is_not_told_of_what_was_taken_back() -> None:
    one, ada = series(), regulator(1)
    doctor_of(one)
    use = gone(one, ada)
    back(one, ada)
    assert tell_owner(use_id=use.pk, said_at=AT, by="tâche", at=AT) == 0
    assert not OutgoingMail.objects.exists()


def test_the_agenda_of_the_doctor_says_who_took_it_until_the_doctor_opens_it_again() -> None:
    one = series()
    assert one.practitioner
    gone(one, regulator(1))
    subject = Subject(one.practitioner.national_id, "Dr", one.practitioner, None, Standing.OWN, BY)
    assert [block.state for block in blocks(subject)] == ["dit pris par la régulation"]
    use = unmark_taken(series=one, starts_at=EIGHT, by=BY, at=AT)
    assert (use.taken, use.gone) == (0, 0)
    assert [block.state for block in blocks(subject)] == [""]


def blocks(subject: Subject) -> Any:
    return day_page(subject, TUESDAY, AT).column.blocks


def test_what_is_withdrawn_or_over_is_gone_already() -> None:
    one, ada = series(), regulator(1)
    with pytest.raises(AgendaRefused, match=GONE):
        gone(one, ada, EIGHT + timedelta(hours=1))
    with pytest.raises(AgendaRefused, match=GONE):
        slot_gone(series_id=0, starts_at=EIGHT, holder=ada, at=AT)
