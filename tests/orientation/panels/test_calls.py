"""« En sus »: whom to call, what is noted in one key and shared, what was agreed and by which clock."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from sas.accounts.models import User
from sas.directory.models import PracticeLocation, Structure
from sas.orientation.models import Orientation
from sas.participation.models import Solicitation
from sas.participation.services import declare_participation
from sas.participation.solicitations.shown import signed
from tests.factories import directory
from tests.factories.agenda import AT, BY, paris
from tests.orientation.panels.conftest import Clock
from tests.orientation.panels.reading import SEARCH, fields_of, form_of, press, soup, text_of

LONG_AGO: dict[str, Any] = {"by": BY, "at": AT - timedelta(days=30)}


@pytest.fixture
def doctor(sender: User) -> PracticeLocation:
    """Who takes part on their own."""
    place = directory.place(phone_override="+33612345678", overridden_by=BY, overridden_at=AT)
    declare_participation(practitioner=place.practitioner, via="individual", **LONG_AGO)
    return place


@pytest.fixture
def cpts(sender: User) -> Structure:
    return directory.structure(name="CPTS DES QUAIS", regulation_phone="+33320111111")


def member(cpts: Structure, name: str) -> PracticeLocation:
    place = directory.place(directory.practitioner(family_name=name))
    declare_participation(practitioner=place.practitioner, via="cpts", structure=cpts, **LONG_AGO)
    return place


def page_of(key: object, **given: str) -> str:
    return f"/sas/orientation/en-sus/{key}/?{urlencode(given)}&{SEARCH}"


def test_the_panel_gives_the_number_for_regulators_and_nothing_that_was_not_said(
    client: Client, doctor: PracticeLocation
) -> None:
    said = text_of(client.get(page_of(doctor.pk)))
    assert "06 12 34 56 78" in said
    assert "noté" not in said
    assert "Qui reçoit" not in said


@pytest.mark.parametrize(
    ("outcome", "words"), [("no_answer", "Pas de réponse"), ("refused_today", "Ne peut pas aujourd’hui")]
)
def test_a_call_is_noted_in_one_press_and_read_by_colleagues(
    client: Client, other: Client, sender: User, doctor: PracticeLocation, outcome: str, words: str
) -> None:
    answer = press(client, client.get(page_of(doctor.pk)), "/appel/", issue=outcome)
    assert f"Noté : {words.lower()}." in text_of(answer)
    made = Solicitation.objects.get()
    assert (made.outcome, made.practitioner, made.made_by) == (outcome, doctor.practitioner, sender)
    said = text_of(other.get(page_of(doctor.pk)))
    assert f"{words}, noté aujourd’hui à 7 h 00 ({sender.full_name}, SAS du Nord)" in said


def test_a_call_noted_by_mistake_is_withdrawn_by_its_author_alone(
    client: Client, other: Client, doctor: PracticeLocation
) -> None:
    answer = press(client, client.get(page_of(doctor.pk)), "/appel/", issue="no_answer")
    withdraw = str(form_of(answer, "/retirer/")["action"])
    assert other.post(withdraw).status_code == 404
    assert client.post(withdraw).status_code == 302
    assert "noté" not in text_of(other.get(page_of(doctor.pk)))


def test_to_be_called_again_in_one_press_or_at_the_time_that_was_typed(
    client: Client, doctor: PracticeLocation, clock: Clock
) -> None:
    page = client.get(page_of(doctor.pk))
    press(client, page, "/appel/", issue="call_back")
    assert Solicitation.objects.get().call_back_at == AT + timedelta(minutes=30)
    clock.pass_by(60)
    answer = press(client, page, "/appel/", issue="call_back", rappel_heure="06:30")
    assert Solicitation.objects.latest("pk").call_back_at == paris("2026-11-24 06:30")
    assert "à rappeler demain à 6 h 30" in text_of(answer)


def test_what_is_no_time_is_said_and_nothing_is_noted(client: Client, doctor: PracticeLocation) -> None:
    answer = press(client, client.get(page_of(doctor.pk)), "/appel/", issue="call_back", rappel_heure="25:99")
    assert answer.status_code == 409
    assert "par exemple 14:40" in text_of(answer)
    assert client.post(page_of(doctor.pk).replace("/?", "/appel/?"), {"issue": "accepted"}).status_code == 400
    assert not Solicitation.objects.exists()


def test_accepted_at_a_quick_time_is_an_orientation_and_a_call(client: Client, doctor: PracticeLocation) -> None:
    token = signed(str(doctor.pk), False)
    page = client.get(page_of(doctor.pk, montre=token))
    first = form_of(page, "/accepte/").select("select[name=quand] option")[0]
    assert first.get_text().replace("\xa0", " ") == "dans 30 min (7 h 30)"
    answer = press(client, page, "/accepte/", modalite="AMB")
    row = Orientation.objects.get()
    assert (row.path, row.state, row.starts_at, row.ends_at) == (
        "overbooking", "booked", AT + timedelta(minutes=30), None,
    )  # fmt: skip
    assert (row.showed_slot, row.practitioner, row.category) == (False, doctor.practitioner, "PS")
    assert Solicitation.objects.get().outcome == "accepted"
    assert "Rendez-vous aujourd’hui 7 h 30" in text_of(answer)


def test_a_time_typed_is_that_of_the_clock_there(client: Client, sender: User) -> None:
    far = directory.place(timezone="Indian/Reunion", insee="97411", department="974", city="Saint-Denis")
    declare_participation(practitioner=far.practitioner, via="individual", **LONG_AGO)
    page = client.get(page_of(far.pk))
    press(client, page, "/accepte/", jour="2026-11-23", heure="14:40", duree="20")
    row = Orientation.objects.get()
    assert row.starts_at == paris("2026-11-23 11:40")
    assert row.ends_at == paris("2026-11-23 12:00")


def test_what_was_typed_stays_when_the_time_is_refused(client: Client, doctor: PracticeLocation) -> None:
    page = client.get(page_of(doctor.pk))
    answer = press(client, page, "/accepte/", jour="2026-11-23", heure="05:00", modalite="VR", duree="45")
    assert answer.status_code == 409
    assert "Cette heure est passée" in text_of(answer)
    kept = fields_of(form_of(answer, "/accepte/"))
    assert (kept["jour"], kept["heure"], kept["modalite"], kept["duree"]) == ("2026-11-23", "05:00", "VR", "45")
    assert not Orientation.objects.exists()
    fixed = press(client, answer, "/accepte/", heure="15:00")
    assert fixed.status_code == 200
    assert str(Orientation.objects.get().key) == kept["cle"]


def test_a_time_agreed_elsewhere_is_proposed(client: Client, doctor: PracticeLocation) -> None:
    given = {"debut": "2026-11-23T14:40:00+01:00", "fin": "2026-11-23T15:00:00+01:00", "modalite": "VR"}
    kept = fields_of(form_of(client.get(page_of(doctor.pk, **given)), "/accepte/"))
    assert (kept["jour"], kept["heure"], kept["modalite"], kept["duree"]) == ("2026-11-23", "14:40", "VR", "20")


@pytest.mark.parametrize("junk", [{"debut": "hier"}, {"debut": "2026-11-23T14:40:00"}, {"fin": "x", "montre": "faux"}])
def test_a_link_that_proposes_nonsense_proposes_nothing(
    client: Client, doctor: PracticeLocation, junk: dict[str, str]
) -> None:
    page = client.get(page_of(doctor.pk, **junk))
    assert page.status_code == 200
    assert fields_of(form_of(page, "/accepte/"))["heure"] == ""
    press(client, page, "/accepte/")
    assert Orientation.objects.get().showed_slot is None


def test_through_a_cpts_it_is_the_cpts_that_is_called_and_it_names_the_doctor_now(
    client: Client, cpts: Structure
) -> None:
    member(cpts, "ZOLA")
    wished = member(cpts, "HUGO")
    page = client.get(page_of(wished.pk))
    said = text_of(page)
    assert "CPTS DES QUAIS" in said
    assert "03 20 11 11 11" in said
    assert "03 20 00 00 00" not in said  # never its doctor
    doctors = form_of(page, "/accepte/").select("select[name=medecin] option")
    assert [one.get_text() for one in doctors] == [
        "la structure le dira plus tard", "Dr Camille HUGO, Lille", "Dr Camille ZOLA, Lille",
    ]  # fmt: skip
    press(client, page, "/accepte/", medecin=str(wished.pk))
    row = Orientation.objects.get()
    assert (row.structure, row.practitioner, row.category) == (cpts, wished.practitioner, "CPTS")
    assert Solicitation.objects.get().structure == cpts


def test_the_cpts_names_its_doctor_later(client: Client, cpts: Structure) -> None:
    doctor = member(cpts, "HUGO")
    made = press(client, client.get(page_of(f"s{cpts.pk}")), "/accepte/")
    assert Orientation.objects.get().practitioner is None
    assert "CPTS DES QUAIS" in text_of(made)
    named = press(client, made, "/medecin/", medecin=str(doctor.pk))
    assert Orientation.objects.get().practitioner == doctor.practitioner
    assert "Dr Camille HUGO (CPTS DES QUAIS)" in text_of(named)
    assert not [form for form in soup(named).select("form") if "/medecin/" in str(form["action"])]


def test_another_time_is_agreed_afterwards(client: Client, doctor: PracticeLocation) -> None:
    made = press(client, client.get(page_of(doctor.pk)), "/accepte/", jour="2026-11-23", heure="10:00", duree="20")
    moved = press(client, made, "/heure/", heure="11:30")
    row = Orientation.objects.get()
    assert (row.starts_at, row.ends_at) == (paris("2026-11-23 11:30"), paris("2026-11-23 11:50"))
    assert "aujourd’hui 11 h 30" in text_of(moved)
    stale = press(client, made, "/heure/", heure="12:00")
    assert stale.status_code == 409
    assert "a changé entre-temps" in text_of(stale)


@pytest.mark.parametrize("key", ["0", "s0", "x", "s", "99999999999999999999", "é", "s1e3"])
def test_a_key_that_names_nobody_is_a_refusal_and_never_a_fault(client: Client, key: str) -> None:
    assert client.get(page_of(key)).status_code == 409
    assert client.post(page_of(key).replace("/?", "/accepte/?")).status_code == 409
    assert client.post(page_of(key).replace("/?", "/appel/?"), {"issue": "no_answer"}).status_code == 409


def test_who_does_not_take_part_is_not_solicited(client: Client) -> None:
    place, structure = directory.place(), directory.structure()
    assert "ne participe pas au SAS" in text_of(client.get(page_of(place.pk)))
    assert "ne participe pas au SAS" in text_of(client.get(page_of(f"s{structure.pk}")))
