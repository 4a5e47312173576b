"""What people read of an orientation, and who may read it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404

from sas.accounts.models import StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.orientation import services, wording
from sas.orientation.models import Orientation
from sas.orientation.queries import events_of, orientation_for
from sas.orientation.services import Act, Actor, Reason, Receiver
from tests.factories import directory
from tests.factories import orientation as make
from tests.factories.agenda import AT, plage, series, spot

pytestmark = pytest.mark.django_db
NBSP = "\N{NO-BREAK SPACE}"


def test_the_patient_is_told_who_when_where_and_which_public_phone(sender: User) -> None:
    place = directory.place(phone="+33320000000", phone_override="+33320999999", overridden_by="x", overridden_at=AT)
    sent = make.en_sus(sender, Receiver(location_id=place.pk), starts_at=AT + timedelta(hours=7, minutes=40))
    assert wording.patient_text(sent, AT) == (
        f"Rendez-vous aujourd’hui 14{NBSP}h{NBSP}40 : Dr Camille {place.family_name}.\n"
        "Adresse : 1 RUE DES LILAS, 59000 Lille.\n"
        "Téléphone : 03 20 00 00 00."
    )
    sent.modality = "VR"
    assert "En téléconsultation." in wording.patient_text(sent, AT)


def test_the_clock_of_the_place_is_named_for_whoever_reads_another(sender: User) -> None:
    reunion = directory.place(timezone="Indian/Reunion", insee="97411", department="974", city="Saint-Denis")
    sent = make.on_agenda(sender, series(spot(reunion)))
    assert wording.when_text(sent, AT) == f"demain 8{NBSP}h{NBSP}00"
    assert wording.when_text(sent, AT, "Europe/Paris").endswith("(heure du lieu : La Réunion)")
    assert wording.when_text(make.en_sus(sender), AT, "Europe/Paris").endswith("00")


def test_states_and_events_are_said_in_words(sender: User) -> None:
    page = make.opened(sender)
    assert wording.state_words(page, AT) == "en attente de l’éditeur"
    assert wording.state_words(page, AT + timedelta(minutes=16)) == "à confirmer"
    act = {"orientation": page, "actor": Actor.REGULATOR, "by": "compte 1", "at": AT}
    gone = services.act_on(**act, act=Act.CANCEL, reason=Reason.TAKEN)  # type: ignore[arg-type]
    assert wording.state_words(gone, AT) == "annulée"
    assert [wording.event_words(event) for event in events_of(page)] == [
        "page de réservation de l’éditeur ouverte",
        "annulée : le créneau n’était plus libre",
    ]
    hospital = directory.structure(kind="establishment", name="CH de Lille")
    given: dict[str, Any] = {"structure_id": hospital.pk, "by": "compte 1", "at": AT}
    noted = services.note_advice(asking=make.asking(sender), **given)
    assert wording.state_words(noted, AT) == "conseil noté"
    assert wording.patient_text(noted, AT).startswith("À contacter : CH de Lille.")
    assert all(word and word[0].islower() for word in wording.EVENTS.values())


def seen_by(user: User, row: Orientation) -> bool:
    try:
        return orientation_for(User.objects.get(pk=user.pk), row.uuid, AT) == row
    except Http404:
        return False


def account(role: Role, *territories: str, national_id: str | None = None) -> User:
    user, _ = create_account(
        email=f"{uuid.uuid4()}@example.org", roles=[role], territories=territories, national_id=national_id,
        family_name="X", given_name="Y", by="test", at=AT,
    )  # fmt: skip
    return user


def test_an_orientation_is_seen_by_who_sent_who_receives_and_the_referent_alone(sender: User) -> None:
    place = directory.place()
    cds = directory.structure(kind="cds", name="CDS")
    directory.territory(code="SAS-02", label="SAS de l’Aisne")
    sent = make.on_agenda(sender, plage(spot(place)))
    there = make.en_sus(sender, Receiver(structure_id=cds.pk))
    doctor = account(Role.EFFECTOR, national_id=place.national_id)
    manager = account(Role.STRUCTURE_MANAGER)
    StructureAttachment.objects.create(user=manager, structure=cds, attached_at=AT)
    people = {
        "sender": sender,
        "doctor": doctor,
        "manager": manager,
        "referent": account(Role.TERRITORIAL_REFERENT, "SAS-59"),
        "referent elsewhere": account(Role.TERRITORIAL_REFERENT, "SAS-02"),
        "colleague": make.regulator("SAS-59"),
        "other doctor": account(Role.EFFECTOR, national_id=directory.place().national_id),
    }
    assert {name for name, user in people.items() if seen_by(user, sent)} == {"sender", "doctor", "referent"}
    assert {name for name, user in people.items() if seen_by(user, there)} == {"sender", "manager", "referent"}
    with pytest.raises(Http404):
        orientation_for(sender, uuid.uuid4(), AT)
