"""The seam, with real sandboxes on loopback and the real table."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from editor_kit.sandbox.people import read_inputs
from editor_kit.sandbox.running import sandbox_thread
from editor_kit.sandbox.state import Behaviour
from sas.aggregator import registry
from sas.aggregator.engine.outcomes import Kind, Question
from sas.aggregator.models import Editor

INPUTS = read_inputs()
ANNE, NOBODY = (str(INPUTS[key]) for key in ("practitioner_id", "practitioner_empty"))
SOON = 10.0
"""Seconds that nothing here should need: a deadline for what must succeed."""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _engine_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "REFRESH_SECONDS", 0.0)
    registry.close()
    yield
    registry.close()


def question(**ids_by_editor: tuple[str, ...]) -> Question:
    now = datetime.now(UTC)
    return Question(start=now, end=now + timedelta(days=3), ids_by_editor=ids_by_editor)


def test_each_editor_gives_its_own_answer(editor_at: Callable[..., Editor]) -> None:
    with sandbox_thread() as well, sandbox_thread(behaviour=Behaviour.ERROR) as ill:
        editor_at("alpha", well.base_url)
        editor_at("beta", ill.base_url)
        answers = registry.ask(question(alpha=(ANNE, NOBODY), beta=(ANNE,)), deadline=SOON)
    kinds = {answer.editor: answer.kind for answer in answers}
    assert kinds == {"alpha": Kind.SLOTS, "beta": Kind.REFUSED}


def test_a_question_about_nobody_opens_nothing() -> None:
    assert registry.ask(question(alpha=()), deadline=SOON) == ()
    assert registry.states() == ()


def test_an_editor_that_left_the_table_is_not_asked(editor_at: Callable[..., Editor]) -> None:
    with sandbox_thread() as sandbox:
        editor_at("alpha", sandbox.base_url, stage="testing")
        (answer,) = registry.ask(question(alpha=(ANNE,)), deadline=SOON)
        assert (answer.kind, len(sandbox.calls)) == (Kind.PAUSED, 0)


def test_the_engine_follows_the_table_without_stopping(editor_at: Callable[..., Editor]) -> None:
    with sandbox_thread() as first, sandbox_thread() as second:
        editor_at("alpha", first.base_url)
        registry.ask(question(alpha=(ANNE,)), deadline=SOON)
        editor_at("alpha", second.base_url)
        (answer,) = registry.ask(question(alpha=(ANNE,)), deadline=SOON)
        assert (answer.kind, answer.from_cache) == (Kind.SLOTS, False)
        assert (len(first.calls), len(second.calls)) == (1, 1)


def test_a_fresh_question_asks_the_editor_past_the_cache(editor_at: Callable[..., Editor]) -> None:
    with sandbox_thread() as sandbox:
        editor_at("alpha", sandbox.base_url)
        asked = question(alpha=(ANNE,))
        registry.ask(asked, deadline=SOON)
        assert all(answer.from_cache for answer in registry.ask(asked, deadline=SOON))
        (answer,) = registry.ask(replace(asked, fresh=True), deadline=SOON)
        assert (answer.kind, answer.from_cache, len(sandbox.calls)) == (Kind.SLOTS, False, 2)


def test_what_is_known_is_told_without_a_call(editor_at: Callable[..., Editor]) -> None:
    with sandbox_thread() as sandbox:
        editor_at("alpha", sandbox.base_url)
        asked = question(alpha=(ANNE,))
        assert registry.known(asked) == ()
        registry.ask(asked, deadline=SOON)
        (answer,) = registry.known(Question(asked.start, asked.end, {"alpha": (ANNE, NOBODY), "beta": (ANNE,)}))
        assert (answer.asked, answer.from_cache, len(sandbox.calls)) == ((ANNE,), True, 1)


def test_a_stream_gives_the_quick_first_and_the_slow_late(editor_at: Callable[..., Editor]) -> None:
    with sandbox_thread() as quick, sandbox_thread(latency_ms=600) as slow:
        editor_at("alpha", quick.base_url)
        editor_at("beta", slow.base_url)
        asked = question(alpha=(ANNE,), beta=(ANNE,))
        registry.ask(
            Question(asked.start, asked.end, {"alpha": (ANNE,)}), deadline=SOON
        )  # in the cache: quick for sure
        answers = []
        with registry.stream(asked, deadline=0.3, late_until=6.5) as stream:
            while not stream.done:
                if answer := stream.get(0.5):
                    answers.append(answer)
        said = [(answer.editor, answer.kind, answer.late) for answer in answers]
        assert said[0][:2] == ("alpha", Kind.SLOTS)
        assert said[-2:] == [("beta", Kind.NO_ANSWER, False), ("beta", Kind.SLOTS, True)]
        assert stream.get(0) is None


def test_closing_a_stream_frees_the_editor(editor_at: Callable[..., Editor]) -> None:
    with sandbox_thread(latency_ms=60_000) as sandbox:
        editor_at("alpha", sandbox.base_url)
        stream = registry.stream(question(alpha=(ANNE,)), deadline=5.0, late_until=7.0)
        wait_until(lambda: len(sandbox.calls) == 1)
        stream.close()
        stream.close()
        assert stream.done
        wait_until(lambda: sandbox.state()["cancelled"] == 1)
        assert registry.states()[0].in_flight == 0


def test_closing_a_stream_leaves_the_call_that_somebody_else_waits_for(editor_at: Callable[..., Editor]) -> None:
    with sandbox_thread(latency_ms=700) as sandbox:
        editor_at("alpha", sandbox.base_url)
        asked = question(alpha=(ANNE,))
        leaving = registry.stream(asked, deadline=SOON, late_until=SOON)
        with registry.stream(asked, deadline=SOON, late_until=SOON) as staying:
            wait_until(lambda: len(sandbox.calls) == 1)
            leaving.close()
            answer = None
            while answer is None and not staying.done:
                answer = staying.get(0.5)
        assert answer is not None
        assert (answer.kind, len(sandbox.calls)) == (Kind.SLOTS, 1)


def test_threads_that_ask_together_share_one_engine(editor_at: Callable[..., Editor], monkeypatch: Any) -> None:
    monkeypatch.setattr(registry, "REFRESH_SECONDS", 60.0)
    with sandbox_thread() as sandbox, ThreadPoolExecutor(8) as pool:
        editor_at("alpha", sandbox.base_url)
        registry.ask(question(alpha=(NOBODY,)), deadline=SOON)  # the table is read here: the pool needs no database
        asked = question(alpha=(ANNE,))
        answers = list(pool.map(lambda _: registry.ask(asked, deadline=SOON), range(16)))
        assert all(said[0].kind is Kind.SLOTS for said in answers)
        assert len(sandbox.calls) == 2


def test_states_say_how_each_editor_does(editor_at: Callable[..., Editor]) -> None:
    with sandbox_thread(behaviour=Behaviour.ERROR) as sandbox:
        editor_at("alpha", sandbox.base_url)
        registry.ask(question(alpha=(ANNE,)), deadline=SOON)
        (state,) = registry.states()
        assert (state.editor, state.counters.refused) == ("alpha", 1)


def wait_until(condition: Callable[[], bool]) -> None:
    """Returns as soon as `condition` holds; fails after ten seconds, which nothing here needs."""
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    pytest.fail("the condition never came true")
