"""A search ends on time with what it has; who comes later is late, not lost; who leaves frees the editors."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime

import pytest

from sas.aggregator.engine.breaker import State
from sas.aggregator.engine.flows import Flow
from sas.aggregator.engine.outcomes import Answer, Kind
from sas.fhir.slot_query import build_slot_query
from tests.engine.conftest import PATIENCE, SOON, Town, config, hear, ids, question
from tests.engine.stand_in import read
from tests.fakes.hostile_editor import answers_slots, never_answers, says, waits_then


async def test_at_the_deadline_each_editor_that_owes_ids_says_so_once(town: Town) -> None:
    silent = await town.editor(never_answers)
    quick = await town.editor(answers_slots(SOON))
    engine = await town.engine(silent, quick)
    asked = question({"e0": ids(60), "e1": ids(1)})
    heard, cut = await hear(engine, asked, deadline=0.1)
    assert (heard.editor, heard.kind) == ("e1", Kind.SLOTS)
    assert (cut.editor, cut.kind, cut.asked, cut.late) == ("e0", Kind.NO_ANSWER, tuple(ids(60)), False)


async def test_one_slow_editor_does_not_delay_the_others(town: Town) -> None:
    slow = await town.editor(waits_then(answers_slots(SOON)))
    quick = [await town.editor(answers_slots(SOON)) for _ in range(4)]
    engine = await town.engine(slow, *quick)
    async with aclosing(
        engine.answers(question({f"e{rank}": ids(3) for rank in range(5)}), deadline=PATIENCE)
    ) as answers:
        first = {(await anext(answers)).editor for _ in quick}
        assert first == {"e1", "e2", "e3", "e4"}
        slow.release.set()
        assert (await anext(answers)).editor == "e0"


async def test_the_slowest_editors_are_asked_first(town: Town) -> None:
    asked: list[str] = []

    def build(who: Sequence[str], /, *, start: datetime, end: datetime) -> str:
        asked.extend(who)
        return build_slot_query(who, start=start, end=end)

    slow = await town.editor(waits_then(answers_slots(SOON)))
    quick = [await town.editor(answers_slots(SOON)) for _ in range(2)]
    engine = await town.engine(quick[0], slow, quick[1], flows={"ps": Flow(build, read)})
    who = {"e0": ids(1), "e1": ids(1, first=1), "e2": ids(1, first=2)}
    heard: set[str] = set()
    async for answer in engine.answers(question(who), deadline=0.1, late_until=PATIENCE):
        heard.add(answer.editor)
        if heard == set(who):  # the slow one by the cut of the deadline
            slow.release.set()
    await hear(engine, question(who, fresh=True))
    assert asked[:3] == ids(3)
    assert asked[3] == ids(1, first=1)[0]


async def test_a_hundred_editors_are_all_heard(town: Town) -> None:
    editors = [await town.editor(answers_slots(SOON, each=2)) for _ in range(100)]
    engine = await town.engine(*editors)
    asked = question({f"e{rank}": ids(2, first=2 * rank) for rank in range(100)})
    answers = await hear(engine, asked)
    assert {slot.practitioner for answer in answers for slot in answer.slots} == set(ids(200))
    assert all(report.kind is Kind.SLOTS and not report.unheard for report in engine.reports(asked, answers))


async def test_a_late_answer_follows_the_cut_and_amends_the_report(town: Town) -> None:
    slow = await town.editor(waits_then(answers_slots(SOON)))
    engine = await town.engine(slow)
    asked = question({"e0": ids(2)})
    answers: list[Answer] = []
    async for answer in engine.answers(asked, deadline=0.05, late_until=PATIENCE):
        answers.append(answer)
        (report,) = engine.reports(asked, answers)
        if not answer.late:
            assert (report.kind, report.unheard) == (Kind.NO_ANSWER, tuple(ids(2)))
        slow.release.set()
    assert [(answer.kind, answer.late) for answer in answers] == [(Kind.NO_ANSWER, False), (Kind.SLOTS, True)]
    assert (report.kind, report.unheard, report.slots) == (Kind.SLOTS, (), 2)


async def test_silence_is_not_repeated_when_late_answers_are_over(town: Town) -> None:
    engine = await town.engine(await town.editor(never_answers))
    answers = await hear(engine, question({"e0": ids(1)}), deadline=0.03, late_until=0.08)
    assert [answer.kind for answer in answers] == [Kind.NO_ANSWER]


async def test_a_late_failure_of_another_kind_is_told(town: Town) -> None:
    editor = await town.editor(waits_then(says(b"", status=500)))
    engine = await town.engine(editor)
    kinds = []
    async for answer in engine.answers(question({"e0": ids(1)}), deadline=0.03, late_until=PATIENCE):
        kinds.append((answer.kind, answer.late))
        editor.release.set()
    assert kinds == [(Kind.NO_ANSWER, False), (Kind.REFUSED, True)]


async def test_a_call_cut_by_our_deadline_goes_on_and_fills_the_cache_without_blaming_the_editor(town: Town) -> None:
    editor = await town.editor(waits_then(answers_slots(SOON)))
    engine = await town.engine(editor)
    (cut,) = await hear(engine, question({"e0": ids(1)}), deadline=0.03)
    assert cut.kind is Kind.NO_ANSWER
    editor.release.set()
    (later,) = await hear(engine, question({"e0": ids(1)}))
    assert later.kind is Kind.SLOTS
    assert len(editor.calls) == 1
    (state,) = engine.states()
    assert (state.counters.no_answer, state.counters.cancelled, state.last_error) == (0, 0, "")


async def test_leaving_the_iterator_cancels_the_call_at_the_editor(town: Town) -> None:
    editor = await town.editor(never_answers)
    quick = await town.editor(answers_slots(SOON))
    engine = await town.engine(editor, quick)
    async with aclosing(engine.answers(question({"e0": ids(1), "e1": ids(1)}), deadline=PATIENCE)) as answers:
        await anext(answers)
    await editor.hung_up.wait()
    assert engine.states()[0].counters.cancelled == 1


async def test_a_cancelled_search_frees_the_editor(town: Town) -> None:
    editor = await town.editor(never_answers)
    engine = await town.engine(config("e0", editor, max_concurrency=1))
    search = asyncio.create_task(hear(engine, question({"e0": ids(1)})))
    await editor.arrived.wait()
    search.cancel()
    with pytest.raises(asyncio.CancelledError):
        await search
    await editor.hung_up.wait()
    editor.behaviour = answers_slots(SOON)
    (answer,) = await hear(engine, question({"e0": ids(1)}))
    assert answer.kind is Kind.SLOTS


async def test_a_call_that_somebody_else_waits_for_survives_the_one_who_leaves(town: Town) -> None:
    editor = await town.editor(waits_then(answers_slots(SOON)))
    engine = await town.engine(editor)
    leaver = asyncio.create_task(hear(engine, question({"e0": ids(2)})))
    await editor.arrived.wait()
    stayer = asyncio.create_task(hear(engine, question({"e0": ids(1)})))
    await asyncio.sleep(0)
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    editor.release.set()
    (answer,) = await stayer
    assert (answer.kind, answer.asked) == (Kind.SLOTS, tuple(ids(1)))
    assert len(editor.calls) == 1


async def test_nobody_boards_a_call_that_is_being_cancelled(town: Town) -> None:
    editor = await town.editor(waits_then(answers_slots(SOON)))
    engine = await town.engine(editor)
    answers = engine.answers(question({"e0": ids(1)}), deadline=PATIENCE)
    first = asyncio.ensure_future(anext(answers))
    await editor.arrived.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    editor.release.set()
    (answer,) = await hear(engine, question({"e0": ids(1)}))
    assert answer.kind is Kind.SLOTS


async def test_closing_the_engine_tells_whoever_waits(town: Town) -> None:
    editor = await town.editor(never_answers)
    engine = await town.engine(editor)
    search = asyncio.create_task(hear(engine, question({"e0": ids(1)})))
    await editor.arrived.wait()
    await engine.close()
    (answer,) = await search
    assert answer.kind is Kind.NO_ANSWER
    with pytest.raises(RuntimeError, match="not open"):
        await hear(engine, question({"e0": ids(1)}))


async def test_closing_the_engine_does_not_wait_for_an_editor_that_was_replaced(town: Town) -> None:
    editor = await town.editor(never_answers)
    engine = await town.engine(editor)
    search = asyncio.create_task(hear(engine, question({"e0": ids(1)})))
    await editor.arrived.wait()
    engine.configure([])
    await engine.close()
    (answer,) = await search
    assert (answer.kind, answer.detail) == (Kind.NO_ANSWER, "call cancelled")


async def test_a_question_about_nobody_ends_at_once(town: Town) -> None:
    engine = await town.engine(await town.editor(never_answers))
    assert await hear(engine, question({"e0": []})) == []
    assert await hear(engine, question({})) == []
    assert engine.reports(question({"e0": []}), []) == ()


async def test_changed_editors_are_swapped_and_the_others_keep_connections_and_calls(town: Town) -> None:
    kept = await town.editor(waits_then(answers_slots(SOON)))
    changed = await town.editor(waits_then(answers_slots(SOON)))
    successor = await town.editor(answers_slots(SOON))
    first = [config("kept", kept), config("changed", changed), config("removed", successor)]
    engine = await town.engine(*first)
    asked = question({"kept": ids(1), "changed": ids(1)})
    search = asyncio.create_task(hear(engine, asked))
    await asyncio.gather(kept.arrived.wait(), changed.arrived.wait())
    engine.configure([first[0], config("changed", successor)])
    kept.release.set()
    changed.release.set()
    assert {answer.kind for answer in await search} == {Kind.SLOTS}
    answers = await hear(engine, question({"kept": ids(2), "changed": ids(2), "removed": ids(1)}, fresh=True))
    kinds = {answer.editor: answer.kind for answer in answers}
    assert kinds == {"kept": Kind.SLOTS, "changed": Kind.SLOTS, "removed": Kind.PAUSED}
    assert (kept.connections, len(kept.calls), len(changed.calls), len(successor.calls)) == (1, 2, 1, 1)


async def test_an_unchanged_editor_keeps_its_open_breaker_when_others_change(town: Town) -> None:
    broken = await town.editor(says(b"", status=500))
    first = config("e0", broken)
    engine = await town.engine(first)
    for _ in range(5):
        await hear(engine, question({"e0": ids(1)}))
    engine.configure([config("e0", broken), config("e1", broken)])
    assert [state.state for state in engine.states()] == [State.OPEN, State.CLOSED]


async def test_a_wrong_configuration_changes_nothing(town: Town) -> None:
    editor = await town.editor(answers_slots(SOON))
    engine = await town.engine(editor)
    for wrong in ([config("a", editor), config("a", editor)], [config("a", editor, flow="fax")]):
        with pytest.raises(ValueError):
            engine.configure(wrong)
    assert [state.editor for state in engine.states()] == ["e0"]


@pytest.mark.parametrize("wrong", [{"timeout": 8.0}, {"timeout": 0}, {"max_ids": 26}, {"max_concurrency": 0}])
def test_limits_of_the_guide_cannot_be_configured_away(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        config("e0", "http://x", **wrong)
