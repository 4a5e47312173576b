"""What operators see of the Hub, and what they do about it."""

from dataclasses import replace as changed
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.lrm.beats import TOO_OLD, beat
from sas.lrm.envelopes import Ack, HubError
from sas.lrm.models import Message, RelayBeat
from sas.lrm.returns import record_return
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.lrm.told import AT, SAMU_59, lrm, queued

pytestmark = pytest.mark.django_db
HUB = "/exploitation/hub/"


@pytest.fixture
def operator() -> Client:
    user, _ = create_account(email="x@example.org", roles=[Role.NATIONAL_ADMIN], territories=[], by="test", at=AT)
    return signed_in_client(user)


def text_of(client: Client, path: str = HUB) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


def refused(code: int = 300) -> Message:
    message = queued(lrm())
    record_return(HubError(f"x_{uuid4()}", SAMU_59, message.uuid, code, "cause lue"), at=AT)
    message.refresh_from_db()
    return message


def test_the_page_says_that_the_platform_is_not_connected(operator: Client) -> None:
    queued(lrm())
    text = text_of(operator)
    assert "Non relié au Hub" in text
    assert "HUB_ENABLED" in text
    assert "SAMU 59 Régulo, fr.health.samu590 1 0 0 0 0 0" in text


def test_the_page_says_whether_a_relay_lives_and_why_it_is_not_connected(
    operator: Client, settings: LazySettings
) -> None:
    settings.SAS_HUB = changed(settings.SAS_HUB, enabled=True, client_id="fr.health.test.ptfsas")
    assert "Aucun relais en marche" in text_of(operator)
    now = timezone.now()
    told: dict[str, Any] = {"relay": uuid4(), "started_at": now, "published": 3, "unreadable": 0}
    beat(**told, connected=False, trouble="le Hub ne répond pas à temps", at=now)
    assert "Hub injoignable Le hub ne répond pas à temps." in text_of(operator)
    beat(**told, connected=True, trouble="", at=now)
    assert "Relié au Hub" in text_of(operator)
    assert "relié" in text_of(operator, "/exploitation/")
    beat(**told, connected=True, trouble="", at=now - timedelta(minutes=1))
    assert "Aucun relais en marche" in text_of(operator)


def test_a_refused_message_is_shown_with_its_reason_and_sent_again_under_a_new_id(operator: Client) -> None:
    message = refused()
    assert "contenu refusé" in text_of(operator)
    page = text_of(operator, f"{HUB}messages/{message.uuid}/")
    assert "cause lue" in page
    assert "Alix TESTEUR" in page
    answer = operator.post(f"{HUB}messages/{message.uuid}/renvoyer/", follow=True)
    assert "repart, sous un nouveau numéro" in answer.content.decode()
    again = Message.objects.get(replaces=message)
    assert (again.state, again.rank, again.payload) == ("waiting", 2, message.payload)
    message.refresh_from_db()
    assert not message.needs_hand
    assert AuditLine.objects.get(act="resend_message").target == f"message {message.uuid}"
    twice = operator.post(f"{HUB}messages/{message.uuid}/renvoyer/", follow=True)
    assert "version plus récente" in twice.content.decode()
    assert Message.objects.count() == 2


def test_what_the_samu_has_can_be_neither_sent_again_nor_abandoned(operator: Client) -> None:
    message = queued(lrm())
    record_return(Ack("x_1", SAMU_59, message.uuid), at=AT)
    for act, said in (("renvoyer", "ne peut pas être renvoyé"), ("abandonner", "Rien à abandonner")):
        answer = operator.post(f"{HUB}messages/{message.uuid}/{act}/", follow=True)
        assert said in answer.content.decode()
    assert not AuditLine.objects.filter(act__in=["resend_message", "abandon_message"]).exists()


def test_a_message_is_given_up_and_an_acknowledgement_that_comes_later_still_counts(operator: Client) -> None:
    message = refused()
    operator.post(f"{HUB}messages/{message.uuid}/abandonner/")
    message.refresh_from_db()
    assert (message.state, message.needs_hand) == ("abandoned", False)
    record_return(Ack("x_2", SAMU_59, message.uuid), at=AT)
    message.refresh_from_db()
    assert message.state == "acknowledged"


def test_all_that_ask_for_somebody_leave_at_once(operator: Client) -> None:
    samu = lrm()
    for _ in range(3):
        record_return(HubError(f"x_{uuid4()}", SAMU_59, queued(samu).uuid, 501, ""), at=AT)
    answer = operator.post(f"{HUB}renvoyer/", follow=True)
    assert "Messages renvoyés : 3" in answer.content.decode()
    assert Message.objects.filter(state="waiting").count() == 3
    assert "Aucun message" in operator.post(f"{HUB}renvoyer/", follow=True).content.decode()


def test_a_samu_that_answers_nothing_is_shown_and_nothing_is_sent_again(operator: Client) -> None:
    message = queued(lrm())
    message.state, message.published_at = "published", timezone.now() - timedelta(hours=1)
    message.save()
    assert "Sans accusé de réception (1)" in text_of(operator)
    assert "Sans accusé de réception" in text_of(operator, "/exploitation/")
    assert Message.objects.count() == 1


def test_what_waited_for_a_week_is_given_up_and_dead_relays_are_forgotten() -> None:
    old, recent = queued(lrm()), queued(lrm("SAS-62", "fr.health.samu620"), at=AT + timedelta(days=7))
    told: dict[str, Any] = {"connected": True, "trouble": "", "published": 0, "unreadable": 0}
    beat(relay=uuid4(), started_at=AT, at=AT, **told)
    beat(relay=uuid4(), started_at=AT, at=AT + timedelta(days=7, seconds=1), **told)
    old.refresh_from_db()
    recent.refresh_from_db()
    assert (old.state, old.trouble, recent.state) == ("abandoned", TOO_OLD, "waiting")
    assert RelayBeat.objects.count() == 1


def test_an_unknown_message_is_not_found(operator: Client) -> None:
    assert operator.get(f"{HUB}messages/{uuid4()}/").status_code == 404
