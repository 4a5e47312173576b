"""`/api/v1/recherche`: one answer at the deadline, honest about what is not known."""

from django.test import Client

from tests.search.conftest import Search, Town


def test_a_regulator_reads_real_slots_fetched_live(town: Town, search: Search) -> None:
    alpha = town.editor("Agenda Alpha")
    doctor = town.doctor(alpha)
    town.open()
    answer = search()
    (card,) = answer["cards"]
    assert card["national_id"] == doctor.national_id
    assert card["availability"] == "known"
    assert card["slots"]
    assert {slot["editor"] for slot in card["slots"]} == {"Agenda Alpha"}
    assert answer["editors"][0]["outcome"] == "slots"
    assert answer["place"]["kind"] == "city"


def test_an_editor_that_is_down_makes_its_people_unknown_never_empty(town: Town, search: Search) -> None:
    alpha, deluge = town.editor("Agenda Alpha"), town.editor("Agenda Déluge", "down")
    free, lost = town.doctor(alpha), town.doctor(deluge)
    town.open()
    answer = search()
    by_person = {card["national_id"]: card for card in answer["cards"]}
    assert by_person[free.national_id]["availability"] == "known"
    assert by_person[lost.national_id]["availability"] == "unknown"
    assert by_person[lost.national_id]["slots"] == []
    outcomes = {editor["name"]: editor["outcome"] for editor in answer["editors"]}
    assert outcomes == {"Agenda Alpha": "slots", "Agenda Déluge": "no_answer"}


def test_a_real_empty_answer_is_none(town: Town, search: Search) -> None:
    alpha = town.editor("Agenda Alpha", "empty")
    doctor = town.doctor(alpha)
    town.open()
    (card,) = search(tous="1")["cards"]
    assert (card["national_id"], card["availability"]) == (doctor.national_id, "none")


def test_someone_without_an_account_is_refused_with_a_problem(client: Client, db: None) -> None:
    answer = client.get("/api/v1/recherche", {"text": "médecine générale", "loc": "Lille"})
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
