"""An editor that keeps failing is left alone, tried again with one call, and taken back when it answers."""

import asyncio
from datetime import timedelta

import pytest

from sas.aggregator.engine.breaker import Breaker, BreakerRules, State
from sas.aggregator.engine.outcomes import Kind
from tests.engine.conftest import NOW, SOON, Clock, Town, config, hear, ids, question
from tests.fakes.hostile_editor import Behaviour, answers_slots, hangs_up, never_answers, says, waits_then

RULES = BreakerRules(failures=3, pause=timedelta(seconds=10), longest_pause=timedelta(seconds=25))
DOWN = says(b"", status=503)


@pytest.mark.parametrize("behaviour", [DOWN, says(b"<html>"), hangs_up])
async def test_after_enough_failures_the_editor_is_paused_and_no_longer_called(
    town: Town, behaviour: Behaviour
) -> None:
    editor = await town.editor(behaviour)
    engine = await town.engine(editor, breaker_rules=RULES)
    for _ in range(RULES.failures):
        await hear(engine, question({"e0": ids(1)}))
    calls = len(editor.calls)
    asked = question({"e0": ids(2)})
    (answer,) = await hear(engine, asked)
    assert (answer.kind, answer.asked, len(editor.calls)) == (Kind.PAUSED, tuple(ids(2)), calls)
    assert (answer.paused_since, answer.paused_until) == (NOW, NOW + RULES.pause)
    (report,) = engine.reports(asked, [answer])
    assert (report.kind, report.paused_until) == (Kind.PAUSED, answer.paused_until)
    (state,) = engine.states()
    assert state.state is State.OPEN
    assert state.last_error


async def test_half_open_lets_one_probe_through_among_ten_searches_and_recovers(town: Town, clock: Clock) -> None:
    editor = await town.editor(DOWN)
    engine = await town.engine(editor, breaker_rules=RULES)
    for _ in range(RULES.failures):
        await hear(engine, question({"e0": ids(1)}))
    editor.behaviour = waits_then(answers_slots(SOON))
    editor.calls.clear()
    clock.pass_(10)
    assert engine.states()[0].state is State.HALF_OPEN
    # Ten different questions: sharing must not be what makes the call single.
    searches = [asyncio.create_task(hear(engine, question({"e0": ids(1, first=rank)}))) for rank in range(10)]
    await editor.has_received(1)
    editor.release.set()
    kinds = [answer.kind for (answer,) in await asyncio.gather(*searches)]
    assert sorted(kinds) == [Kind.PAUSED] * 9 + [Kind.SLOTS]
    assert len(editor.calls) == 1
    (answer,) = await hear(engine, question({"e0": ids(1, first=50)}))
    assert answer.kind is Kind.SLOTS
    assert (engine.states()[0].state, engine.states()[0].since) == (State.CLOSED, None)


async def test_a_failed_probe_doubles_the_pause_up_to_its_limit(town: Town, clock: Clock) -> None:
    editor = await town.editor(DOWN)
    engine = await town.engine(editor, breaker_rules=RULES)
    for _ in range(RULES.failures):
        await hear(engine, question({"e0": ids(1)}))
    for pause in (20, 25):
        until = engine.states()[0].until
        assert until is not None
        clock.now = until
        await hear(engine, question({"e0": ids(1)}))
        state = engine.states()[0]
        assert state.until == clock.now + timedelta(seconds=pause)
        assert state.since == NOW


async def test_a_cancelled_probe_leaves_room_for_the_next(town: Town, clock: Clock) -> None:
    editor = await town.editor(DOWN)
    engine = await town.engine(editor, breaker_rules=RULES)
    for _ in range(RULES.failures):
        await hear(engine, question({"e0": ids(1)}))
    clock.pass_(10)
    editor.behaviour = never_answers
    editor.calls.clear()
    probe = asyncio.create_task(hear(engine, question({"e0": ids(1)})))
    await editor.has_received(1)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    await editor.hung_up.wait()
    editor.behaviour = answers_slots(SOON)
    (answer,) = await hear(engine, question({"e0": ids(1)}))
    assert answer.kind is Kind.SLOTS


async def test_our_own_mistakes_do_not_pause_the_editor(town: Town) -> None:
    editor = await town.editor(says(b"", status=400))
    engine = await town.engine(editor, breaker_rules=RULES)
    for _ in range(10):
        (answer,) = await hear(engine, question({"e0": ids(1)}))
    assert (answer.kind, len(editor.calls)) == (Kind.REFUSED, 10)


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, "Retry-After: 12\r\n", 12),
        (429, "Retry-After: Tue, 10 Mar 2026 09:16:00 GMT\r\n", 18),
        (429, "", 10),
        (429, "Retry-After: soon\r\n", 10),
        (429, "Retry-After: 999999\r\n", 25),
        (503, "Retry-After: 5\r\n", 5),
    ],
)
async def test_an_editor_that_asks_for_rest_gets_it_within_reason(
    town: Town, status: int, header: str, seconds: int
) -> None:
    editor = await town.editor(says(b"", status=status, headers=header))
    engine = await town.engine(editor, breaker_rules=RULES)
    (refused,) = await hear(engine, question({"e0": ids(1)}))
    (paused,) = await hear(engine, question({"e0": ids(1)}))
    assert (refused.kind, paused.kind, len(editor.calls)) == (Kind.REFUSED, Kind.PAUSED, 1)
    assert paused.paused_until == NOW + timedelta(seconds=seconds)


async def test_an_editor_that_hangs_is_paused_even_if_pages_never_wait_for_its_timeout(town: Town) -> None:
    editor = await town.editor(never_answers)
    engine = await town.engine(config("e0", editor, timeout=0.1), breaker_rules=RULES)
    for rank in range(RULES.failures):
        await hear(engine, question({"e0": ids(1, first=rank)}), deadline=0.01)
    await hear(engine, question({"e0": ids(1)}))  # boards the first call, and lands with it at the editor's timeout
    await hear(engine, question({"e0": ids(1, first=2)}))
    assert engine.states()[0].state is State.OPEN


@pytest.mark.parametrize(("waited", "state"), [(2.4, State.CLOSED), (2.5, State.OPEN)])
async def test_an_editor_that_hangs_is_paused_even_if_users_always_leave_before_its_timeout(
    town: Town, clock: Clock, waited: float, state: State
) -> None:
    editor = await town.editor(never_answers)
    engine = await town.engine(editor, breaker_rules=RULES)
    for count in range(1, RULES.failures + 1):
        search = asyncio.create_task(hear(engine, question({"e0": ids(1)})))
        await editor.has_received(count)
        clock.pass_(waited)
        search.cancel()
        await asyncio.gather(search, return_exceptions=True)
        await editor.hung_up.wait()
        editor.hung_up.clear()
    (lane,) = engine.states()
    assert lane.state is state
    assert bool(lane.last_error) is (state is State.OPEN)


async def test_a_probe_given_up_after_long_prolongs_the_pause(town: Town, clock: Clock) -> None:
    editor = await town.editor(DOWN)
    engine = await town.engine(editor, breaker_rules=RULES)
    for _ in range(RULES.failures):
        await hear(engine, question({"e0": ids(1)}))
    clock.pass_(10)
    editor.behaviour = never_answers
    editor.calls.clear()
    probe = asyncio.create_task(hear(engine, question({"e0": ids(1)})))
    await editor.has_received(1)
    clock.pass_(3)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    await editor.hung_up.wait()
    assert engine.states()[0].until == clock.now + timedelta(seconds=20)


async def test_calls_that_only_queued_are_not_held_against_the_editor(town: Town, clock: Clock) -> None:
    editor = await town.editor(never_answers)
    engine = await town.engine(config("e0", editor, max_concurrency=1, max_ids=1), breaker_rules=RULES)
    search = asyncio.create_task(hear(engine, question({"e0": ids(10)})))
    await editor.has_received(1)
    clock.pass_(5)
    search.cancel()
    await asyncio.gather(search, return_exceptions=True)
    await editor.hung_up.wait()
    assert engine.states()[0].state is State.CLOSED


async def test_calls_still_queued_when_the_breaker_opens_are_not_sent(town: Town) -> None:
    editor = await town.editor(DOWN)
    engine = await town.engine(config("e0", editor, max_concurrency=1, max_ids=1), breaker_rules=RULES)
    answers = await hear(engine, question({"e0": ids(10)}))
    kinds = [answer.kind for answer in answers]
    assert kinds.count(Kind.REFUSED) == len(editor.calls) == RULES.failures
    assert kinds.count(Kind.PAUSED) == 10 - RULES.failures


def test_rare_failures_among_many_answers_do_not_open() -> None:
    breaker = Breaker(RULES)
    for rank in range(100):
        permit = breaker.admit(NOW)
        assert permit is not None
        (breaker.failed if rank % 3 == 0 else breaker.succeeded)(permit, NOW)
    assert breaker.state(NOW) is State.CLOSED


def test_old_failures_are_forgotten() -> None:
    breaker = Breaker(RULES)
    for minutes in range(10):
        at = NOW + timedelta(minutes=2 * minutes)
        permit = breaker.admit(at)
        assert permit is not None
        breaker.failed(permit, at)
    assert breaker.state(at) is State.CLOSED


def test_an_answer_to_a_call_made_before_the_trouble_says_nothing_about_it() -> None:
    breaker = Breaker(RULES)
    early = breaker.admit(NOW)
    assert early is not None
    for _ in range(RULES.failures):
        permit = breaker.admit(NOW)
        assert permit is not None
        breaker.failed(permit, NOW)
    breaker.succeeded(early, NOW)
    assert breaker.state(NOW) is State.OPEN
