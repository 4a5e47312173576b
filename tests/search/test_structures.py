"""Structures in a search: fixed places of SOS Médecins, health centres, kinds of structures, names."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from sas.agenda.models import Unavailability
from sas.directory.models import Structure
from sas.directory.weekly_hours import read_day, to_json
from tests.factories import directory as factories
from tests.factories.directory import LILLE
from tests.search.conftest import MONDAY, Search, Town
from tests.search.reading import ASKED, PAGE
from tests.search.supplying import agenda, member, pause

API = "/api/v1/recherche"
HERE = LILLE | {"precision": "source", "line": "1 RUE DES LILAS"}


def structure(kind: str, **given: object) -> Structure:
    return factories.structure(**(HERE | {"kind": kind} | given))


@pytest.fixture
def sos(db: None) -> tuple[Structure, Structure]:
    """An association and its fixed place."""
    association = structure("sos", name="SOS Médecins Lille", participates=True)
    place = structure(
        "sos_place", name="Point Sud", parent=association, participates=True, regulation_phone="+33320777777"
    )
    return association, place


def test_a_fixed_place_of_sos_medecins_is_a_card_with_the_slots_of_its_agenda(
    town: Town, search: Search, sos: tuple[Structure, Structure]
) -> None:
    agenda(sos[1], 19, capacity=6)
    (card,) = search()["cards"]
    assert (card["id"], card["kind"], card["participates_via"]) == (f"s{sos[1].pk}", "sos", "sos")
    assert card["phone"] == "+33320777777"
    (slot,) = card["slots"]
    assert (slot["source"], slot["editor"], slot["booking"]) == ("agenda", None, "WALKIN")
    assert (slot["types"], slot["capacity"], slot["taken"]) == (["SNP"], 6, 0)


def test_the_card_of_a_fixed_place_names_its_association(
    town: Town, regulator: Client, sos: tuple[Structure, Structure]
) -> None:
    agenda(sos[1], 19, capacity=6)
    page = regulator.get(PAGE, ASKED | {"complet": "1"}).content.decode()
    assert "SOS Médecins Lille" in page
    assert "il reste 6 places sur 6" in page
    assert "à réserver par téléphone" in page


def test_a_health_centre_stands_among_general_practitioners_only(town: Town, search: Search) -> None:
    centre = structure("cds", name="Centre de santé des Lilas")
    agenda(centre)
    assert [card["kind"] for card in search()["cards"]] == ["structure"]
    factories.place(specialty="60", profession="60", savoir_faire="")
    assert "structure" not in [card["kind"] for card in search(text="infirmier", tous="1")["cards"]]


def test_a_structure_far_from_the_place_is_not_shown(town: Town, search: Search) -> None:
    agenda(structure("cds", latitude=43.3, longitude=5.4, department="13", insee="13055"))
    assert search()["cards"] == []


def test_a_structure_that_is_away_leaves_the_page(town: Town, search: Search) -> None:
    centre = structure("cds", participates=True)
    agenda(centre)
    Unavailability.objects.create(
        structure=centre, starts_at=MONDAY - timedelta(hours=1), declared_by="test", declared_at=MONDAY
    )
    assert search()["cards"] == []


def test_pharmacies_are_cards_by_distance_without_slots(town: Town, search: Search) -> None:
    far = structure("establishment", activity="pharmacy", name="PHARMACIE B", latitude=50.65)
    near = structure("establishment", activity="pharmacy", name="PHARMACIE A")
    structure("establishment", activity="laboratory", name="LABO")
    cards = search(text="pharmacie")["cards"]
    assert [card["id"] for card in cards] == [f"s{near.pk}", f"s{far.pk}"]
    assert {card["kind"] for card in cards} == {"structure"}
    assert {card["availability"] for card in cards} == {"none"}


def test_pages_of_structures_repeat_nobody(town: Town, regulator: Client, settings: Settings) -> None:
    settings.SAS_SEARCH_LOT = 3
    known = {
        f"s{structure('establishment', activity='pharmacy', name=f'P{n}', latitude=50.63 + n / 5000).pk}"
        for n in range(8)
    }
    url, met = None, []
    for _ in range(5):
        answer = (regulator.get(url) if url else regulator.get(API, ASKED | {"text": "pharmacie"})).json()
        met += [card["id"] for card in answer["cards"]]
        url = answer["next"]
        if url is None:
            break
    assert len(met) == 8
    assert set(met) == known


def test_a_number_of_finess_is_said_to_be_a_switchboard(town: Town, regulator: Client) -> None:
    structure("establishment", activity="pharmacy", name="PHARMACIE A", phone="+33320111111", source="finess")
    page = regulator.get(PAGE, ASKED | {"text": "pharmacie", "complet": "1"}).content.decode()
    assert "standard, source FINESS" in page


def test_an_establishment_leads_to_the_note_of_an_advice_and_to_no_appointment(town: Town, regulator: Client) -> None:
    one = structure("establishment", activity="pharmacy", name="PHARMACIE A")
    page = BeautifulSoup(regulator.get(PAGE, ASKED | {"text": "pharmacie", "complet": "1"}).content, "html.parser")
    (card,) = page.select("article.sas-card")
    (link,) = card.select("a[data-part=advice]")
    assert link["href"] == f"/sas/orientation/conseil/{one.pk}/"
    assert not card.select("a[data-part=en-sus]")
    assert "PHARMACIE A" in regulator.get(str(link["href"])).content.decode()


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (to_json(read_day(0, "8 h–19 h")), "ouvert"),
        (to_json(read_day(0, "14 h–19 h")), "fermé, ouvre à 14 h"),
        (to_json(read_day(2, "8 h–12 h")), "fermé, ouvre mercredi à 8 h"),
        (to_json(read_day(1, "8 h 30–12 h")), "fermé, ouvre demain à 8 h 30"),
        (None, None),
    ],
)
def test_a_card_says_whether_it_is_open(town: Town, regulator: Client, hours: object, said: str | None) -> None:
    structure("establishment", activity="pharmacy", name="PHARMACIE A", opening_hours=hours)
    page = regulator.get(PAGE, ASKED | {"text": "pharmacie", "complet": "1"})
    line = BeautifulSoup(page.content, "html.parser").select("p.sas-card__line")[0].get_text(" ", strip=True)
    assert line.endswith(said) if said else "ouv" not in line


@pytest.mark.parametrize("typed", ["maison médicale des lilas", "maison medicale lilas", "maison médicale des lila"])
def test_a_structure_is_found_by_its_name_with_its_members(town: Town, search: Search, typed: str) -> None:
    msp = structure("msp", name="MAISON MEDICALE DES LILAS")
    doctor = town.doctor(of=factories.practitioner(family_name="QUENNEHEN"))
    town.doctor()
    town.open()
    member(msp, doctor, via="msp")
    cards = search(text=typed)["cards"]
    assert {card["id"] for card in cards} == {f"s{msp.pk}", str(doctor.pk)}


def test_an_association_is_found_with_its_places(town: Town, search: Search, sos: tuple[Structure, Structure]) -> None:
    cards = search(text="sos médecins lille")["cards"]
    assert {card["id"] for card in cards} >= {f"s{sos[1].pk}"}


def test_whoever_was_chosen_in_the_list_is_found_wherever_they_are(town: Town, search: Search) -> None:
    far = town.doctor(latitude=43.3, longitude=5.4, department="13", insee="13055")
    town.doctor()
    town.open()
    assert [c["id"] for c in search(text="x", quoi=f"P:{far.national_id}")["cards"]] == [str(far.pk)]
    chosen = structure("establishment", name="CHU", latitude=43.3, longitude=5.4, department="13")
    assert [c["id"] for c in search(text="x", quoi=f"S:{chosen.national_id}")["cards"]] == [f"s{chosen.pk}"]


def test_who_is_paused_is_found_by_name_and_says_so(town: Town, regulator: Client, search: Search) -> None:
    doctor = town.doctor(town.editor("Alpha"), of=factories.practitioner(family_name="QUENNEHEN"), participates=True)
    town.open()
    agenda(doctor)
    pause(doctor, starts_at=MONDAY - timedelta(hours=1))
    assert search()["cards"] == []
    (card,) = search(text="quennehen")["cards"]
    assert card["slots"] == []
    page = regulator.get(PAGE, ASKED | {"text": "quennehen", "complet": "1"}).content.decode()
    assert "En pause, sans date de retour" in page


def test_a_slot_taken_the_second_before_is_no_longer_shown(town: Town, search: Search) -> None:
    doctor = town.doctor()
    town.open()
    offered = agenda(doctor)
    assert len(search()["cards"][0]["slots"]) == 1
    offered.delete()
    assert search()["cards"] == []


def test_queries_do_not_grow_with_structures_nor_agendas(town: Town, regulator: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert regulator.get(API, ASKED | {"rayon": "5"}).status_code == 200
        return len(captured)

    agenda(structure("cds"))
    agenda(town.doctor())
    town.open()
    queries()  # what a process reads once
    few = queries()
    for _ in range(6):
        agenda(structure("cds"))
        agenda(factories.place())
    assert queries() == few
