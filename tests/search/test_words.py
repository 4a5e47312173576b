"""What the screen says of distances, of the order and of what to do next."""

import pytest
from django.test import Client

from sas.search.wording import distance_text
from tests.search.conftest import Town
from tests.search.reading import ASKED, PAGE


@pytest.mark.parametrize(
    ("metres", "approximate", "text"),
    [
        (0, False, "à 50 m"),
        (812, False, "à 800 m"),
        (2_430, False, "à 2,4 km"),
        (12_300, False, "à 12 km"),
        (0, True, "dans la commune"),
        (4_400, True, "à environ 4 km"),
    ],
)
def test_a_distance_is_said_as_precisely_as_it_is_known(metres: int, approximate: bool, text: str) -> None:
    assert distance_text(metres, approximate=approximate) == text


def test_an_area_says_that_its_order_is_drawn(town: Town, regulator: Client) -> None:
    town.doctor()
    town.open()
    page = regulator.get("/sas/recherche", {"text": "médecine générale", "loc": "Lille 59000", "complet": "1"})
    assert "Ordre : participants, puis tirage au sort" in page.content.decode()


def test_a_search_without_anybody_proposes_the_department(regulator: Client) -> None:
    page = regulator.get("/sas/recherche", {"text": "médecine générale", "loc": "Lille 59000", "complet": "1"})
    text = page.content.decode()
    assert "Tout le département Nord (59)" in text
    assert "Téléconsultation dans le département Nord (59)" in text


def test_slots_that_the_filters_leave_out_are_not_said_to_be_none(town: Town, regulator: Client) -> None:
    town.doctor(town.editor("Alpha"), participates=True)
    town.open()
    page = regulator.get(PAGE, ASKED | {"complet": "1", "delai": "0-4", "jour": "suivants"}).content.decode()
    assert "Les filtres cochés écartent tous les créneaux trouvés" in page
    assert "Aucun créneau publié" not in page
    assert "Retirer les filtres" in page


def test_nobody_who_participates_is_not_nobody(town: Town, regulator: Client) -> None:
    town.doctor()
    town.open()
    page = regulator.get(PAGE, ASKED | {"complet": "1", "participe": "1"}).content.decode()
    assert "Aucun participant au SAS dans cette spécialité" in page
    assert "ne connaît personne" not in page
    assert "Retirer les filtres" in page


def test_filters_of_the_complete_page_lead_to_a_complete_page(town: Town, regulator: Client) -> None:
    town.doctor()
    town.open()
    hidden = '<input type="hidden" name="complet" value="1">'
    assert hidden in regulator.get(PAGE, ASKED | {"complet": "1"}).content.decode()
    assert hidden not in regulator.get(PAGE, ASKED).content.decode()


def test_a_refused_radius_keeps_the_chosen_place(regulator: Client) -> None:
    page = regulator.get(PAGE, ASKED | {"quoi": "SM54", "lieu": "abc", "rayon": "beaucoup"})
    html = page.content.decode()
    assert page.status_code == 400
    assert 'data-chosen="SM54"' in html
    assert 'data-chosen="abc"' in html


@pytest.mark.parametrize("asked", [{}, ASKED, {"loc": "12 rue de Nulle-Part, Zzyzx"}])
def test_no_browser_keeps_a_page_that_may_name_an_address(regulator: Client, asked: dict[str, str]) -> None:
    assert regulator.get(PAGE, asked)["Cache-Control"] == "no-store"


def test_agendas_are_not_said_to_have_answered_when_nobody_was_asked(town: Town, regulator: Client) -> None:
    town.doctor()
    town.open()
    page = regulator.get(PAGE, ASKED | {"complet": "1"}).content.decode()
    assert "Aucun agenda interrogé" in page
    assert "ont répondu" not in page
