"""Names while they are typed: prefix, given name first, a letter wrong, those of the department first."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas.directory.models import Practitioner
from sas.directory.names_search import suggest_names
from tests.factories import directory as make

pytestmark = pytest.mark.django_db


def person(family: str, given_name: str = "Camille", **place: Any) -> Practitioner:
    of = make.practitioner(family_name=family, given_name=given_name)
    make.place(of, **place)
    return of


def labels(text: str, **asked: Any) -> list[str]:
    return [line.label for line in suggest_names(text, **asked)]


@pytest.mark.parametrize(
    "typed", ["lef", "LEFÈV", "lefevre é", "élodie lef", "elodie lefevre", "Lefvre élodie", "lefevre elodi"]
)
def test_a_person_is_proposed_while_the_name_is_typed(typed: str) -> None:
    someone = person("LEFÈVRE", "Élodie")
    person("MARTIN")

    (line,) = suggest_names(typed)

    assert (line.kind, line.value) == ("person", f"P:{someone.national_id}")
    assert (line.label, line.detail) == ("DR Élodie LEFÈVRE", "Médecine générale, Lille (59)")


@pytest.mark.parametrize("typed", ["hop", "saint vinc", "vincent", "hopital st"])
def test_a_structure_is_proposed_by_any_of_its_words(typed: str) -> None:
    made = make.structure(kind="establishment", activity="hospital", name="Hôpital Saint-Vincent St", city="Lille")

    (line,) = suggest_names(typed)

    assert (line.value, line.detail) == (f"S:{made.national_id}", "Hôpital ou clinique, Lille")


def test_those_of_the_department_come_first() -> None:
    person("DUPONT", "Alice", department="62", city="Lens")
    person("DUPONT", "Zoé")
    make.structure(kind="msp", name="Dupont Santé", department="62")
    make.structure(kind="msp", name="Dupont Soins", department="59")

    assert labels("dupont", department="59") == ["DR Zoé DUPONT", "DR Alice DUPONT", "Dupont Soins", "Dupont Santé"]
    assert labels("dupont", department="62")[0] == "DR Alice DUPONT"


def test_who_has_no_place_any_more_is_not_proposed() -> None:
    person("DURAND", ended_on="2026-01-05")
    make.practitioner(family_name="DURANT")
    make.structure(name="Durand", ended_on="2026-01-05")

    assert suggest_names("duran") == []


def test_both_kinds_share_the_lines() -> None:
    for number in range(9):
        person(f"LILAS{number}")
        make.structure(name=f"Lilas {number}")

    kinds = [line.kind for line in suggest_names("lilas")]

    assert (kinds.count("person"), kinds.count("structure")) == (4, 4)
    assert len(suggest_names("lilas", limit=3)) == 3


@pytest.mark.parametrize("typed", ["", "a", "le", "%%%", "___", "a b c d e f g", "' OR 1=1 --"])
def test_too_little_or_too_much_proposes_nobody(typed: str) -> None:
    person("LEFÈVRE")

    assert suggest_names(typed) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80))
def test_any_text_is_survived(text: str) -> None:
    assert len(suggest_names(text)) <= 8


def test_a_letter_wrong_is_forgiven_to_a_structure_of_the_department() -> None:
    make.structure(kind="msp", name="Maison de santé Pasteur", department="59")

    assert labels("maison sante pastuer", department="59") == ["Maison de santé Pasteur"]
    assert labels("maison sante pastuer") == []
