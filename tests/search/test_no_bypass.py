"""Nothing that a doctor keeps for themselves leaves by any door: rules over random limits, then each door for real."""

import ast
from collections import Counter
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.directory.models import PracticeLocation
from sas.fhir.offered import OfferedSlot
from sas.participation.models import Visibility
from sas.participation.queries import VisibilityNow
from sas.participation.sharing.rules import MODALITIES, TYPES, Band, Limits
from sas.participation.sharing.services import hide_slot, limit_sharing
from sas.search.conversation import Conversation
from sas.search.criteria import Criteria
from tests.search.conftest import MONDAY, Search, Town
from tests.search.making import NOW, agenda_slot, answer, lot, offered, seat
from tests.search.reading import ASKED, PAGE, STREAM, events, slot_links

CHOOSE = "/sas/recherche/creneau"
EVERYTHING = Criteria(text="", loc="Lille", show_rest=True)
ACTS = ("Consultation", "Suivi")
EDITORS = ("alpha", "brume")


def some(names: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(names), max_size=2)


@st.composite
def offers(draw: st.DrawFn) -> OfferedSlot:
    return offered(
        hours=draw(st.integers(0, 230)) / 4,
        modalities=tuple(sorted(draw(some(MODALITIES)))),
        types=tuple(sorted(draw(some(TYPES)))),
        reasons=tuple(sorted(draw(some(ACTS)))),
    )


hours = st.integers(0, 23).map(time)
policies = st.builds(
    Limits,
    bands=st.lists(st.builds(Band, st.integers(0, 2), hours, st.just(time(0))), max_size=2).map(tuple),
    per_day=st.none() | st.integers(1, 3),
    horizon_hours=st.none() | st.integers(1, 60),
    modalities=some(MODALITIES),
    types=some(TYPES),
    places=st.frozensets(st.sampled_from(("R1", "R2")), max_size=1),
    reasons=some(ACTS),
)
spoken = st.lists(st.tuples(st.sampled_from(EDITORS), st.lists(offers(), max_size=8)), min_size=1, max_size=4)


@settings(max_examples=120)
@given(spoken, policies, st.integers(0, 3), st.booleans())
def test_after_each_answer_the_cards_show_nothing_outside_the_policy(
    said: list[tuple[str, list[OfferedSlot]]], limits: Limits, keeps: int, opted_out: bool
) -> None:
    everything = Conversation(lot(seat(editors=EDITORS)), EVERYTHING)
    for editor, slots in said:
        everything.hear(answer(*slots, editor=editor))
    hidden = frozenset(slot.id for slot in everything.cards()[0].all_slots[:keeps])
    policy = VisibilityNow(opted_out, limits, hidden)
    mine = agenda_slot(5)
    conversation = Conversation(lot(seat(editors=EDITORS, visibility=policy, agenda=(mine,))), EVERYTHING)
    for editor, slots in said:
        conversation.hear(answer(*slots, editor=editor))
        (card,) = conversation.shown()
        assert mine in card.slots, "the SAS agenda is always shown"
        assert card.slots == card.all_slots
        from_editors = [slot for slot in card.all_slots if slot.source == "editor"]
        assert not (opted_out and from_editors)
        for slot in from_editors:
            assert slot.id not in hidden
            assert not limits.places or "R1" in limits.places
            assert not limits.modalities or limits.modalities & set(slot.modalities)
            assert not limits.types or limits.types & set(slot.types)
            assert not limits.reasons or limits.reasons & set(slot.reasons)
            assert limits.horizon_hours is None or slot.start - NOW <= timedelta(hours=limits.horizon_hours)
            assert not limits.bands or any(
                slot.start.weekday() == band.weekday and slot.start.time() >= band.start for band in limits.bands
            )
        days = Counter(slot.start.date() for slot in from_editors)
        assert limits.per_day is None or all(count <= limits.per_day for count in days.values())


@pytest.fixture(autouse=True)
def in_time(settings: Any) -> None:
    """The whole of an answer, on a machine that is busy."""
    settings.SAS_EDITOR_DEADLINE = 4.0


@pytest.fixture
def doctor(town: Town) -> PracticeLocation:
    made = town.doctor(town.editor("Alpha"), town.editor("Brume"))
    town.open()
    return made


def doors(client: Client) -> Iterator[tuple[str, str]]:
    """Everything that a regulator's browser or an application reads, by name."""
    for name, parameters in (
        ("complete", {"complet": "1"}),
        ("complete, everybody", {"complet": "1", "tous": "1"}),
        ("first page", {}),
        ("table", {"complet": "1", "vue": "tableau"}),
        ("map", {"complet": "1", "vue": "carte"}),
        ("en sus", {"complet": "1", "vue": "en-sus"}),
    ):
        yield name, client.get(PAGE, ASKED | parameters).content.decode()
    yield "stream", " ".join(event.data for event in events(client.get(STREAM, ASKED)))
    yield "api", client.get("/api/v1/recherche", ASKED | {"tous": "1"}).content.decode()
    yield "suggestions", client.get("/sas/suggestions/quoi", {"q": "nom"}).content.decode()


def test_no_door_gives_a_slot_that_is_kept(doctor: PracticeLocation, regulator: Client, search: Search) -> None:
    person = doctor.practitioner
    before = search()["cards"][0]["slots"]
    links = slot_links(regulator.get(PAGE, ASKED | {"complet": "1"}).content.decode())
    kept = before[0]["id"]
    hide_slot(practitioner=person, slot_id=kept, by="test", at=MONDAY)
    limit_sharing(practitioner=person, limits=Limits(per_day=2, horizon_hours=30), by="test", at=MONDAY)
    allowed = {slot["id"] for slot in search()["cards"][0]["slots"]}
    outside = {slot["id"] for slot in before} - allowed
    assert allowed
    assert kept in outside
    for name, text in doors(regulator):
        assert [slot for slot in outside if slot in text] == [], name
    for link in links:
        chosen = link[link.index("creneau=") + 8 :].partition("&")[0]
        answer = regulator.get(link)
        assert (answer.status_code == 200) is (chosen in allowed), chosen
        assert not any(slot in answer.content.decode() for slot in outside - {chosen})


def test_whoever_opts_out_is_asked_about_by_no_door(
    town: Town, doctor: PracticeLocation, regulator: Client, search: Search
) -> None:
    slot = search()["cards"][0]["slots"][0]
    editor = next(key for name, key in town.keys.items() if name == slot["editor"])
    Visibility.objects.create(
        practitioner=doctor.practitioner, opted_out=True, starts_at=MONDAY - timedelta(days=1), declared_by="test"
    )
    town.forget()
    before = {name: len(sandbox.calls) for name, sandbox in town.sandboxes.items()}
    for name, text in doors(regulator):
        assert slot["id"] not in text, name
    chosen = {"fiche": doctor.pk, "editeur": editor, "creneau": slot["id"], "debut": int(MONDAY.timestamp()) + 60}
    assert regulator.get(f"{CHOOSE}?{urlencode(ASKED | chosen)}").status_code == 410
    assert {name: len(sandbox.calls) for name, sandbox in town.sandboxes.items()} == before


ENGINE = ("sas/aggregator/", "sas/fhir/")


def test_one_place_reads_the_slots_of_an_answer() -> None:
    """Whatever else holds an `Answer` could show what its doctor keeps: only `Conversation.hear` opens it."""
    readers = set()
    for path in Path("sas").rglob("*.py"):
        if str(path).startswith(ENGINE):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "answer.slots":
                readers.add(str(path))
            if isinstance(node, ast.ImportFrom) and any(name.name == "Answer" for name in node.names):
                readers.add(f"{path} imports Answer")
    assert readers == {
        "sas/search/conversation.py",
        "sas/search/conversation.py imports Answer",
        "sas/search/offers.py imports Answer",
    }
