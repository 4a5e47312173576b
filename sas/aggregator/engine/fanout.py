"""The engine: one question to every editor at once, answers as they come, and an end on time whatever they do.

Pure asyncio, no Django: one instance lives on one event loop (platform.md §6, style.md §3.4). Everything that can go
wrong with an editor is an `Answer`; the only exceptions are our own mistakes (engine not open).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sas.aggregator.engine.breaker import Breaker, BreakerRules
from sas.aggregator.engine.cache import AvailabilityCache
from sas.aggregator.engine.editor_client import EditorClient
from sas.aggregator.engine.editors import EditorConfig
from sas.aggregator.engine.flights import Flight, Inbox
from sas.aggregator.engine.flows import Flow
from sas.aggregator.engine.lanes import EditorState, Lane
from sas.aggregator.engine.outcomes import Answer, Kind, Question
from sas.aggregator.engine.reports import reports


class Engine:
    """`async with Engine(editors, clock=…) as engine:`, or `open()` and `close()` from the loop that will run it.

    `clock` returns an aware datetime. `cache_ttl` in seconds. Methods are for the engine's own loop: from another
    thread, go through `asyncio.run_coroutine_threadsafe` or `loop.call_soon_threadsafe`.
    """

    reports = staticmethod(reports)

    def __init__(
        self,
        editors: Iterable[EditorConfig],
        *,
        clock: Callable[[], datetime],
        cache_ttl: float = 60.0,
        cache_max_weight: int = 100_000,
        breaker_rules: BreakerRules | None = None,
        flows: Mapping[str, Flow],
    ) -> None:
        self._clock = clock
        self._rules = breaker_rules or BreakerRules()
        self._flows = flows
        self._cache = AvailabilityCache(timedelta(seconds=cache_ttl), cache_max_weight)
        self._lanes: dict[str, Lane] = {}
        self._retiring: dict[asyncio.Task[None], Lane] = {}
        self._is_open = False
        self._editors = tuple(editors)

    async def __aenter__(self) -> "Engine":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Ready to answer. Connections are made by the first calls and kept."""
        self._is_open = True
        self.configure(self._editors)

    async def close(self) -> None:
        """Cancels the calls, tells whoever waits (`no_answer`), hangs up everywhere."""
        self._is_open = False
        lanes = [*self._lanes.values(), *self._retiring.values()]
        self._lanes = {}
        await asyncio.gather(*(lane.close(cancel=True) for lane in lanes), *self._retiring)

    def configure(self, editors: Iterable[EditorConfig]) -> None:
        """Replaces the editors without stopping. Unchanged ones keep connections, breaker and calls in flight; the
        calls of changed or removed ones land first, then their connections close. Call it on the engine's loop.

        Raises ValueError, and changes nothing, when a key comes twice or a flow is unknown.
        """
        wanted = tuple(editors)
        keys = [config.key for config in wanted]
        if len(set(keys)) != len(keys):
            raise ValueError(f"editor keys must be unique: {sorted(key for key in set(keys) if keys.count(key) > 1)}")
        unknown = {config.flow for config in wanted} - set(self._flows)
        if unknown:
            raise ValueError(f"unknown flows {sorted(unknown)}: this engine knows {sorted(self._flows)}")
        self._editors = wanted
        if not self._is_open:
            return
        before, self._lanes = self._lanes, {}
        for config in wanted:
            lane = before.get(config.key)
            if lane is not None and lane.config == config:
                self._lanes[config.key] = before.pop(config.key)
            else:
                self._lanes[config.key] = self._new_lane(config)
        for key, lane in before.items():
            self._cache.forget(key)
            task = asyncio.get_running_loop().create_task(lane.close(cancel=False))
            self._retiring[task] = lane
            task.add_done_callback(self._retiring.pop)

    async def answers(
        self, question: Question, *, deadline: float, late_until: float | None = None
    ) -> AsyncGenerator[Answer, None]:
        """Asks everybody, then yields what is known at once and the rest as it comes; seconds from the first `anext`.

        At `deadline`, one `no_answer` per editor that still owes something, about the ids it owes. Without `late_until`
        the iterator then ends; with it, real answers that come before `late_until` follow, `late=True`. Calls that the
        deadline cut go on to the editor's own timeout, for the cache and the breaker. Leaving before the deadline
        (`aclose`, cancelled task) cancels the calls that nobody else waits for: use `contextlib.aclosing`.
        """
        if not self._is_open:
            raise RuntimeError("the engine is not open: await engine.open() first")
        loop = asyncio.get_running_loop()
        began = loop.time()
        inbox: Inbox = asyncio.Queue()
        last = max(deadline, late_until or 0.0)
        bells = [loop.call_at(began + seconds, inbox.put_nowait, None) for seconds in sorted({deadline, last})]
        owed: dict[Flight, tuple[Lane, list[str]]] = {}
        late = over = False
        try:
            for answer in self._board(question, inbox, owed):
                yield answer
            while owed and not over:
                flight = await inbox.get()
                if flight is None:
                    heard = [] if late else _cut(owed, loop.time() - began)
                    over, late = late or last == deadline, True
                else:
                    lane, wanted = owed.pop(flight)
                    heard = lane.answers_of(flight, wanted, start=question.start, late=late)
                for answer in heard:
                    if not answer.late or answer.kind is not Kind.NO_ANSWER:  # said already, at the deadline
                        yield answer
        finally:
            for bell in bells:
                bell.cancel()
            for flight, (lane, _) in owed.items():
                lane.leave(flight, inbox, let_it_fly=over)

    def known(self, question: Question) -> tuple[Answer, ...]:
        """What the cache says of `question`; nobody is called, and who is not in the cache is not mentioned."""
        if question.fresh:
            return ()
        return tuple(
            answer
            for editor, ids in question.ids_by_editor.items()
            if editor in self._lanes
            for answer in self._lanes[editor].known(dict.fromkeys(ids), start=question.start, end=question.end)[1]
        )

    def states(self) -> tuple[EditorState, ...]:
        """Every editor as operators see it: breaker, failures, latency, counters."""
        return tuple(lane.state() for lane in self._lanes.values())

    def _new_lane(self, config: EditorConfig) -> Lane:
        client = EditorClient(config, self._flows[config.flow], clock=self._clock)
        return Lane(client, breaker=Breaker(self._rules), cache=self._cache, clock=self._clock)

    def _board(self, question: Question, inbox: Inbox, owed: dict[Flight, tuple[Lane, list[str]]]) -> list[Answer]:
        """Starts every call, fills `owed`, returns what is known at once."""
        at_once: list[Answer] = []
        asked: list[tuple[Lane, Sequence[str]]] = []
        for editor, ids in question.ids_by_editor.items():
            if lane := self._lanes.get(editor):
                asked.append((lane, ids))
            elif ids:  # removed a moment ago: not asked, so not known
                at_once.append(Answer(editor, Kind.PAUSED, tuple(ids), detail="editor not configured"))
        # The slowest first: the search ends with them, and to write to the others takes a while.
        asked.sort(key=lambda pair: pair[0].usual_ms, reverse=True)
        for lane, ids in asked:
            answers, boarded = lane.board(
                ids, start=question.start, end=question.end, fresh=question.fresh, inbox=inbox
            )
            at_once.extend(answers)
            for flight, wanted in boarded.items():
                owed[flight] = (lane, wanted)
        at_once.sort(key=lambda answer: not answer.kind.known)  # slots first, troubles after
        return at_once


def _cut(owed: Mapping[Flight, tuple[Lane, list[str]]], elapsed: float) -> list[Answer]:
    by_editor: dict[str, tuple[Lane, list[list[str]]]] = {}
    for flight, (lane, wanted) in owed.items():
        by_editor.setdefault(flight.editor, (lane, []))[1].append(wanted)
    return [lane.cut(batches, round(elapsed * 1000)) for lane, batches in by_editor.values()]
