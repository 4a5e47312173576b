"""Who can sign in: made, read, searched, changed."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.pro_sante_connect.people import People, PeopleError, person, profession_of, read_people, subject_of


def test_a_person_is_believable_by_default() -> None:
    physician = person("810000000001", "DURAND", "Zoé")
    (practice,) = physician["SubjectRefPro"]["exercices"]
    assert (practice["codeProfession"], practice["codeSavoirFaire"]) == ("10", "SM54")
    assert physician["otherIds"] == [{"identifiant": "810000000001", "origine": "RPPS", "qualite": 1}]
    assert "email" not in physician
    assert json.loads(json.dumps(physician)) == physician


def test_a_nurse_has_no_specialty() -> None:
    nurse = person("0591234567", "PETIT", "Léa", profession="60", email="lea@exemple.invalid")
    (practice,) = nurse["SubjectRefPro"]["exercices"]
    assert (practice["codeTypeSavoirFaire"], practice["codeSavoirFaire"]) == ("", "")
    assert (profession_of(nurse), nurse["otherIds"][0]["origine"], nurse["email_verified"]) == (
        "Infirmier",
        "ADELI",
        False,
    )


def test_any_claim_can_be_said_otherwise() -> None:
    assert person("810000000001", "A", "B", SubjectRole=["60^x"], UITVersion="2.0")["UITVersion"] == "2.0"


@pytest.mark.parametrize(
    "people",
    [
        [{}],
        ["Zoé"],
        [{"SubjectNameID": ""}],
        [{"SubjectNameID": 8}],
        [{"SubjectNameID": "8\n"}],
        [person("8", "A", "B"), person("8", "C", "D")],
    ],
)
def test_people_that_cannot_be_used_are_named(people: list[dict[str, object]]) -> None:
    with pytest.raises(PeopleError, match=f"Personne n° {len(people)}"):
        People(people)


def test_a_file_is_a_list_of_people(tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    file.write_text(json.dumps([person("8", "DURAND", "Zoé")]))
    assert People(read_people(file)).get("8") == {"sub": subject_of("8"), **person("8", "DURAND", "Zoé")}
    for wrong in ("{}", "[", "\\xff"):
        file.write_text(wrong)
        with pytest.raises(PeopleError, match=r"people\.json"):
            read_people(file)


def test_nobody_cannot_be_changed_nor_removed() -> None:
    people = People([person("8", "DURAND", "Zoé")])
    with pytest.raises(KeyError):
        people.change("9", family_name="X")
    with pytest.raises(KeyError):
        people.remove("9")
    people.remove("8")
    assert (people.get("8"), len(people)) == (None, 0)


def test_somebody_without_a_name_nor_a_role_is_still_listed() -> None:
    ((national_id, claims),) = People([{"SubjectNameID": "8", "SubjectRole": "x"}]).search("sans nom")
    assert (national_id, profession_of(claims)) == ("8", "")


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_everybody_is_found_by_the_name_shown(family: str, given_name: str, other: str) -> None:
    people = People([person("810000000001", family, given_name)])
    assert len(people.search(family)) == len(people.search(given_name.upper().lower())) == 1
    assert len(people.search(other)) <= 1
