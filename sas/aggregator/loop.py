"""The seam between Django's threads and the engine: one asyncio loop in a daemon thread (docs/adr/0004).

Nothing here reads a database, for which the loop must never wait: threads hand over values, and take answers from a
queue.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from contextlib import aclosing
from typing import Any, TypeVar

from sas.aggregator.engine.editors import EditorConfig
from sas.aggregator.engine.fanout import Engine
from sas.aggregator.engine.outcomes import Answer, Question

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

GRACE = 1.0
"""Seconds that a caller waits beyond its deadline before it gives the loop up as stuck."""

CLOSE_TIMEOUT = 5.0


class EngineLoop:
    """An engine on a loop of its own, in a thread of its own; `make_engine` is called inside that loop.

    Use it from any thread, in the process that made it only: a fork does not carry threads.
    """

    def __init__(self, make_engine: Callable[[], Engine]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="editors", daemon=True)
        self._thread.start()
        self._engine = self._run(_opened(make_engine)).result(CLOSE_TIMEOUT)

    def configure(self, editors: Iterable[EditorConfig]) -> None:
        """Replace the editors for the questions that come after; returns at once."""
        self._loop.call_soon_threadsafe(self._engine.configure, tuple(editors))

    def read(self, look: Callable[[Engine], Result], *, timeout: float = GRACE) -> Result:
        """What `look` sees of the engine, called on its loop. It must not block."""

        async def seen() -> Result:
            return look(self._engine)

        return self._run(seen()).result(timeout)

    def stream(self, question: Question, *, deadline: float, late_until: float | None) -> "AnswerStream":
        """Ask; answers are then taken from the stream as they come."""
        stream = AnswerStream(gives_up_at=time.monotonic() + max(deadline, late_until or 0) + GRACE)
        stream.feed(self._run(self._pump(stream, question, deadline, late_until)))
        return stream

    def close(self) -> None:
        """Cancel the calls, hang up, stop the loop. Whoever waits is told `no_answer`."""
        try:
            self._run(self._engine.close()).result(CLOSE_TIMEOUT)
        except TimeoutError:
            logger.error("the editors' engine did not close in %s s", CLOSE_TIMEOUT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_TIMEOUT)
        if not self._thread.is_alive():
            self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Result]) -> "Future[Result]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _pump(
        self, stream: "AnswerStream", question: Question, deadline: float, late_until: float | None
    ) -> None:
        try:
            answers = self._engine.answers(question, deadline=deadline, late_until=late_until)
            async with aclosing(answers):
                async for answer in answers:
                    stream.put(answer)
        except Exception:
            # The engine answers for its editors; what comes here is our own mistake, and the page must go on.
            logger.exception("a search of editors broke off")
        finally:
            stream.put(None)


class AnswerStream:
    """The answers to one question, as they come. One reader; `close` it in all cases.

    `while not stream.done: answer = stream.get(0.5)`: None means nothing yet (send a heartbeat), or that it just ended.
    """

    def __init__(self, *, gives_up_at: float) -> None:
        self._queue: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        self._gives_up_at = gives_up_at  # monotonic: a loop that hangs must not hold the reader
        self._future: Future[None] | None = None
        self._ended = False

    def get(self, timeout: float) -> Answer | None:
        """The next answer, waiting `timeout` seconds at most; None when there is none yet, or no more at all."""
        if self._ended:
            return None
        try:
            answer = self._queue.get(timeout=timeout) if timeout > 0 else self._queue.get_nowait()
        except queue.Empty:
            self._ended = time.monotonic() > self._gives_up_at
            return None
        self._ended = answer is None
        return answer

    @property
    def done(self) -> bool:
        """True when nothing more will come."""
        return self._ended

    def close(self) -> None:
        """Stop listening: calls that nobody else waits for are cancelled. May be called twice, from any thread."""
        self._ended = True
        if self._future is not None:
            self._future.cancel()

    def put(self, answer: Answer | None) -> None:
        """For the loop: one more answer, or None after the last."""
        self._queue.put(answer)

    def feed(self, future: "Future[None]") -> None:
        """For the loop: what `close` will cancel."""
        self._future = future

    def __enter__(self) -> "AnswerStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


async def _opened(make_engine: Callable[[], Engine]) -> Engine:
    engine = make_engine()
    await engine.open()
    return engine
