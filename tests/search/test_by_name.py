"""A name typed instead of a specialty finds the people around who bear it (platform.md §6)."""

from django.test import Client

from tests.factories import directory as factories
from tests.search.conftest import Search, Town
from tests.search.reading import PAGE, STREAM, Screen, events


def test_people_of_that_name_are_listed_each_with_their_own_specialty(town: Town, search: Search) -> None:
    alpha = town.editor("Alpha")
    person = factories.practitioner(family_name="QUENNEHEN", given_name="Élodie")
    near = town.doctor(alpha, of=person)
    far = town.doctor(
        of=factories.practitioner(family_name="QUENNEHEN"), latitude=50.5, specialty="60", savoir_faire=""
    )
    town.doctor(alpha)
    town.open()
    cards = search(text="quennehen")["cards"]
    assert [card["id"] for card in cards] == [str(near.pk), str(far.pk)]
    assert cards[0]["specialties"] != cards[1]["specialties"]
    assert [card["availability"] for card in cards] == ["known", "none"]


def test_a_name_beyond_the_widest_circle_is_not_found(regulator: Client) -> None:
    factories.place(factories.practitioner(family_name="QUENNEHEN"), latitude=43.3, longitude=5.4, department="13")
    answer = regulator.get("/api/v1/recherche", {"text": "quennehen", "loc": "Lille 59000"})
    assert answer.status_code == 422
    assert "de ce nom" in answer.json()["detail"]


def test_a_name_that_nobody_who_participates_bears_is_not_called_unknown(regulator: Client) -> None:
    factories.place(factories.practitioner(family_name="QUENNEHEN"))
    answer = regulator.get(PAGE, {"text": "quennehen", "loc": "Lille 59000", "participe": "1"})
    assert answer.status_code == 422
    assert "Aucun participant au SAS de ce nom" in answer.content.decode()
    assert "Ni spécialité" not in answer.content.decode()


def test_the_page_of_a_name_is_followed_live(town: Town, regulator: Client) -> None:
    doctor = town.doctor(town.editor("Alpha"), of=factories.practitioner(family_name="QUENNEHEN"))
    town.open()
    asked = {"text": "Quennehen", "loc": "Lille 59000"}
    screen = Screen(regulator.get(PAGE, asked).content.decode())
    assert screen.follow(events(regulator.get(STREAM, asked)))[-1] == "fin"
    assert list(screen.cards) == [str(doctor.pk)]
