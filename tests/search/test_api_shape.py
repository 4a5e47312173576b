"""The shape of `/api/v1/recherche` (interfaces §2), its refusals and its cost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account, create_client
from tests.factories import directory
from tests.search.conftest import SETTING_UP, Search, Town
from tests.search.reading import ASKED

API = "/api/v1/recherche"
TOP = {"place", "window", "editors", "cards", "next"}
PLACE = {"label", "kind", "latitude", "longitude", "radius_km", "source"}
EDITOR = {"name", "outcome", "elapsed_ms", "asked", "slots", "findings"}
CARD = {
    *("id", "kind", "national_id", "name", "profession", "specialties", "place", "phone", "convention"),
    *("participates", "participates_via", "accepts_overbooking", "preferred_doctor", "availability", "slots"),
}
CARD_PLACE = {
    *("label", "line", "postal_code", "city", "insee", "latitude", "longitude", "distance_m", "timezone"),
}
SLOT = {
    *("id", "start", "end", "modalities", "types", "booking", "reasons", "source", "editor", "url"),
    *("capacity", "taken", "checked_at"),
}


def test_the_answer_has_every_key_of_the_interface_and_no_other(town: Town, search: Search) -> None:
    town.doctor(town.editor("Alpha"), participates=True)
    town.open()
    answer = search()
    (card,), (editor,) = answer["cards"], answer["editors"]
    assert set(answer) == TOP
    assert set(answer["place"]) == PLACE
    assert set(answer["window"]) == {"start", "end"}
    assert set(editor) == EDITOR
    assert set(card) == CARD
    assert set(card["place"]) == CARD_PLACE
    assert {frozenset(slot) for slot in card["slots"]} == {frozenset(SLOT)}


def test_values_have_the_types_of_the_interface(town: Town, search: Search) -> None:
    town.doctor(town.editor("Alpha"), participates=True)
    town.open()
    answer = search()
    card = answer["cards"][0]
    slot = card["slots"][0]
    assert (card["id"], card["kind"], card["availability"]) == (str(int(card["id"])), "practitioner", "known")
    assert [type(card[name]) for name in ("participates", "accepts_overbooking", "preferred_doctor")] == [bool] * 3
    assert isinstance(card["place"]["distance_m"], int)
    assert isinstance(card["specialties"], list)
    assert isinstance(answer["place"]["radius_km"], float)
    assert slot["booking"] in ("ROUTINE", "WALKIN")
    assert set(slot["modalities"]) <= {"AMB", "HH", "VR"}
    assert set(slot["types"]) <= {"PUBLIC", "PRO", "SNP", "CPTS"}
    assert (slot["source"], slot["editor"], slot["capacity"], slot["taken"]) == ("editor", "Alpha", 1, 0)
    assert slot["url"].startswith("http")
    assert answer["window"] == {"start": "2026-11-23T09:00:00+01:00", "end": "2026-11-25T23:59:59+01:00"}
    assert answer["next"] is None


@pytest.mark.parametrize(
    ("zone", "offset"), [("Indian/Reunion", 4), ("America/Martinique", -4), ("Pacific/Marquesas", -9.5)]
)
def test_times_carry_the_offset_of_the_place(town: Town, search: Search, zone: str, offset: float) -> None:
    town.doctor(town.editor("Alpha"), timezone=zone)
    town.open()
    slots = search()["cards"][0]["slots"]
    times = [datetime.fromisoformat(slot[name]) for slot in slots for name in ("start", "end")]
    assert times
    assert {time.utcoffset() for time in times} == {timedelta(hours=offset)}
    assert min(times) >= datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400), ({"text": "", "loc": ""}, 400), ({"text": "médecine générale"}, 400), ({"loc": "Zzyzx"}, 422),
        ({"loc": "Lille", "text": "astrologue"}, 422), ({"loc": "Lille 59000", "rayon": "abc"}, 400),
        ({"loc": "x" * 10_000}, 400), ({"loc": "\x00\x01"}, 400), ({"loc": "'; DROP TABLE x; --"}, 422),
        ({"loc": "<script>alert(1)</script>"}, 422), ({"loc": "Lille 59000", "suite": "abc"}, 400),
    ],
)  # fmt: skip
def test_a_question_that_cannot_run_is_a_problem_in_french(
    regulator: Client, asked: dict[str, str], status: int
) -> None:
    answer = regulator.get(API, asked)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert body["status"] == status
    assert body["title"] == "Recherche impossible"
    assert len(body["detail"].split()) >= 4


@pytest.mark.parametrize("garbage", ["loc=%ff%fe", "text=%00&loc=%c3%28", "%ff=%ff", "loc=Lille&lieu=%F0%9F"])
def test_bytes_that_are_no_text_are_no_fault_of_ours(regulator: Client, garbage: str) -> None:
    assert regulator.get(f"{API}?{garbage}").status_code in (200, 400, 422)
    assert regulator.get(f"/sas/recherche?{garbage}").status_code in (200, 400, 422)


def test_too_many_parameters_are_a_problem(regulator: Client) -> None:
    answer = regulator.get(f"{API}?" + "&".join(f"a{number}=1" for number in range(300)))
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_machine_client_searches_with_its_token(town: Town, client: Client) -> None:
    town.doctor(town.editor("Alpha"))
    town.open()
    token = create_client(name="Logiciel", scopes=["search"], **SETTING_UP)
    answer = client.get(API, ASKED, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.json()["cards"]


@pytest.mark.parametrize("header", ["Bearer faux", "Bearer ", "Basic abc", "Bearer \xe9\xff", "sas_x"])
def test_a_wrong_token_is_refused_even_with_a_session(regulator: Client, header: str) -> None:
    answer = regulator.get(API, ASKED, headers={"authorization": header})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_of_another_scope_is_forbidden(client: Client, transactional_db: None) -> None:
    token = create_client(name="Logiciel", scopes=["fhir"], **SETTING_UP)
    answer = client.get(API, ASKED, headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def an_ioa() -> User:
    """Of a territory that has opened the search to them."""
    open_to_them = directory.territory(ioa_open=True)
    return create_account(email="ioa@example.org", roles=[Role.IOA], territories=[open_to_them.code], **SETTING_UP)[0]


def test_who_participates_is_not_told_to_an_ioa(town: Town, client: Client) -> None:
    known = {"information_override": "Sonner deux fois", "overridden_by": "test", "overridden_at": SETTING_UP["at"]}
    town.doctor(town.editor("Alpha"), participates=True, **known)
    town.open()
    client.force_login(an_ioa())
    card = client.get(API, ASKED).json()["cards"][0]
    assert (card["participates"], card["participates_via"], card["accepts_overbooking"]) == (None, None, None)
    html = client.get("/sas/recherche", ASKED | {"complet": "1"}).content.decode()
    assert "articip" not in html.split('id="resultats"')[1].split("</section>")[0]
    assert "Sonner" not in html
    assert "participants au SAS" not in html


def test_an_ioa_learns_nothing_by_asking_for_participants_only(town: Town, client: Client) -> None:
    for participates in (True, False):
        town.doctor(participates=participates)
    town.open()
    client.force_login(an_ioa())
    everybody = {"tous": "1", "participe": "1"}
    assert len(client.get(API, ASKED | everybody).json()["cards"]) == 2
    page = client.get("/sas/recherche", ASKED | everybody | {"complet": "1"})
    assert page.content.decode().count("<article") == 2
    assert "participe=" not in page.content.decode()


@pytest.mark.parametrize("people", [1, 12])
def test_the_number_of_queries_does_not_grow_with_the_cards(town: Town, regulator: Client, people: int) -> None:
    alpha = town.editor("Alpha", "empty")
    for _ in range(people):
        town.doctor(alpha)
    town.open()
    regulator.get("/")  # the first request of a session writes it down: neither here nor there
    with CaptureQueriesContext(connection) as captured:
        answer = regulator.get(API, ASKED | {"tous": "1", "rayon": "5"})
    assert len(answer.json()["cards"]) == people
    assert len(captured) <= 11, [query["sql"][:120] for query in captured]
