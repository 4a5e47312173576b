"""« Quoi » proposes what can be searched: specialties, kinds of structures, people, structures; each by its id."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from sas.directory.geocoding import Place
from sas.directory.vocabulary import discipline
from sas.search.criteria import MACHINE_MADE
from sas.search.names import chosen_name
from sas.search.suggestions import PEOPLE, SPECIALTIES, STRUCTURE_KINDS, STRUCTURES, what
from tests.factories import directory as factories
from tests.search.reading import PAGE, cards

WHAT = "/sas/suggestions/quoi"
LILLE = Place("Lille (59)", "city", 50.63, 3.06, "59", "Europe/Paris", "municipality", "test", "59350")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "group", "label"),
    [
        ("généraliste", SPECIALTIES, "Médecine générale"),
        ("kine", SPECIALTIES, "Masseur-kinésithérapeute"),
        ("dentiste", SPECIALTIES, "Chirurgien-dentiste"),
        ("pharmacie", STRUCTURE_KINDS, "Pharmacie"),
        ("labo", STRUCTURE_KINDS, "Laboratoire de biologie médicale"),
        ("urgences", STRUCTURE_KINDS, "Service d’urgences"),
    ],
)
def test_usual_words_lead_to_what_they_mean(typed: str, group: str, label: str) -> None:
    first = what(typed)[0]
    assert (first["group"], first["label"]) == (group, label)
    assert discipline(first["value"]) is not None


@pytest.mark.django_db
def test_groups_are_not_mixed() -> None:
    groups = [line["group"] for line in what("ce")]
    assert groups == sorted(groups, key=groups.index)


@pytest.fixture
def dupont(db: None) -> str:
    """A doctor with two places."""
    person = factories.practitioner(family_name="DUPONT", given_name="Élodie")
    factories.place(person, city="Roubaix", latitude=50.69, longitude=3.17)
    factories.place(person, city="Lille")
    return person.national_id


def test_somebody_is_proposed_once_with_their_id_and_a_town_of_the_department(dupont: str) -> None:
    (line,) = [line for line in what("dupon", LILLE) if line["group"] == PEOPLE]
    assert line["value"] == f"P:{dupont}"
    assert line["detail"] in ("Médecine générale, Lille (59)", "Médecine générale, Roubaix (59)")
    assert "DUPONT" in line["label"]


def test_a_structure_is_proposed_with_its_id(db: None) -> None:
    structure = factories.structure(name="Maison médicale des Lilas")
    (line,) = [line for line in what("maison médicale des lil") if line["group"] == STRUCTURES]
    assert (line["value"], line["label"]) == (f"S:{structure.national_id}", structure.name)


def test_whoever_is_chosen_is_found_by_id_without_another_search_of_the_name(dupont: str, regulator: Client) -> None:
    (line,) = [line for line in what("dupont") if line["group"] == PEOPLE]
    assert MACHINE_MADE["quoi"].fullmatch(line["value"])
    assert chosen_name(line["value"]) == ("P", dupont)
    asked = {"text": line["label"], "quoi": line["value"], "loc": "Lille 59000", "complet": "1"}
    assert len(cards(regulator.get(PAGE, asked).content.decode())) == 2


def test_two_letters_ask_no_table_of_names(dupont: str, regulator: Client) -> None:
    with CaptureQueriesContext(connection) as seen:
        what("du")
    assert len(seen) == 0
    with CaptureQueriesContext(connection) as seen:
        what("dupont")
    assert len(seen) <= 4


def test_the_place_chosen_already_goes_along_and_a_wrong_one_is_ignored(dupont: str, regulator: Client) -> None:
    for place in (LILLE.token(), "n’importe quoi", ""):
        lines = regulator.get(WHAT, {"q": "dupont", "lieu": place}).json()
        assert [line["value"] for line in lines if line["group"] == PEOPLE] == [f"P:{dupont}"]


@pytest.mark.django_db
@given(text=st.text(max_size=40))
def test_whatever_is_typed_something_is_answered(text: str) -> None:
    for line in what(text.replace("\x00", "")):
        assert set(line) == {"label", "value", "detail", "group"}
