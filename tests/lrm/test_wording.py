"""How far a message went, as regulators read it."""

from datetime import timedelta

import pytest

from sas.lrm.models import Message
from sas.lrm.wording import standing_text
from tests.lrm.told import AT, lrm, queued

pytestmark = pytest.mark.django_db


def test_every_state_has_its_words() -> None:
    message = queued(lrm())
    assert standing_text(message, False) == "à transmettre au SAMU 59 : plateforme non reliée au Hub Santé"
    assert standing_text(message, True) == "à transmettre au SAMU 59"
    said = {}
    message.answered_at = AT
    for state in Message.State:
        message.state = state
        said[str(state)] = standing_text(message, True)
    assert said["published"] == "transmise au SAMU 59, réception pas encore confirmée"
    assert said["acknowledged"] == "transmise au SAMU 59, reçue à 14 h 02"
    assert said["refused"] == "en erreur : refusée par le SAMU 59"
    assert said["abandoned"] == "non transmise au SAMU 59 : abandonnée par l’exploitation"
    message.state, message.trouble, message.needs_hand = "expired", "personne ne lit", True
    assert standing_text(message, True) == "en erreur : personne ne lit"


def test_another_day_is_named_and_the_hour_is_that_of_the_samu() -> None:
    message = queued(lrm("SAS-974", "fr.health.samu974"))
    message.lrm.territory.timezone = "Indian/Reunion"
    message.state, message.answered_at = "acknowledged", AT + timedelta(days=1)
    assert standing_text(message, True) == "transmise au SAMU 974, reçue le 21 novembre à 17 h 02"
