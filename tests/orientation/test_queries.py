"""What people read of an orientation."""

from datetime import timedelta
from typing import Any

import pytest

from sas.accounts.models import User
from sas.orientation import services, wording
from sas.orientation.queries import events_of
from sas.orientation.services import Act, Actor, Reason, Receiver
from tests.factories import directory
from tests.factories import orientation as make
from tests.factories.agenda import AT, series, spot

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
