"""Each behaviour, and changing it while searches are under way."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import aiohttp
import msgspec
import pytest

from editor_kit.sandbox.running import SandboxOptions, running_sandbox, sandbox_thread
from tests.editor_kit.sandbox.conftest import NOW, Editor, Json, as_written

A_MINUTE = 60_000


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until something happened; a test that waits in vain is stopped after ten seconds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


async def test_two_calls_agree_whatever_the_minute(editor: Editor, inputs: Json) -> None:
    ids = (inputs["practitioner_id"], inputs["practitioner_id2"])
    first = await editor.bundle(*ids)
    assert first == await editor.bundle(*ids)
    editor.sandbox.clock = lambda: NOW + timedelta(hours=4)
    later = await editor.bundle(*ids)
    gone = [entry["resource"]["start"] for entry in first["entry"] if entry not in later["entry"]]
    assert gone
    assert all(datetime.fromisoformat(start) < NOW + timedelta(hours=4) for start in gone)
    assert all(entry in first["entry"] for entry in later["entry"])


async def test_an_empty_editor_answers_well_that_there_is_nothing(editor: Editor, inputs: Json) -> None:
    editor.sandbox.set_behaviour("empty")
    bundle = await editor.bundle(inputs["practitioner_id"])
    assert (bundle["total"], "entry" in bundle) == (0, False)


async def test_an_editor_that_is_down_closes_without_a_word(editor: Editor, inputs: Json) -> None:
    editor.sandbox.set_behaviour("down")
    for url in (editor.url(inputs["practitioner_id"]), f"{editor.sandbox.site}/agenda/{inputs['practitioner_id']}"):
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await editor.http.post(as_written(url))  # a POST is not tried twice by the client
    assert await editor.put_behaviour(behaviour="ok") == 200
    assert (await editor.bundle(inputs["practitioner_id"]))["total"] > 0


async def test_an_editor_in_error_says_so_in_fhir(editor: Editor, inputs: Json) -> None:
    editor.sandbox.set_behaviour("error")
    outcome = await editor.json(editor.url(inputs["practitioner_id"]), status=500)
    assert outcome["resourceType"] == "OperationOutcome"


async def test_an_editor_behind_a_login_page_answers_html(editor: Editor, inputs: Json) -> None:
    editor.sandbox.set_behaviour("html")
    async with editor.http.get(as_written(editor.url(inputs["practitioner_id"]))) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert "Mot de passe" in await answer.text()


@pytest.mark.parametrize("who", ["practitioner_id", "practitioner_empty"])
async def test_a_malformed_answer_is_not_json(editor: Editor, inputs: Json, who: str) -> None:
    editor.sandbox.set_behaviour("malformed")
    async with editor.http.get(as_written(editor.url(inputs[who]))) as answer:
        assert (answer.status, answer.content_type) == (200, "application/fhir+json")
        with pytest.raises(msgspec.DecodeError):
            msgspec.json.decode(await answer.read())


@pytest.mark.parametrize(
    ("behaviour", "latency_ms", "seconds"), [("slow", None, 4), ("slow", 90, 0.09), ("ok", 40, 0.04), ("ok", None, 0)]
)
async def test_latency_is_the_behaviours_own_or_the_one_asked(
    editor: Editor, behaviour: str, latency_ms: int | None, seconds: float
) -> None:
    editor.sandbox.set_behaviour(behaviour, latency_ms)
    assert editor.sandbox.latency_seconds == seconds


async def test_a_caller_that_goes_away_frees_its_call_and_is_counted(editor: Editor, inputs: Json) -> None:
    editor.sandbox.set_behaviour("slow", A_MINUTE)
    call = asyncio.ensure_future(editor.bundle(inputs["practitioner_id"]))
    await until(lambda: editor.sandbox.state()["in_flight"] == 1)
    call.cancel()
    await until(lambda: editor.sandbox.state()["cancelled"] == 1)
    assert editor.sandbox.state()["in_flight"] == 0
    assert editor.sandbox.state()["answered"] == 0


async def test_a_sandbox_stops_at_once_with_slow_answers_pending() -> None:
    async with aiohttp.ClientSession() as http:
        async with running_sandbox(behaviour="slow", latency_ms=A_MINUTE, clock=lambda: NOW) as sandbox:
            pending = asyncio.ensure_future(Editor(sandbox, http).bundle("810000000000"))
            await until(lambda: sandbox.state()["in_flight"] == 1)
        with pytest.raises(aiohttp.ClientError):
            await pending


async def test_the_control_page_changes_behaviour_and_shows_counters(editor: Editor, inputs: Json) -> None:
    await editor.bundle(inputs["practitioner_id"], inputs["practitioner_id2"])
    assert await editor.put_behaviour(behaviour="error", latency_ms=5) == 200
    async with editor.http.get(f"{editor.sandbox.site}/_sandbox/state") as answer:
        state = await answer.json()
    assert (state["behaviour"], state["latency_ms"], state["profile"]) == ("error", 5, "ps")
    assert (state["calls"], state["ids_asked"], state["answered"], state["most_in_flight"]) == (1, 2, 1, 1)
    assert state["slots_sent"] > 0
    assert editor.sandbox.calls[0].ids == (inputs["practitioner_id"], inputs["practitioner_id2"])


@pytest.mark.parametrize(
    "change", [{}, {"behaviour": "odd"}, {"behaviour": "ok", "latency_ms": -1}, {"behaviour": "ok", "x": 1}]
)
async def test_a_wrong_change_is_refused_and_changes_nothing(editor: Editor, change: Json) -> None:
    assert await editor.put_behaviour(**change) == 400
    assert editor.sandbox.state()["behaviour"] == "ok"


def test_a_synchronous_test_may_drive_a_sandbox_from_its_own_thread() -> None:
    options: SandboxOptions = {"clock": lambda: NOW, "name": "Éditeur A"}
    with sandbox_thread(**options) as sandbox:
        sandbox.set_behaviour("empty")
        assert sandbox.base_url.startswith("http://127.0.0.1:")
        assert sandbox.state()["name"] == "Éditeur A"


def test_a_thread_says_why_it_could_not_start() -> None:
    with sandbox_thread() as first, pytest.raises(OSError, match="in use"), sandbox_thread(port=port_of(first.site)):
        pass


def port_of(site: str) -> int:
    return int(site.rpartition(":")[2])
