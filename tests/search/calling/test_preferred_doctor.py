"""The patient's own doctor: first, wherever they are, whatever is known of them; never guessed (platform.md §6)."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from sas.directory.models import PracticeLocation
from tests.factories import directory as factories
from tests.factories.orientation import lrm
from tests.search.conftest import Search, Town
from tests.search.reading import ASKED, PAGE, STREAM, Screen, cards, events

MARSEILLE: dict[str, Any] = {"insee": "13055", "department": "13", "city": "Marseille", "postal_code": "13001"}
MARSEILLE |= {"latitude": 43.2965, "longitude": 5.3698}


def named(family: str, given: str = "Camille", **where: Any) -> PracticeLocation:
    return factories.place(factories.practitioner(family_name=family, given_name=given), **where)


def first(answer: dict[str, Any]) -> list[str]:
    """Cards of the preferred doctor, which stand before all others."""
    flags = [card["preferred_doctor"] for card in answer["cards"]]
    assert flags == sorted(flags, reverse=True)
    return [card["id"] for card in answer["cards"] if card["preferred_doctor"]]


def said(answer: Any) -> str:
    found = BeautifulSoup(answer.content, "html.parser").find(id="remarques")
    return found.get_text(" ", strip=True) if found else ""


def test_they_stand_first_at_every_place_even_far_without_slots_and_of_another_specialty(
    town: Town, search: Search
) -> None:
    alpha = town.editor("Alpha")
    near = town.doctor(alpha, participates=True)
    person = factories.practitioner(family_name="QUENNEHEN")
    far = factories.place(person, specialty="SM04", savoir_faire="SM04", **MARSEILLE)
    here = factories.place(person, specialty="SM04", savoir_faire="SM04")
    town.open()
    answer = search(mt="Quennehen")
    assert first(answer) == [str(here.pk), str(far.pk)]
    assert [card["id"] for card in answer["cards"]][2:] == [str(near.pk)]
    assert {card["availability"] for card in answer["cards"][:2]} == {"none"}


def test_their_editors_are_asked_wherever_they_are(town: Town, search: Search) -> None:
    alpha = town.editor("Alpha")
    doctor = town.doctor(alpha, of=factories.practitioner(family_name="QUENNEHEN"), **MARSEILLE)
    town.open()
    answer = search(mtid=f"P:{doctor.national_id}")
    assert first(answer) == [str(doctor.pk)]
    assert answer["cards"][0]["slots"]


def test_one_who_is_in_the_circle_stands_once_and_so_on_the_next_pages(
    search: Search, settings: Any, regulator: Client
) -> None:
    settings.SAS_SEARCH_LOT = 3
    doctor = named("QUENNEHEN", participates=True)
    others = {str(factories.place(participates=True).pk) for _ in range(7)}
    answer = search(mt="quennehen")
    assert first(answer) == [str(doctor.pk)]
    seen = [card["id"] for card in answer["cards"]]
    while answer["next"]:
        answer = regulator.get(answer["next"]).json()
        assert first(answer) == []
        seen += [card["id"] for card in answer["cards"]]
    assert sorted(seen) == sorted(others | {str(doctor.pk)})


def test_filters_and_a_cpts_never_hide_them(search: Search) -> None:
    doctor = named("QUENNEHEN")
    assert first(search(mt="quennehen", participe="1", modalite="VR", connu="1")) == [str(doctor.pk)]


@pytest.mark.parametrize("typed", ["Dr Camille QUENNEHEN", "quennehen camille", "Docteur Quennehen", "QUENNEHÉN"])
def test_titles_order_case_and_accents_do_not_count(search: Search, typed: str) -> None:
    doctor = named("QUENNEHEN")
    assert first(search(mt=typed)) == [str(doctor.pk)]


def test_pitfall_23_a_homonym_of_the_same_department_is_preferred_to_those_of_the_country(search: Search) -> None:
    here = named("MARTIN")
    named("MARTIN", **MARSEILLE)
    assert first(search(mt="Camille Martin")) == [str(here.pk)]


def test_pitfall_23_homonyms_are_offered_not_refused(regulator: Client) -> None:
    one, other = named("MARTIN"), named("MARTIN", line="2 RUE DES LILAS")
    named("MARTIN", **MARSEILLE)
    answer = regulator.get(PAGE, ASKED | {"mt": "Martin", "complet": "1"})
    assert answer.status_code == 200
    assert "Plusieurs médecins s’appellent « Martin »" in said(answer)
    links = BeautifulSoup(answer.content, "html.parser").select("#remarques a")
    assert {str(link["href"]).partition("mtid=P%3A")[2][:12] for link in links} == {one.national_id, other.national_id}
    chosen = regulator.get(str(links[0]["href"]) + "&complet=1")
    assert said(chosen) == ""
    assert "médecin traitant" in chosen.content.decode().partition("<article")[2].partition("</article>")[0]


def test_the_beginning_of_a_name_is_offered_not_believed(regulator: Client) -> None:
    named("QUENNEHEN")
    answer = regulator.get(PAGE, ASKED | {"mt": "Quenn"})
    assert "non identifié" in said(answer)
    assert "Dr Camille QUENNEHEN, médecine générale, Lille (59)" in said(answer)


@pytest.mark.parametrize("sent", [{"mt": "Zzyzx"}, {"mtid": "P:810999999999"}, {"mt": "?"}, {"mt": "Dr"}])
def test_somebody_who_is_not_found_is_said_and_the_search_goes_on(regulator: Client, sent: dict[str, str]) -> None:
    place = factories.place(participates=True)
    answer = regulator.get(PAGE, ASKED | {"complet": "1"} | sent)
    assert answer.status_code == 200
    assert "Médecin traitant non identifié" in said(answer)
    assert cards(answer.content.decode()) == [str(place.pk)]


def test_a_nurse_of_that_name_is_nobodys_doctor(search: Search) -> None:
    factories.place(factories.practitioner(family_name="QUENNEHEN", profession="60"), specialty="60", savoir_faire="")
    assert first(search(mt="Quennehen")) == []


def test_the_card_says_so_from_the_first_page_and_is_renewed_in_place(town: Town, regulator: Client) -> None:
    factories.territory()
    lrm(origin="TEST-SAMU059")
    doctor = town.doctor(town.editor("Alpha"), of=factories.practitioner(family_name="QUENNEHEN"), **MARSEILLE)
    town.open()
    call = {
        "origin": "TEST-SAMU059",
        "inseecode": "59350",
        "practitioner": f"urn:oid:1.2.250.1.71.4.2.1|{doctor.national_id}",
    }
    answer = regulator.get(PAGE, call)
    screen = Screen(answer.content.decode())
    assert list(screen.cards) == [str(doctor.pk)]
    assert "médecin traitant" in screen.cards[str(doctor.pk)]
    assert "en cours" in screen.cards[str(doctor.pk)]
    live = BeautifulSoup(answer.content, "html.parser").find(id="recherche")
    assert live is not None
    assert str(live["sse-connect"]).startswith(STREAM)
    screen.follow(events(regulator.get(str(live["sse-connect"]))))
    assert "Alpha" in screen.cards[str(doctor.pk)]
    assert "en cours" not in screen.cards[str(doctor.pk)]
    assert 'value="Camille QUENNEHEN"' in answer.content.decode()


def test_the_counts_of_the_circle_leave_out_a_doctor_who_is_far(regulator: Client) -> None:
    factories.place(participates=True)
    named("QUENNEHEN", **MARSEILLE)
    page = regulator.get(PAGE, ASKED | {"mt": "Quennehen", "complet": "1"}).content.decode()
    assert "<strong>1 professionnel</strong> à moins de" in page


def test_people_are_proposed_while_the_name_is_typed(regulator: Client) -> None:
    doctor = named("QUENNEHEN")
    factories.structure(name="CPTS Quennehen")
    answer = regulator.get("/sas/suggestions/medecin", {"q": "quenn"}).json()
    assert [line["value"] for line in answer] == [f"P:{doctor.national_id}"]
