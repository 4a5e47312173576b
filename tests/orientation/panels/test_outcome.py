"""What became of an orientation, for who made it: its state, what may be done, and nothing of others'."""

import uuid
from typing import Any

import pytest
from django.test import Client

from sas.accounts.models import User
from sas.agenda.models import Use
from sas.lrm.models import Message
from sas.orientation.models import Orientation
from sas.orientation.rules import Act, Actor
from sas.orientation.services import act_on
from tests.factories import orientation as make
from tests.factories.agenda import AT, plage
from tests.orientation.panels.conftest import Clock
from tests.orientation.panels.reading import BESIDE, form_of, press, soup, text_of


@pytest.fixture
def row(sender: User) -> Orientation:
    """On the agenda."""
    return make.on_agenda(sender, plage())


def page_of(row: Orientation) -> str:
    return f"/sas/orientations/{row.uuid}/"


def forms(answer: Any, ending: str) -> list[Any]:
    return [form for form in soup(answer).select("form") if str(form["action"]).endswith(ending)]


def test_it_says_who_when_where_how_far_the_lrm_knows_and_what_happened(client: Client, row: Orientation) -> None:
    said = text_of(client.get(page_of(row)))
    for part in ("confirmée", "À transmettre au SAMU 59", "demain 8 h 00", "1 RUE DES LILAS"):
        assert part in said
    assert "aujourd’hui 7 h 00 patient adressé sur un créneau de l’agenda SAS" in said
    assert "Mes orientations" in said


def test_it_is_undone_in_one_press_for_a_minute_and_the_place_is_free_again(
    client: Client, row: Orientation, clock: Clock
) -> None:
    clock.pass_by(20)
    page = client.get(page_of(row))
    assert "Annuler ( 40 s)" in text_of(page)
    undo = [form for form in forms(page, "/acte/") if form.select_one("input[value=undo]")]
    assert len(undo) == 1
    answer = client.post(undo[0]["action"], {"acte": "undo"}, follow=True)
    assert "annulée" in text_of(answer)
    assert "erreur de saisie" in text_of(answer)
    assert Use.objects.get().taken == 0
    assert "À dire ou à envoyer au patient" not in text_of(answer)


def test_after_a_minute_it_is_cancelled_with_a_reason(client: Client, row: Orientation, clock: Clock) -> None:
    clock.pass_by(61)
    page = client.get(page_of(row))
    assert not [form for form in forms(page, "/acte/") if form.select_one("input[value=undo]")]
    late = client.post(f"{page_of(row)}acte/", {"acte": "undo"})
    assert late.status_code == 409
    assert "trop tard" in text_of(late)
    answer = press(client, page, "/acte/", motif="declined")
    assert "le professionnel ne peut plus recevoir" in text_of(answer)


def test_what_was_refused_is_said_on_the_orientation_as_it_is(client: Client, row: Orientation) -> None:
    page = client.get(page_of(row))
    act_on(orientation=row, act=Act.HONOUR, actor=Actor.EFFECTOR, by="compte 9", at=row.starts_at or AT)
    answer = press(client, page, "/acte/", motif="declined")
    assert answer.status_code == 409
    assert "déjà honorée" in text_of(answer)


def test_nobody_reads_or_changes_that_of_somebody_else(other: Client, row: Orientation) -> None:
    address = page_of(row)
    assert other.get(address).status_code == 404
    assert other.get(f"{address}etat/", **BESIDE).status_code == 404
    for act in ("acte", "medecin", "heure"):
        assert other.post(f"{address}{act}/", {"acte": "cancel", "medecin": "1", "version": "1"}).status_code == 404
    assert other.get(f"/sas/orientations/cle/{row.key}/").status_code == 404


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("acte", {"acte": "burn"}),
        ("medecin", {"medecin": "x"}),
        ("heure", {}),
        ("acte", {"acte": "cancel", "motif": "editor"}),
    ],
)
def test_what_no_form_sends_is_refused(client: Client, row: Orientation, act: str, fields: dict[str, str]) -> None:
    assert client.post(f"{page_of(row)}{act}/", fields).status_code == 400


def test_it_is_found_by_the_key_that_the_page_drew(client: Client, row: Orientation) -> None:
    assert "confirmée" in text_of(client.get(f"/sas/orientations/cle/{row.key}/"))
    assert client.get(f"/sas/orientations/cle/{uuid.uuid4()}/", **BESIDE).status_code == 404


def test_a_page_that_waits_asks_again_until_something_changes(client: Client, sender: User, clock: Clock) -> None:
    row = make.opened(sender)
    page = client.get(page_of(row), **BESIDE)
    assert "en attente de l’éditeur" in text_of(page)
    assert "À dire ou à envoyer" not in text_of(page)  # no appointment is taken yet
    waiting = soup(page).select_one("[hx-get]")
    assert waiting
    assert client.get(str(waiting["hx-get"]), **BESIDE).status_code == 204
    act_on(orientation=row, act=Act.CONFIRM, actor=Actor.EFFECTOR, by="compte 9", at=AT)
    Message.objects.update(state=Message.State.ACKNOWLEDGED, published_at=AT, answered_at=AT)
    changed = client.get(str(waiting["hx-get"]), **BESIDE)
    assert "confirmée" in text_of(changed)
    assert "Transmise au SAMU 59, reçue à 7 h 00" in text_of(changed)
    assert not soup(changed).select_one("[hx-get]")


def test_after_two_minutes_it_asks_no_more(client: Client, sender: User, clock: Clock) -> None:
    row = make.opened(sender)
    waiting = soup(client.get(page_of(row))).select_one("[hx-get]")
    assert waiting
    clock.pass_by(121)
    last = client.get(str(waiting["hx-get"]), **BESIDE)
    assert (last.status_code, soup(last).select_one("[hx-get]")) == (200, None)
    assert client.get(str(waiting["hx-get"])).status_code == 302  # opened as a page: that of the orientation


def test_an_editor_that_said_nothing_is_confirmed_by_hand(client: Client, sender: User, clock: Clock) -> None:
    row = make.opened(sender)
    clock.pass_by(16 * 60)
    page = client.get(page_of(row))
    assert "à confirmer" in text_of(page)
    confirm = next(form for form in forms(page, "/acte/") if form.select_one("button[value=confirm]"))
    answer = client.post(confirm["action"], {"acte": "confirm"}, follow=True)
    assert "confirmée" in text_of(answer)
    assert form_of(answer, "/acte/")
