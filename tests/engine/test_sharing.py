"""Who asks what an editor is already asked, or has just said, does not make it asked again."""

import asyncio
from datetime import timedelta

import pytest

from sas.aggregator.engine.outcomes import Kind
from tests.engine.conftest import END, NOW, SOON, Clock, Town, config, hear, ids, question
from tests.fakes.hostile_editor import answers_slots, bundle, in_turn, never_answers, says, waits_then


async def test_twenty_identical_searches_at_once_make_one_call(town: Town) -> None:
    editor = await town.editor(waits_then(answers_slots(SOON)))
    engine = await town.engine(editor)
    searches = [asyncio.create_task(hear(engine, question({"e0": ids(3)}))) for _ in range(20)]
    await editor.arrived.wait()
    editor.release.set()
    for (answer,) in await asyncio.gather(*searches):
        assert [slot.practitioner for slot in answer.slots] == ids(3)
    assert len(editor.calls) == 1
    assert engine.states()[0].counters.ids_shared == 19 * 3


async def test_without_sharing_the_same_twenty_searches_make_twenty_calls(town: Town) -> None:
    """The control: re-checks never board a call that has left, so they show what sharing saves."""
    editor = await town.editor(waits_then(answers_slots(SOON)))
    engine = await town.engine(config("e0", editor, max_concurrency=20))
    searches = []
    for count in range(1, 21):
        searches.append(asyncio.create_task(hear(engine, question({"e0": ids(3)}, fresh=True))))
        await editor.has_received(count)
    editor.release.set()
    await asyncio.gather(*searches)
    assert len(editor.calls) == 20


async def test_overlapping_searches_ask_only_what_nobody_has_asked(town: Town) -> None:
    editor = await town.editor(waits_then(answers_slots(SOON)))
    engine = await town.engine(editor)
    first = asyncio.create_task(hear(engine, question({"e0": ids(10)})))
    await editor.has_received(1)
    second = asyncio.create_task(hear(engine, question({"e0": ids(10, first=5)}, start=NOW + timedelta(seconds=5))))
    await editor.has_received(2)
    editor.release.set()
    await first
    answers = await second
    assert [call.ids for call in editor.calls] == [ids(10), ids(5, first=10)]
    assert {slot.practitioner for answer in answers for slot in answer.slots} == set(ids(10, first=5))


async def test_at_most_25_ids_a_call_each_once_and_only_those_linked_to_the_editor(town: Town) -> None:
    mine, theirs = await town.editor(answers_slots(SOON)), await town.editor(answers_slots(SOON))
    engine = await town.engine(mine, theirs)
    await hear(engine, question({"e0": ids(60) + ids(5), "e1": ids(3, first=100)}))
    assert sorted(len(call.ids) for call in mine.calls) == [10, 25, 25]
    assert sorted(mine.asked) == ids(60)
    assert theirs.asked == ids(3, first=100)


async def test_slots_of_somebody_who_was_not_asked_about_are_left_out(town: Town) -> None:
    editor = await town.editor(says(bundle(ids(4), first=SOON)))
    engine = await town.engine(editor)
    (answer,) = await hear(engine, question({"e0": ids(2)}))
    assert [slot.practitioner for slot in answer.slots] == ids(2)


async def test_what_was_heard_is_told_again_with_its_age_until_it_is_too_old(town: Town, clock: Clock) -> None:
    editor = await town.editor(answers_slots(SOON))
    engine = await town.engine(editor, cache_ttl=60)
    await hear(engine, question({"e0": ids(2)}))
    clock.pass_(59)
    (again,) = await hear(engine, question({"e0": ids(2)}, start=clock.now))
    assert (again.from_cache, again.checked_at, again.kind) == (True, NOW, Kind.SLOTS)
    clock.pass_(1)
    (anew,) = await hear(engine, question({"e0": ids(2)}, start=clock.now))
    assert (anew.from_cache, anew.checked_at) == (False, clock.now)
    assert len(editor.calls) == 2


async def test_cached_answers_come_first_and_only_the_others_are_asked(town: Town) -> None:
    editor = await town.editor(answers_slots(SOON))
    engine = await town.engine(editor)
    await hear(engine, question({"e0": ids(2)}))
    cached, asked = await hear(engine, question({"e0": ids(4)}))
    assert (cached.from_cache, cached.asked) == (True, tuple(ids(2)))
    assert (asked.from_cache, asked.asked) == (False, tuple(ids(2, first=2)))
    assert editor.calls[1].ids == ids(2, first=2)


async def test_what_is_known_is_told_without_calling_anybody(town: Town) -> None:
    editor = await town.editor(answers_slots(SOON))
    engine = await town.engine(editor)
    assert engine.known(question({"e0": ids(2), "gone": ids(1)})) == ()
    await hear(engine, question({"e0": ids(2)}))
    (answer,) = engine.known(question({"e0": ids(4), "gone": ids(1)}))
    assert (answer.asked, answer.from_cache, len(answer.slots)) == (tuple(ids(2)), True, 2)
    assert engine.known(question({"e0": ids(2)}, fresh=True)) == ()
    assert len(editor.calls) == 1


async def test_no_slot_is_remembered_and_a_failure_is_not(town: Town) -> None:
    empty = await town.editor(says(bundle([], first=SOON)))
    failing = await town.editor(says(b"", status=500))
    engine = await town.engine(empty, failing)
    for _ in range(2):
        await hear(engine, question({"e0": ids(1), "e1": ids(1)}))
    assert (len(empty.calls), len(failing.calls)) == (1, 2)


async def test_of_an_answer_cut_for_its_length_only_those_with_slots_are_remembered(town: Town) -> None:
    pages = [says(bundle(ids(1), first=SOON, next_url=f"?page={rank}")) for rank in range(1, 10)]
    editor = await town.editor(in_turn(*pages))
    engine = await town.engine(editor)
    await hear(engine, question({"e0": ids(2)}))
    (answer,) = engine.known(question({"e0": ids(2)}))
    assert answer.asked == tuple(ids(1))


async def test_an_answer_whose_next_page_failed_is_not_remembered(town: Town) -> None:
    editor = await town.editor(in_turn(says(bundle(ids(1), first=SOON, next_url="?page=1")), says(b"", status=500)))
    engine = await town.engine(editor)
    (answer,) = await hear(engine, question({"e0": ids(1)}))
    assert answer.kind is Kind.SLOTS
    assert engine.known(question({"e0": ids(1)})) == ()


async def test_a_fresh_question_passes_the_cache_by_and_refreshes_it(town: Town, clock: Clock) -> None:
    editor = await town.editor(in_turn(answers_slots(SOON, each=2), answers_slots(SOON, each=1)))
    engine = await town.engine(editor)
    await hear(engine, question({"e0": ids(1)}))
    clock.pass_(10)
    (fresh,) = await hear(engine, question({"e0": ids(1)}, fresh=True))
    (after,) = await hear(engine, question({"e0": ids(1)}))
    assert (len(fresh.slots), fresh.from_cache) == (1, False)
    assert (len(after.slots), after.from_cache, after.checked_at) == (1, True, clock.now)


async def test_an_older_call_that_lands_last_does_not_overwrite_a_younger_one(town: Town, clock: Clock) -> None:
    editor = await town.editor(in_turn(waits_then(answers_slots(SOON, each=2)), answers_slots(SOON, each=1)))
    engine = await town.engine(editor)
    older = asyncio.create_task(hear(engine, question({"e0": ids(1)})))
    await editor.arrived.wait()
    clock.pass_(5)
    await hear(engine, question({"e0": ids(1)}, fresh=True))
    editor.release.set()
    await older
    (cached,) = await hear(engine, question({"e0": ids(1)}))
    assert len(cached.slots) == 1


async def test_slots_that_have_started_since_they_were_heard_are_left_out(town: Town, clock: Clock) -> None:
    editor = await town.editor(answers_slots(NOW + timedelta(seconds=30), each=2))
    engine = await town.engine(editor)
    (before,) = await hear(engine, question({"e0": ids(1)}))
    clock.pass_(31)
    (after,) = await hear(engine, question({"e0": ids(1)}))
    assert (len(before.slots), len(after.slots), after.from_cache) == (2, 1, True)


async def test_the_editor_is_asked_from_the_minute_and_the_answer_cut_to_the_exact_window(town: Town) -> None:
    editor = await town.editor(answers_slots(SOON, each=2))
    engine = await town.engine(editor)
    (answer,) = await hear(engine, question({"e0": ids(1)}, start=SOON + timedelta(seconds=10)))
    assert [slot.start for slot in answer.slots] == [SOON + timedelta(minutes=15)]
    assert "start=ge2026-03-10T11:15:00.000%2B01:00" in editor.calls[0].target


async def test_another_window_is_another_question(town: Town) -> None:
    editor = await town.editor(answers_slots(SOON))
    engine = await town.engine(editor)
    await hear(engine, question({"e0": ids(1)}, start=NOW + timedelta(hours=2)))
    await hear(engine, question({"e0": ids(1)}))
    await hear(engine, question({"e0": ids(1)}, end=END + timedelta(days=1)))
    assert len(editor.calls) == 3


async def test_an_editor_never_has_more_calls_at_once_than_it_accepts(town: Town) -> None:
    editor = await town.editor(waits_then(answers_slots(SOON)))
    engine = await town.engine(config("e0", editor, max_concurrency=2, max_ids=1))
    search = asyncio.create_task(hear(engine, question({"e0": ids(8)})))
    await editor.has_received(2)
    editor.release.set()
    assert len(await search) == 8
    assert editor.most_at_once == 2


@pytest.mark.parametrize("limits", [{"max_waiting": 1}, {"queue_wait": 0.01}])
async def test_who_finds_the_queue_too_long_is_told_so_at_once_and_the_editor_is_not_blamed(
    town: Town, limits: dict[str, float]
) -> None:
    editor = await town.editor(never_answers)
    engine = await town.engine(config("e0", editor, max_concurrency=1, max_ids=1, **limits))
    answers = await hear(engine, question({"e0": ids(3)}), deadline=0.2)
    paused = [answer for answer in answers if answer.kind is Kind.PAUSED]
    assert paused
    assert all("queue" in answer.detail for answer in paused)
    assert len(editor.calls) == 1
