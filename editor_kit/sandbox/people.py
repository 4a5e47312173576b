"""Who the sandbox answers for: the seeded people of `inputs-ps.json`, and those of a `--people` file."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from sas.fhir.identifiers import practitioner_id

NATIONAL_ID = re.compile(r"[0-9A-Z][0-9A-Z/]{4,39}")

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class PeopleError(Exception):
    """The people file cannot be used; the message is French and says what to mend."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """A place of practice. `structure_id` is the prefixed IDNST; without one, RPPS + rank stands for it (§2.5)."""

    line: Text
    postal_code: Annotated[str, msgspec.Meta(pattern="^[0-9]{5}$")]
    city: Text
    name: Text | None = None
    structure_id: Annotated[str, msgspec.Meta(pattern="^[0-9][0-9AB]{8,16}$")] | None = None
    insee: Annotated[str, msgspec.Meta(pattern="^[0-9][0-9AB][0-9]{3}$")] | None = None
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    timezone: str = "Europe/Paris"

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this place's hours are kept."""
        return zone(self.timezone)


class Person(msgspec.Struct, frozen=True, gc=False):
    """A practitioner. `density` is the share of the day's steps still free (0 = no slot; absent = drawn by seed).

    `plan` names the hand-made day of a seeded person (`editor_kit.sandbox.agenda`); a people file cannot set it.
    """

    national_id: str
    family: Text
    given: Text
    places: Annotated[tuple[Place, ...], msgspec.Meta(min_length=1, max_length=9)]
    phone: Annotated[str, msgspec.Meta(pattern=r"^\+[0-9]{8,15}$")] | None = None
    specialty: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{2,10}$")] = "SM54"
    density: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    plan: str = ""

    @property
    def key(self) -> str:
        """The id of the FHIR resource: the national id, in the letters that FHIR allows."""
        return self.national_id.replace("/", "-")

    def structure_id(self, place_index: int) -> str:
        """The prefixed structure id of a place: FINESS or SIRET when known, else `4` + RPPS + rank."""
        known = self.places[place_index].structure_id
        return known or f"4{self.national_id[1:12]:0<11}{place_index + 1:03d}"


class People:
    """The sandbox's practitioners by national id. Reading only: shared by every request."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self._by_id: dict[str, Person] = {}
        self._by_key: dict[str, Person] = {}
        for person in people:
            if person.national_id in self._by_id:
                raise PeopleError(f"L’identifiant {person.national_id} figure deux fois parmi les praticiens.")
            self._by_id[person.national_id] = person
            self._by_key[person.key] = person

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_id.values())

    def find(self, asked: str) -> Person | None:
        """Whoever bears this id, prefixed or not (§1.1: matching must work either way)."""
        return self._by_id.get(asked) or self._by_id.get(practitioner_id(asked).value)

    def by_key(self, key: str) -> Person | None:
        """Whoever has this resource id."""
        return self._by_key.get(key)


@cache
def zone(name: str) -> ZoneInfo:
    """A time zone by name, one object each: thousands of places share a handful."""
    return ZoneInfo(name)


def read_people(path: Path) -> tuple[Person, ...]:
    """The people of a `--people` file (a JSON list). Raises PeopleError with a message for the person who wrote it."""
    try:
        people = msgspec.json.decode(path.read_bytes(), type=tuple[Person, ...])
    except OSError as error:
        raise PeopleError(f"Impossible de lire {path} : {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PeopleError(f"{path} n’est pas une liste de praticiens valable : {error}.") from error
    check_people(people)
    return people


def check_people(people: Iterable[Person]) -> None:
    """Refuse what the shape alone cannot: malformed ids, unknown time zones, private plans."""
    for rank, person in enumerate(people):
        if not NATIONAL_ID.fullmatch(person.national_id):
            raise PeopleError(f"Praticien n° {rank + 1} : « {person.national_id} » n’est pas un identifiant national.")
        if person.plan:
            raise PeopleError(f"Praticien n° {rank + 1} : « plan » est réservé aux praticiens du bac à sable.")
        for place in person.places:
            try:
                zone(place.timezone)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise PeopleError(f"Praticien n° {rank + 1} : fuseau inconnu « {place.timezone} ».") from error


def read_inputs() -> dict[str, str | list[str]]:
    """The kit's inputs file for the profile `ps` (interfaces.md §3)."""
    raw = resources.files("editor_kit.sandbox").joinpath("inputs-ps.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, str | list[str]])


def seeded_people() -> tuple[Person, ...]:
    """The people that `inputs-ps.json` names (interop.md §10.15), each with a hand-made day."""
    inputs = read_inputs()

    def person(key: str, plan: str, family: str, given: str, phone: str, *places: Place) -> Person:
        return Person(str(inputs[key]), family, given, places, phone=phone, plan=plan)

    return (
        person("practitioner_id", "complete", "Delattre", "Élise", "+33320000011", _LILLE),
        person("practitioner_id2", "complete", "Vandamme", "Hugues", "+33320000022", _ROUBAIX, _TOURCOING),
        person("practitioner_id3", "simple", "Lefebvre", "Maëlle", "+33320000033", _ARMENTIERES),
        person("practitioner_id4", "simple", "N’Diaye", "Awa", "+33320000044", _LILLE),
        person("practitioner_empty", "empty", "Carpentier", "Noël", "+33320000055", _ROUBAIX),
        person("practitioner_walkin", "walkin", "Lemaire", "Côme", "+33320000066", _TOURCOING),
        person("practitioner_adeli", "simple", "Dubois", "Inès", "+33320000077", _ARMENTIERES),
    )


_LILLE = Place("12 rue des Essais", "59000", "Lille", "Cabinet des Essais", "1599990011", "59350", 50.6329, 3.0586)
_ROUBAIX = Place(
    "3 place du Modèle", "59100", "Roubaix", "Maison de santé du Modèle", "1599990022", "59512", 50.6915, 3.1741
)
_TOURCOING = Place(
    "45 boulevard Fictif",
    "59200",
    "Tourcoing",
    "Cabinet du boulevard Fictif",
    "399999999000033",
    "59599",
    50.7236,
    3.1609,
)
_ARMENTIERES = Place("8 rue de l’Exemple", "59280", "Armentières", None, None, "59017", 50.6881, 2.8811)
