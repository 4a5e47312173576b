"""The stream of a search: what it tells, that it ends, and that it frees what it held."""

import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client
from pytest_django import Settings

from sas.aggregator.loop import AnswerStream
from sas.search import live, pages
from sas.search.criteria import Criteria
from tests.search.conftest import Town
from tests.search.making import lot
from tests.search.reading import ASKED, PAGE, STREAM, Screen, cards, events, soon

POOL = 8


@pytest.fixture
def quick(settings: Settings) -> None:
    """Editors that say nothing are given up soon."""
    settings.SAS_EDITOR_DEADLINE, settings.SAS_EDITOR_TIMEOUT = 0.5, 1.5


def test_the_open_page_ends_as_the_complete_page(town: Town, regulator: Client) -> None:
    alpha, brume, deluge = town.editor("Alpha"), town.editor("Brume", "empty"), town.editor("Déluge", "down")
    for number in range(4):
        town.doctor(alpha, participates=number == 3)
        town.doctor(brume, participates=number == 0)
    town.doctor(alpha, deluge)
    town.doctor(deluge, participates=True)
    town.open()
    asked = ASKED | {"graine": "5"}
    screen = Screen(regulator.get(PAGE, asked).content.decode())
    assert screen.cards == {}
    names = screen.follow(events(regulator.get(STREAM, asked)))
    assert (names[-2:], names.count("fin")) == (["etat", "fin"], 1)
    complete = Screen(regulator.get(PAGE, asked | {"complet": "1"}).content.decode())
    assert screen.cards == complete.cards
    assert list(screen.cards) == cards(regulator.get(PAGE, asked | {"complet": "1"}).content.decode())
    api = regulator.get("/api/v1/recherche", asked).json()
    assert [card["id"] for card in api["cards"]] == list(screen.cards)
    assert len(screen.cards) == 4 + 1 + 1 + 1


def test_first_cards_come_before_the_slow_editor_and_leaving_frees_it(town: Town, regulator: Client) -> None:
    fast, slow = town.editor("Vite"), town.editor("Lent", "slow")
    free, waited = town.doctor(fast), town.doctor(slow)
    town.open()
    town.sandboxes[slow].set_behaviour("slow", 60_000)
    response = regulator.get(STREAM, ASKED)
    first = next(event for event in events(response) if event.name == "carte")
    assert cards(first.data) == [str(free.pk)]
    assert soon(lambda: len(town.sandboxes[slow].calls) == 1)
    assert town.sandboxes[slow].calls[0].ids == (waited.national_id,)
    assert town.sandboxes[slow].state()["answered"] == 0
    response.close()
    assert soon(lambda: town.sandboxes[slow].state()["cancelled"] == 1)
    assert town.sandboxes[slow].state()["in_flight"] == 0


def test_a_late_answer_turns_the_unknown_card(town: Town, regulator: Client, settings: Settings) -> None:
    settings.SAS_EDITOR_DEADLINE = 0.2
    slow = town.editor("Lent", "slow")
    doctor = town.doctor(slow)
    town.open()
    town.sandboxes[slow].set_behaviour("slow", 900)
    told = [event for event in events(regulator.get(STREAM, ASKED)) if event.name == "carte"]
    assert [cards(event.data) for event in told] == [[str(doctor.pk)]] * 2
    assert "Disponibilités inconnues (Lent ne répond pas)" in told[0].data
    assert "inconnues" not in told[1].data


def test_an_editor_that_never_answers_leaves_its_people_unknown(town: Town, regulator: Client, quick: None) -> None:
    slow = town.editor("Lent", "slow")
    town.doctor(slow)
    town.open()
    town.sandboxes[slow].set_behaviour("slow", 60_000)
    *_, state, end = events(regulator.get(STREAM, ASKED))
    assert (state.name, end.name) == ("etat", "fin")
    assert "Lent ne répond pas : 1 professionnel en disponibilité inconnue" in state.data


def test_a_card_of_the_first_page_that_is_no_longer_true_is_taken_away(town: Town, regulator: Client) -> None:
    alpha = town.editor("Alpha")
    doctor = town.doctor(alpha)
    town.open()
    regulator.get("/api/v1/recherche", ASKED)
    screen = Screen(regulator.get(PAGE, ASKED).content.decode())
    assert list(screen.cards) == [str(doctor.pk)]
    town.sandboxes[alpha].set_behaviour("empty")
    town.forget()
    screen.follow(events(regulator.get(STREAM, ASKED)))
    assert screen.cards == {}


@pytest.mark.parametrize("asked", [{}, {"loc": "Zzyzx"}, {"loc": "Lille", "text": "astrologue"}, {"rayon": "-1"}])
def test_a_question_that_cannot_run_ends_the_stream_with_its_reason(regulator: Client, asked: dict[str, str]) -> None:
    response = regulator.get(STREAM, asked)
    assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream")
    state, end = events(response)
    assert (state.name, end.name) == ("etat", "fin")
    assert "sas-trouble" in state.data


def test_a_page_left_open_after_sign_out_is_told_once(client: Client, transactional_db: None) -> None:
    response = client.get(STREAM, ASKED)
    assert response.status_code == 200
    state, end = events(response)
    assert "session est terminée" in state.data
    assert end.name == "fin"


@pytest.mark.parametrize("broken", ["card", "state"])
def test_a_stream_ends_even_when_a_template_breaks(
    town: Town, regulator: Client, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    alpha = town.editor("Alpha")
    town.doctor(alpha)
    town.open()

    def fails(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(pages.Painter, broken, fails)
    *_, state, end = events(regulator.get(STREAM, ASKED))
    assert "interrompue" in state.data
    assert end.name == "fin"


def test_a_full_process_says_so_and_gives_places_back(
    town: Town, regulator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_places", threading.BoundedSemaphore(1))
    town.doctor(town.editor("Alpha"))
    town.open()
    first = regulator.get(STREAM, ASKED)
    refused = regulator.get(STREAM, ASKED)
    assert (refused.status_code, refused["Retry-After"]) == (503, "2")
    first.close()
    first.close()
    list(events(regulator.get(STREAM, ASKED)))
    assert list(events(regulator.get(STREAM, ASKED)))[-1].name == "fin"


def test_a_stream_lost_before_its_first_byte_gives_its_place_back(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(live, "_places", places)
    criteria = Criteria("", "Lille")
    lost = live.LiveSearch(lot(), criteria, card=str, state=lambda *_: "", apology="")
    assert not places.acquire(blocking=False)
    del lost
    gc.collect()
    assert places.acquire(blocking=False)
    places.release()


def test_a_stream_that_cannot_start_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(live, "_places", places)

    def fails(*_: object, **__: object) -> AnswerStream:
        raise ConnectionError

    monkeypatch.setattr(live.registry, "stream", fails)
    with pytest.raises(ConnectionError):
        live.LiveSearch(lot(), Criteria("", "Lille"), card=str, state=lambda *_: "", apology="")
    assert places.acquire(blocking=False)
    places.release()


def test_more_streams_than_connections_still_let_pages_be_served(town: Town, regulator: Client) -> None:
    slow = town.editor("Lent", "slow")
    town.doctor(slow)
    town.open()
    town.sandboxes[slow].set_behaviour("slow", 60_000)
    opened, leave = threading.Semaphore(0), threading.Event()

    def watch() -> int:
        reader = Client()
        reader.cookies = regulator.cookies
        try:
            response = reader.get(STREAM, ASKED)
            next(iter(response.streaming_content))  # type: ignore[attr-defined]  # it streams
            opened.release()
            leave.wait(30)
            response.close()
            return response.status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(POOL + 4) as readers:
        watching = [readers.submit(watch) for _ in range(POOL + 4)]
        try:
            assert all(opened.acquire(timeout=20) for _ in watching)
            assert regulator.get(PAGE).status_code == 200
        finally:
            leave.set()
        assert {reader.result() for reader in watching} == {200}


def test_waiting_for_editors_holds_no_connection(
    town: Town, regulator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.doctor(town.editor("Alpha"))
    town.open()
    waits, wait = [], AnswerStream.get

    def watched(stream: AnswerStream, timeout: float) -> object:
        waits.append(connection.connection)
        return wait(stream, timeout)

    monkeypatch.setattr(AnswerStream, "get", watched)
    assert regulator.get("/api/v1/recherche", ASKED).status_code == 200
    assert waits
    assert set(waits) == {None}


@pytest.fixture(autouse=True)
def _no_stream_is_left_open() -> Iterator[None]:
    yield
    gc.collect()
    free = live._places._value
    assert free == live.MOST_STREAMS or free == 1
