"""The editors' table made into a running engine: what searches call to ask editors.

One engine per process, opened at the first question (never at import: web workers are forked or spawned). The table is
read by the thread that asks, every few seconds at most, and handed to the engine, which changes without stopping. Every
function that asks reads the table first: call it before giving the database connection back.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone

from sas.aggregator.engine.editors import EditorConfig
from sas.aggregator.engine.fanout import Engine
from sas.aggregator.engine.flows import Flow
from sas.aggregator.engine.lanes import EditorState
from sas.aggregator.engine.outcomes import Answer, Kind, Question
from sas.aggregator.loop import AnswerStream, EngineLoop
from sas.aggregator.queries import EditorRow, askable_editors
from sas.fhir import slots
from sas.fhir.slot_query import build_slot_query

REFRESH_SECONDS = 3.0
"""How long a change of the editors' table may take to reach a process."""


def ask(question: Question, *, deadline: float, once_asked: Callable[[], None] = lambda: None) -> tuple[Answer, ...]:
    """Every answer that comes within `deadline` seconds; whoever says nothing is `no_answer`. Blocks; never raises
    for a partner. `engine.reports.reports` sums them up by editor.

    `once_asked` is called when the table has been read and editors are at work: the moment to give connections back.
    """
    if not any(question.ids_by_editor.values()):
        return ()
    answers = []
    with _engine().stream(question, deadline=deadline, late_until=None) as stream:
        once_asked()
        while not stream.done:
            if answer := stream.get(max(deadline, 0.05)):
                answers.append(answer)
    return (*answers, *_unsaid(question, answers))


def known(question: Question) -> tuple[Answer, ...]:
    """What the cache says of `question`, at once: nobody is called, and who is not in the cache is not mentioned."""
    return _engine().read(lambda engine: engine.known(question))


def stream(question: Question, *, deadline: float, late_until: float) -> AnswerStream:
    """Ask, and take answers as they come: real ones or `no_answer` until `deadline`, then late ones until `late_until`
    (seconds from now). The table has been read when this returns: give the database connection back then."""
    return _engine().stream(question, deadline=deadline, late_until=late_until)


def editors() -> Mapping[str, EditorRow]:
    """The editors that searches ask, by key, as this process knows them (`REFRESH_SECONDS` old at most)."""
    _engine()
    return _STATE.editors or {}


def states() -> tuple[EditorState, ...]:
    """Every editor as this process sees it (breaker, latency, counters); nothing before its first question."""
    running = _STATE.loop if _STATE.pid == os.getpid() else None
    return running.read(lambda engine: engine.states()) if running else ()


def close() -> None:
    """Stop this process's engine; the next question opens another. For tests and the end of the process."""
    with _STATE.lock:
        running, _STATE.loop, _STATE.editors = _STATE.loop, None, None
        if running is not None and _STATE.pid == os.getpid():
            running.close()


@dataclass
class _State:
    """This process's engine. `editors` is the table as the engine knows it; `read_at` is monotonic."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    pid: int = 0
    loop: EngineLoop | None = None
    editors: dict[str, EditorRow] | None = None
    read_at: float = 0.0


_STATE = _State()


def _forget_parent() -> None:
    """In a forked child the thread is gone and the lock may be held by nobody: start anew."""
    global _STATE
    _STATE = _State()


os.register_at_fork(after_in_child=_forget_parent)
atexit.register(close)


def _engine() -> EngineLoop:
    """The engine of this process, with a table read `REFRESH_SECONDS` ago at most, give or take one reading: while a
    thread reads the table again, the others go on with what is known."""
    state = _STATE
    if state.loop is not None and (_is_recent(state) or not state.lock.acquire(blocking=False)):
        return state.loop
    if state.loop is None:
        state.lock.acquire()
    try:
        return state.loop if state.loop is not None and _is_recent(state) else _refreshed(state)
    finally:
        state.lock.release()


def _is_recent(state: _State) -> bool:
    return time.monotonic() - state.read_at < REFRESH_SECONDS


def _refreshed(state: _State) -> EngineLoop:
    editors = askable_editors()
    if state.loop is None:
        state.loop, state.pid = EngineLoop(lambda: _new_engine(editors)), os.getpid()
    elif editors != state.editors:
        state.loop.configure(_configs(editors))
    state.editors, state.read_at = editors, time.monotonic()
    return state.loop


def _new_engine(editors: dict[str, EditorRow]) -> Engine:
    flows = {"ps": Flow(build_slot_query, slots.read)}
    return Engine(_configs(editors), clock=timezone.now, cache_ttl=settings.SAS_CACHE_SECONDS, flows=flows)


def _configs(editors: dict[str, EditorRow]) -> tuple[EditorConfig, ...]:
    """Configurations of the practitioners' flow, the only one that searches ask for now (INT_R01)."""
    return tuple(
        EditorConfig(
            key=row.key,
            name=row.name,
            base_url=row.base_url,
            flow="ps",
            timeout=min(row.timeout, settings.SAS_EDITOR_TIMEOUT),
            max_concurrency=row.max_concurrency,
        )
        for row in editors.values()
        if "ps" in row.flows
    )


def _unsaid(question: Question, answers: list[Answer]) -> list[Answer]:
    """A loop that hangs says nothing of some people: for the page they are unknown, not absent."""
    said = {(answer.editor, national_id) for answer in answers for national_id in answer.asked}
    unsaid = {
        editor: tuple(national_id for national_id in ids if (editor, national_id) not in said)
        for editor, ids in question.ids_by_editor.items()
    }
    return [
        Answer(editor, Kind.NO_ANSWER, ids, detail="the engine said nothing") for editor, ids in unsaid.items() if ids
    ]
