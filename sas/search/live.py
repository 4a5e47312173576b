"""The event stream of a search: cards as editors answer, then silence explained, then the end (docs/adr/0004).

Shape of the stream: `event: carte` holds one card, `event: retire` the id of a card to take away if it is there,
`event: etat` the banner, counts and footer as out-of-band fragments, `event: fin` closes it. `fin` always comes: a
browser that saw none would ask again and again.
"""

import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings

from sas.aggregator import registry
from sas.aggregator.engine.outcomes import Question
from sas.aggregator.loop import AnswerStream
from sas.search.conversation import Card, Conversation
from sas.search.criteria import Criteria
from sas.search.lots import Lot, wider
from sas.search.ranking import Availability
from sas.search.seats import Seat
from sas.web.http import give_connections_back

logger = logging.getLogger(__name__)

MOST_STREAMS = 104
"""Streams one process holds: its threads (128, config of the web server) less what pages need (docs/adr/0004)."""

HEARTBEAT = b": encore\n\n"
HEARTBEAT_S = 0.5
LAST_WIDENING_S = 1.0
"""A wider circle asked later than this before the end would only report editors as silent."""

_places = threading.BoundedSemaphore(MOST_STREAMS)

RenderCard = Callable[[Card], str]
RenderState = Callable[[Conversation, bool], str]


class TooManyStreamsError(Exception):
    """This process holds as many streams as it can: say so rather than queue."""


class LiveSearch:
    """An iterator of bytes that the web server closes when the browser leaves: editors are then let go.

    `apology` is the banner, already rendered, of a search that breaks off by our own fault. Raises
    `TooManyStreamsError`. The place is given back by `close`, or when nobody holds the object any more: a response
    that is lost before its first byte is never closed.
    """

    def __init__(self, lot: Lot, criteria: Criteria, *, card: RenderCard, state: RenderState, apology: str) -> None:
        if not _places.acquire(blocking=False):
            raise TooManyStreamsError
        self._streams: list[AnswerStream] = []
        self._leave = weakref.finalize(self, _leave, self._streams)
        self._leave.atexit = False
        self._conversation = Conversation(lot, criteria)
        self._card, self._state, self._apology = card, state, apology
        self._retired: set[str] = set()
        self._began = time.monotonic()
        self._widened_at_deadline = False
        try:
            # The table of editors is read here, while this thread still holds its database connection.
            self._ask(self._conversation.question, elapsed=0.0)
        except BaseException:
            self._leave()
            raise
        self._events = self._tell()
        give_connections_back()  # a stream that kept its connection would starve the pages

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._events)

    def close(self) -> None:
        """Ends the calls nobody else waits for and gives the place back. May be called twice."""
        self._leave()

    def _ask(self, question: Question, *, elapsed: float) -> None:
        late = max(settings.SAS_EDITOR_TIMEOUT - elapsed, HEARTBEAT_S)
        deadline = min(settings.SAS_EDITOR_DEADLINE, late)
        self._streams.append(registry.stream(question, deadline=deadline, late_until=late))

    def _tell(self) -> Iterator[bytes]:
        yield HEARTBEAT
        try:
            yield from self._rounds()
            yield from self._changes(self._conversation.end())
            yield event("etat", self._state(self._conversation, True))
        except Exception:
            logger.exception("a live search broke off")
            yield event("etat", self._apology)
        yield event("fin", "fin")

    def _rounds(self) -> Iterator[bytes]:
        while waiting := [stream for stream in self._streams if not stream.done]:
            spoke = False
            for stream in waiting:
                answer = stream.get(HEARTBEAT_S / len(waiting))
                if answer is not None:
                    spoke = True
                    yield from self._changes(self._conversation.hear(answer))
                    yield event("etat", self._state(self._conversation, False))
            if not spoke:
                yield HEARTBEAT
            if self._is_time_to_widen():
                yield from self._widen()

    def _is_time_to_widen(self) -> bool:
        """When everybody was heard; or at the deadline, once, without waiting for late answers."""
        elapsed = time.monotonic() - self._began
        if elapsed > settings.SAS_EDITOR_TIMEOUT - LAST_WIDENING_S:
            return False
        if self._conversation.with_slots() >= settings.SAS_SEARCH_ENOUGH:
            return False
        if all(stream.done for stream in self._streams):
            return True
        at_deadline = elapsed >= settings.SAS_EDITOR_DEADLINE and not self._widened_at_deadline
        self._widened_at_deadline |= at_deadline
        return at_deadline

    def _widen(self) -> Iterator[bytes]:
        """Too few have slots: take a wider circle in, and ask about those it adds."""
        try:
            ring = wider(self._conversation.lot, self._conversation.criteria)
            if ring is None:
                return
            question = self._conversation.widen(ring)
            self._ask(question, elapsed=time.monotonic() - self._began)
        finally:
            give_connections_back()
        yield from self._changes(ring.seats)

    def _changes(self, seats: Iterable[Seat]) -> Iterator[bytes]:
        for card in self._conversation.touched(seats):
            number = card.seat.key
            if self._conversation.is_shown(card):
                self._retired.discard(number)
                yield event("carte", self._card(card))
            elif card.availability is not Availability.PENDING and number not in self._retired:
                # Said even of a card that this stream never told: the first page may have shown it from the cache.
                self._retired.add(number)
                yield event("retire", number)


def _leave(streams: list[AnswerStream]) -> None:
    for stream in streams:
        stream.close()
    _places.release()


def event(name: str, data: str) -> bytes:
    """One server-sent event; the data goes on one line, since a line break would end it."""
    return f"event: {name}\ndata: {one_line(data)}\n\n".encode()


def one_line(html: str) -> str:
    """The same HTML on one line; non-breaking spaces stay."""
    return " ".join(line.strip(" \t") for line in html.splitlines())
