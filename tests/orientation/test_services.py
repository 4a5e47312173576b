"""Sending a patient by each path, and what is written of it."""

import uuid
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from bench.orientation_invariants import broken
from sas.accounts.models import RoleGrant, User
from sas.agenda.models import Use
from sas.agenda.uses import mark_taken
from sas.directory.models import Practitioner, Structure
from sas.lrm.models import Lrm, Message
from sas.orientation import services
from sas.orientation.models import Orientation, OrientationEvent
from sas.orientation.services import OrientationRefused, Receiver
from sas.participation.models import DeclaredStructure, Solicitation
from sas.participation.services import declare_participation
from sas.web.models import AuditLine
from tests.factories import directory
from tests.factories import orientation as make
from tests.factories.agenda import AT, BY, paris, plage, series, spot, spot_of_structure

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _what_is_always_true(db: None) -> Any:
    yield
    assert broken() == []


def cpts_member() -> tuple[Any, Structure]:
    """A doctor who takes part through a CPTS, and the CPTS."""
    place = directory.place()
    structure = directory.structure(kind="cpts", name="CPTS des Lilas", phone="+33320111111")
    declare_participation(practitioner=place.practitioner, via="cpts", structure=structure, by=BY, at=AT)
    return place, structure


def payloads() -> list[dict[str, Any]]:
    return list(Message.objects.order_by("pk").values_list("payload", flat=True))


def test_a_slot_of_the_agenda_becomes_a_booked_orientation_told_to_the_lrm(sender: User) -> None:
    place = directory.place()
    sent = make.on_agenda(sender, plage(spot(place)))
    assert (sent.path, sent.state, sent.category) == ("agenda", "booked", "PS")
    assert (sent.practitioner, sent.place_key, sent.modality) == (place.practitioner, place.place_key, "AMB")
    assert (sent.address, sent.phone) == ("1 RUE DES LILAS, 59000 Lille", "+33320000000")
    assert sent.practitioner_name == f"Dr Camille {place.family_name}"
    assert sent.starts_at == paris("2026-11-24 08:00")
    assert sent.territory is not None
    assert sent.territory.code == "SAS-59"
    assert Use.objects.get().taken == 1
    (payload,) = payloads()
    assert (payload["method"], payload["status"]) == ("CreateAppointment", "booked")
    assert payload["appointmentId"] == str(sent.uuid)
    assert payload["regulator"]["regulatorEmail"] == sender.email
    (line,) = AuditLine.objects.filter(act="orient_to_slot")
    assert line.target == f"orientation {sent.uuid}"
    assert "08" not in str(line.after)
    (event,) = OrientationEvent.objects.all()
    assert (event.act, event.before, event.after, event.detail) == ("oriented", "", "booked", {"side": "regulator"})


def test_the_same_request_twice_is_one_orientation_even_of_the_last_place(sender: User) -> None:
    slot, asked = make.slot_ids(series())[0], make.asking(sender)
    given: dict[str, Any] = {"asking": asked, "slot": slot, "modality": "", "by": BY, "at": AT}
    first = services.orient_to_slot(**given)
    assert services.orient_to_slot(**given) == first
    assert Use.objects.get().taken == 1
    with pytest.raises(OrientationRefused, match="places"):
        services.orient_to_slot(**given | {"asking": make.asking(sender)})


def test_a_slot_that_is_none_or_over_or_of_another_modality_is_refused_and_takes_nothing(sender: User) -> None:
    both = series(modalities=("AMB", "VR"))
    for slot, modality, at in (
        ("nothing", "", AT),
        (make.slot_ids(both)[0], "HH", AT),
        (make.slot_ids(both)[0], "", AT + timedelta(days=3)),
    ):
        with pytest.raises(OrientationRefused):
            services.orient_to_slot(asking=make.asking(sender), slot=slot, modality=modality, by=BY, at=at)
    assert not Orientation.objects.exists()
    assert not Use.objects.filter(taken__gt=0).exists()
    slot = make.slot_ids(both)[0]
    assert services.orient_to_slot(asking=make.asking(sender), slot=slot, modality="VR", by=BY, at=AT).modality == "VR"


def test_a_member_of_a_cpts_is_sent_patients_of_the_category_cpts_with_its_organisation(sender: User) -> None:
    place, structure = cpts_member()
    sent = make.on_agenda(sender, plage(spot(place)))
    assert (sent.category, sent.structure, sent.structure_name) == ("CPTS", structure, "CPTS des Lilas")
    assert sent.address.startswith("1 RUE DES LILAS")
    assert payloads()[0]["organization"] == {"organizationId": structure.national_id, "name": "CPTS des Lilas"}


def test_a_slot_of_a_structure_names_it_and_its_doctor(sender: User) -> None:
    doctor = directory.practitioner()
    sos = directory.structure(kind="sos_place", name="SOS Lille", national_id="312345678901234", line="2 rue Haute")
    sent = make.on_agenda(sender, plage(spot_of_structure(sos, doctor)))
    assert (sent.category, sent.structure, sent.practitioner) == ("SOS", sos, doctor)
    assert sent.address.startswith("2 rue Haute")


def test_en_sus_notes_the_call_as_accepted_by_whoever_was_called(sender: User) -> None:
    place, structure = cpts_member()
    through = make.en_sus(sender, Receiver(location_id=place.pk))
    assert (through.state, through.category, through.structure) == ("booked", "CPTS", structure)
    alone = make.en_sus(sender, Receiver(location_id=directory.place().pk), showed_slot=True)
    assert (alone.category, alone.showed_slot, through.showed_slot) == ("PS", True, False)
    calls = Solicitation.objects.order_by("pk").values_list("structure_id", "practitioner_id", "outcome")
    assert list(calls) == [(structure.pk, None, "accepted"), (None, alone.practitioner_id, "accepted")]


def test_en_sus_is_agreed_for_the_coming_72_hours(sender: User) -> None:
    for delta in (timedelta(minutes=-16), timedelta(hours=73)):
        with pytest.raises(OrientationRefused):
            make.en_sus(sender, starts_at=AT + delta)
    with pytest.raises(OrientationRefused, match="fin"):
        make.en_sus(sender, starts_at=AT, ends_at=AT)
    assert make.en_sus(sender, starts_at=AT - timedelta(minutes=15)).pk
    assert Solicitation.objects.count() == 1


def test_a_structure_that_nobody_has_identified_is_not_solicited(sender: User) -> None:
    place = directory.place()
    said = DeclaredStructure.objects.create(
        kind="cpts", name="CPTS inconnue", contact="03 20 00 00 00", declared_by=BY, declared_at=AT
    )
    declare_participation(practitioner=place.practitioner, via="cpts", declared=said, by=BY, at=AT)
    with pytest.raises(OrientationRefused, match="pas encore identifiée"):
        make.en_sus(sender, Receiver(location_id=place.pk))
    with pytest.raises(OrientationRefused, match="annuaire"):
        make.en_sus(sender, Receiver(structure_id=999_999))
    with pytest.raises(OrientationRefused, match="qui reçoit"):
        make.en_sus(sender, Receiver())


def test_a_structure_names_its_doctor_later_and_the_lrm_is_told(sender: User) -> None:
    place, structure = cpts_member()
    sent = make.en_sus(sender, Receiver(structure_id=structure.pk))
    assert "practitioner" not in payloads()[0]
    given: dict[str, Any] = {"orientation": sent, "location_id": place.pk, "by": BY, "at": AT}
    named = services.name_doctor(**given, version=sent.version)
    assert (named.practitioner, named.address) == (place.practitioner, "1 RUE DES LILAS, 59000 Lille")
    assert payloads()[1]["practitioner"]["rppsId"] == place.national_id
    assert payloads()[1]["method"] == "UpdateAppointment"
    assert services.name_doctor(**given, version=sent.version).version == named.version  # the same words twice
    with pytest.raises(OrientationRefused, match="entre-temps") as refused:
        services.name_doctor(**given | {"location_id": directory.place().pk}, version=sent.version)
    assert refused.value.current == named


def test_only_an_appointment_en_sus_moves(sender: User) -> None:
    sent = make.en_sus(sender)
    later = AT + timedelta(hours=5)
    moved = services.move(orientation=sent, starts_at=later, ends_at=None, version=1, by=BY, at=AT)
    assert (moved.starts_at, moved.version) == (later, 2)
    assert [payload["start"] for payload in payloads()] == ["2026-11-23T08:00:00+01:00", "2026-11-23T12:00:00+01:00"]
    slot = make.on_agenda(sender, plage())
    with pytest.raises(OrientationRefused, match="autre créneau"):
        services.move(orientation=slot, starts_at=later, ends_at=None, version=1, by=BY, at=AT)


def test_advice_has_no_time_no_message_and_no_follow_up(sender: User) -> None:
    hospital = directory.structure(kind="establishment", name="CH de Lille")
    given: dict[str, Any] = {"structure_id": hospital.pk, "by": BY, "at": AT}
    noted = services.note_advice(asking=make.asking(sender), **given)
    assert (noted.path, noted.category, noted.starts_at, noted.structure_name) == ("advice", "", None, "CH de Lille")
    with pytest.raises(OrientationRefused, match="conseil"):
        acted(noted, "honour")
    assert acted(noted, "undo").state == "cancelled"
    assert payloads() == []


def acted(row: Orientation, act: str, actor: str = "regulator", **given: Any) -> Orientation:
    values: dict[str, Any] = {"by": BY, "at": AT} | given
    return services.act_on(orientation=row, act=services.Act(act), actor=services.Actor(actor), **values)


def test_a_page_opened_at_an_editor_is_told_once_somebody_has_confirmed_it(sender: User) -> None:
    place, editor = directory.place(), make.editor()
    never, kept = make.opened(sender, place, editor), make.opened(sender, place, editor)
    assert (kept.path, kept.state, kept.editor) == ("editor", "pending", editor)
    assert kept.expected_at == AT + timedelta(minutes=15)
    acted(never, "cancel", reason=services.Reason.NOT_BOOKED)
    assert payloads() == []
    acted(kept, "confirm")
    acted(kept, "cancel", reason=services.Reason.UNREACHABLE)
    assert [payload["status"] for payload in payloads()] == ["booked", "cancelled"]
    assert Orientation.objects.get(pk=kept.pk).reason == "unreachable"


def test_the_page_of_an_editor_opened_twice_is_one_orientation(sender: User) -> None:
    key, slot = uuid.uuid4(), make.chosen(directory.place(), make.editor(), via="msp")
    given: dict[str, Any] = {"slot": slot, "user": sender, "origin": "", "territory_id": None, "by": BY, "at": AT}
    assert services.open_editor_orientation(**given, key=key) == services.open_editor_orientation(**given, key=key)
    assert Orientation.objects.get().category == "MSP"


def test_a_cancelled_place_is_free_again_and_taken_again_by_undoing(sender: User) -> None:
    one = series()
    sent = make.on_agenda(sender, one)
    assert acted(sent, "cancel", reason=services.Reason.MISTAKE).state == "cancelled"
    assert Use.objects.get().taken == 0
    assert acted(sent, "cancel").version == 2  # twice is once
    back = acted(sent, "undo")
    assert (back.state, back.reason, Use.objects.get().taken) == ("booked", "", 1)
    assert [payload["status"] for payload in payloads()] == ["booked", "cancelled", "booked"]
    acted(sent, "cancel")
    mark_taken(series=one, starts_at=paris("2026-11-24 08:00"), by=BY, at=AT)
    with pytest.raises(OrientationRefused, match="reste annulée"):
        acted(sent, "undo")
    assert Orientation.objects.get().state == "cancelled"


def test_undoing_at_once_cancels_a_mistake_and_a_minute_later_is_too_late(sender: User) -> None:
    one, two = make.on_agenda(sender, plage()), make.en_sus(sender)
    undone = acted(one, "undo", at=AT + timedelta(seconds=60))
    assert (undone.state, undone.reason) == ("cancelled", "mistake")
    assert Use.objects.get().taken == 0
    with pytest.raises(OrientationRefused, match="trop tard"):
        acted(two, "undo", at=AT + timedelta(seconds=61))


def test_the_doctor_says_what_became_of_it_and_the_regulator_does_not_undo_that(sender: User) -> None:
    sent = make.on_agenda(sender, plage())
    after = AT + timedelta(days=2)
    assert acted(sent, "miss", "effector", at=after).state == "noshow"
    with pytest.raises(OrientationRefused, match="rechargez"):
        acted(sent, "undo", at=after)
    assert acted(sent, "honour", "effector", at=after).state == "fulfilled"
    with pytest.raises(OrientationRefused, match="honorée"):
        acted(sent, "cancel", at=after)
    assert [payload["status"] for payload in payloads()] == ["booked", "noshow", "fulfilled"]


def test_the_territory_is_the_one_said_else_that_of_the_calling_software_else_the_first(nord: Lrm) -> None:
    aisne = directory.territory(code="SAS-02", label="SAS de l’Aisne")
    away = directory.territory(code="SAS-13", label="SAS 13")
    make.lrm("SAS-02", "samu02", hub_client_id="fr.health.samu020")
    both = make.regulator("SAS-59")
    RoleGrant.objects.create(user=both, role="regulator", territory=aisne)
    both = User.objects.get(pk=both.pk)
    said = [
        make.en_sus(both).territory,
        make.en_sus(both, territory_id=nord.territory_id, origin="samu02").territory,
        make.en_sus(both, origin="samu02").territory,
        make.en_sus(both, territory_id=away.pk, origin="inconnu").territory,
        make.en_sus(make.regulator()).territory,
    ]
    assert [one.code if one else None for one in said] == ["SAS-02", "SAS-59", "SAS-02", "SAS-02", None]
    assert list(Orientation.objects.order_by("pk").values_list("lrm_origin", flat=True)) == [
        "", "samu02", "samu02", "", ""
    ]  # fmt: skip


def test_nobody_changes_or_deletes_an_event(sender: User) -> None:
    make.en_sus(sender)
    for write in (
        lambda: OrientationEvent.objects.update(act="nothing"),
        lambda: OrientationEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="events are only added"), transaction.atomic():
            write()


def test_times_are_those_of_the_place(sender: User) -> None:
    reunion = directory.place(timezone="Indian/Reunion", insee="97411", department="974", city="Saint-Denis")
    sent = make.on_agenda(sender, series(spot(reunion)))
    assert sent.timezone == "Indian/Reunion"
    assert sent.starts_at is not None
    assert sent.starts_at.astimezone(UTC).hour == 4
    assert payloads()[0]["start"] == "2026-11-24T08:00:00+04:00"
    assert Practitioner.objects.count() == 1
