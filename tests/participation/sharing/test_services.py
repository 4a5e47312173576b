"""Partial sharing as dated periods; slots hidden by hand."""

import threading
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection

from sas.directory.models import Practitioner
from sas.participation.models import HiddenSlot, Visibility
from sas.participation.queries import visibility_now
from sas.participation.refusals import ChangedMeanwhile, ParticipationRefused
from sas.participation.sharing.rules import NO_LIMIT, Band, Limits
from sas.participation.sharing.services import hide_slot, limit_sharing, purge_hidden_slots, show_slot
from sas.participation.visibility import declare_visibility
from sas.web.models import AuditLine
from tests.factories import directory

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SNP_ONLY = Limits(types=frozenset({"SNP"}))


def slot_at(moment: datetime, who: str = "0123456789ab") -> str:
    return f"{who}-{int(moment.timestamp()) // 60:x}-f-2"


@pytest.fixture
def doctor(db: None) -> Practitioner:
    return directory.practitioner()


def test_sharing_is_a_dated_period_that_keeps_the_other_settings(doctor: Practitioner) -> None:
    Visibility.objects.create(
        practitioner=doctor, uses_editors=True, opted_out=True, starts_at=AT - timedelta(days=9), declared_by="test"
    )
    limit_sharing(practitioner=doctor, limits=SNP_ONLY, by="compte 1", at=AT)
    before, after = Visibility.objects.order_by("starts_at")
    assert (before.ends_at, before.limits) == (AT, {})
    assert (after.starts_at, after.ends_at, after.declared_by) == (AT, None, "compte 1")
    assert (after.uses_editors, after.opted_out, after.limits) == (True, True, {"types": ["SNP"]})
    assert visibility_now([doctor.pk])[doctor.pk].limits == SNP_ONLY
    line = AuditLine.objects.get(act="limit_sharing")
    assert (line.target, line.before, line.after) == (
        doctor.national_id, {"limits": {}}, {"limits": {"types": ["SNP"]}}
    )  # fmt: skip


def test_the_same_limits_again_write_nothing(doctor: Practitioner) -> None:
    for _ in range(2):
        limit_sharing(practitioner=doctor, limits=SNP_ONLY, by="compte 1", at=AT)
    assert Visibility.objects.count() == AuditLine.objects.count() == 1
    limit_sharing(practitioner=directory.practitioner(), limits=NO_LIMIT, by="compte 1", at=AT)
    assert Visibility.objects.count() == 1


def test_two_changes_of_one_instant_follow_each_other(doctor: Practitioner) -> None:
    limit_sharing(practitioner=doctor, limits=SNP_ONLY, by="compte 1", at=AT)
    limit_sharing(practitioner=doctor, limits=NO_LIMIT, by="compte 1", at=AT)
    assert visibility_now([doctor.pk])[doctor.pk].limits == NO_LIMIT


def test_a_stale_page_is_told_who_changed_it(doctor: Practitioner) -> None:
    seen = limit_sharing(practitioner=doctor, limits=SNP_ONLY, by="compte 1", at=AT)
    limit_sharing(practitioner=doctor, limits=Limits(per_day=2), expected=seen.pk, by="compte 2", at=AT)
    with pytest.raises(ChangedMeanwhile) as refused:
        limit_sharing(practitioner=doctor, limits=Limits(per_day=3), expected=seen.pk, by="compte 1", at=AT)
    assert refused.value.who == "compte 2"
    assert visibility_now([doctor.pk])[doctor.pk].limits == Limits(per_day=2)


def test_a_centre_shares_in_its_own_name(db: None) -> None:
    centre = directory.structure(kind="cds")
    limit_sharing(structure=centre, limits=SNP_ONLY, by="compte 1", at=AT)
    assert Visibility.objects.get().structure == centre


@pytest.mark.django_db(transaction=True)
def test_two_savings_at_once_leave_one_current_period() -> None:
    doctor = directory.practitioner()
    start = threading.Barrier(2)

    def save(per_day: int) -> None:
        start.wait()
        limit_sharing(practitioner=doctor, limits=Limits(per_day=per_day), by=f"compte {per_day}", at=AT)
        connection.close()

    both = [threading.Thread(target=save, args=(number,)) for number in (1, 2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert Visibility.objects.count() == AuditLine.objects.count() == 2
    assert Visibility.objects.filter(ends_at=None).count() == 1


def test_a_slot_is_hidden_once_and_shown_again(doctor: Practitioner) -> None:
    slot = slot_at(AT + timedelta(hours=3))
    for _ in range(2):
        hide_slot(practitioner=doctor, slot_id=slot, by="compte 1", at=AT)
    row = HiddenSlot.objects.get()
    assert (row.slot_id, row.starts_at) == (slot, AT + timedelta(hours=3))
    assert visibility_now([doctor.pk])[doctor.pk].hidden == {slot}
    for _ in range(2):
        show_slot(practitioner=doctor, slot_id=slot, by="compte 1", at=AT)
    assert not HiddenSlot.objects.exists()
    acts = AuditLine.objects.order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["hide_slot", "show_slot"]


def test_the_audit_trail_never_tells_when_a_doctor_consults(doctor: Practitioner) -> None:
    """It is read by others than searching regulators and the doctor (platform.md §10)."""
    bands = (Band(1, time(8, 40), time(11, 35)), Band(3, time(8, 40), time(11, 35)))
    limit_sharing(practitioner=doctor, limits=Limits(bands=bands, per_day=2), by="compte 1", at=AT)
    declare_visibility(of=doctor, opted_out=True, by="compte 1", at=AT + timedelta(minutes=1))
    slot = slot_at(AT + timedelta(hours=3))
    hide_slot(practitioner=doctor, slot_id=slot, by="compte 1", at=AT)
    show_slot(practitioner=doctor, slot_id=slot, by="compte 1", at=AT)
    said = [f"{line.before} {line.after}" for line in AuditLine.objects.all()]
    assert "'bands': 2" in said[0] + said[-1]
    assert not [line for line in said if "08:40" in line or f"{AT + timedelta(hours=3):%Y-%m-%dT%H}" in line]


PAST, TOO_FAR = slot_at(AT - timedelta(hours=1)), slot_at(AT + timedelta(days=99))


@pytest.mark.parametrize("slot", ["", "x" * 30, "a12-1bdc6f0", PAST, TOO_FAR, "0" * 12 + "-1-1-1"])
def test_what_is_no_slot_to_come_is_refused(doctor: Practitioner, slot: str) -> None:
    with pytest.raises(ParticipationRefused, match="rechargez"):
        hide_slot(practitioner=doctor, slot_id=slot, by="compte 1", at=AT)
    show_slot(practitioner=doctor, slot_id=f"{slot}\0", by="compte 1", at=AT)


def test_hidden_slots_are_forgotten_once_they_start(doctor: Practitioner) -> None:
    for hours in (1, 3):
        hide_slot(practitioner=doctor, slot_id=slot_at(AT + timedelta(hours=hours)), by="compte 1", at=AT)
    assert purge_hidden_slots(by="tâche", at=AT + timedelta(hours=2)) == 1
    assert purge_hidden_slots(by="tâche", at=AT + timedelta(hours=2)) == 0
    assert HiddenSlot.objects.get().starts_at == AT + timedelta(hours=3)
    assert AuditLine.objects.filter(act="purge_hidden_slots").count() == 1
