"""The people of a sandbox: seeded ones, and those of a file."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from editor_kit.sandbox.people import People, PeopleError, read_people, seeded_people
from editor_kit.sandbox.running import SandboxOptions
from tests.editor_kit.sandbox.conftest import Editor, make_people

PERSON: dict[str, Any] = {
    "national_id": "810100000001",
    "family": "Martin",
    "given": "Zoé",
    "phone": "+33320123456",
    "specialty": "SM54",
    "density": 0.5,
    "places": [
        {
            "structure_id": "1590000011",
            "name": "Cabinet",
            "line": "1 rue du Test",
            "postal_code": "59000",
            "city": "Lille",
            "insee": "59350",
            "latitude": 50.6,
            "longitude": 3.0,
            "timezone": "Europe/Paris",
        }
    ],
}


def people_file(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "people.json"
    path.write_bytes(content if isinstance(content, bytes) else msgspec.json.encode(content))
    return path


def test_a_people_file_is_read_whole(tmp_path: Path) -> None:
    (person,) = read_people(people_file(tmp_path, [PERSON]))
    assert msgspec.json.decode(msgspec.json.encode(person)) == PERSON | {"plan": ""}


def test_only_names_and_one_place_are_needed(tmp_path: Path) -> None:
    place = {"line": "1 rue du Test", "postal_code": "59000", "city": "Lille"}
    least = {"national_id": "0591234567", "family": "M", "given": "Z", "places": [place], "phone": None}
    (person,) = read_people(people_file(tmp_path, [least]))
    assert (person.specialty, person.places[0].timezone, person.density) == ("SM54", "Europe/Paris", None)


def test_a_place_without_structure_gets_the_practitioners_id_and_rank() -> None:
    person = msgspec.structs.replace(make_people(1)[0], places=seeded_people()[6].places)
    assert person.structure_id(0) == "410100000000001"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "liste de praticiens"),
        (b"\xff\xfe", "liste de praticiens"),
        ({}, "liste de praticiens"),
        ([PERSON | {"family": ""}], "$[0].family"),
        ([PERSON | {"places": []}], "$[0].places"),
        ([PERSON | {"density": 2}], "$[0].density"),
        ([PERSON, PERSON | {"places": [PERSON["places"][0] | {"postal_code": "590"}]}], "$[1].places[0].postal_code"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_of_the_mistake(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(PeopleError) as caught:
        read_people(people_file(tmp_path, content))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"national_id": "../etc"}, "identifiant national"),
        ({"national_id": "8101000000é1"}, "identifiant national"),
        ({"plan": "complete"}, "réservé"),
        ({"places": [PERSON["places"][0] | {"timezone": "Europe/Lille"}]}, "Europe/Lille"),
        ({"places": [PERSON["places"][0] | {"timezone": "../etc/passwd"}]}, "fuseau"),
    ],
)
def test_what_the_shape_alone_cannot_refuse_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(PeopleError, match=said):
        read_people(people_file(tmp_path, [PERSON | change]))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PeopleError, match=r"people\.json"):
        read_people(tmp_path / "people.json")


def test_nobody_is_there_twice() -> None:
    with pytest.raises(PeopleError, match="deux fois"):
        People([*make_people(1), *make_people(1)])


class TestServed:
    @pytest.fixture
    def sandbox_options(self) -> SandboxOptions:
        return {"people": make_people(25, density=0.5)}

    async def test_the_people_of_a_file_are_served_beside_the_seeded_ones(self, editor: Editor) -> None:
        bundle = await editor.bundle(*(person.national_id for person in make_people(25)))
        asked = {
            entry["resource"]["id"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Practitioner"
        }
        assert asked == {person.key for person in make_people(25)}
        assert editor.sandbox.state()["people"] == 25 + len(seeded_people())
