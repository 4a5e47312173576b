"""The event stream of a search: cards as editors answer, then silence explained, then the end (docs/adr/0004).

Shape of the stream: `event: carte` holds one card, `event: retire` the id of a card to take away, `event: etat` the
banner, counts and footer as out-of-band fragments, `event: fin` closes it. `fin` always comes: a browser that saw
none would ask again and again.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connections

from sas.aggregator import registry
from sas.aggregator.loop import AnswerStream
from sas.search.conversation import Card, Conversation
from sas.search.criteria import Criteria
from sas.search.lots import Lot, wider

logger = logging.getLogger(__name__)

MOST_STREAMS = 104
"""Streams one process holds: its threads (128, config of the web server) less what pages need (docs/adr/0004)."""

HEARTBEAT = b": encore\n\n"
HEARTBEAT_S = 0.5

_slots = threading.BoundedSemaphore(MOST_STREAMS)

RenderCard = Callable[[Card], str]
RenderState = Callable[[Conversation, bool], str]


def room_for_a_stream() -> bool:
    """Takes a place; `LiveSearch.close` gives it back. False when the process holds as many as it can."""
    return _slots.acquire(blocking=False)


class LiveSearch:
    """An iterator of bytes that the web server closes when the browser leaves: editors are then let go."""

    def __init__(self, lot: Lot, criteria: Criteria, *, card: RenderCard, state: RenderState) -> None:
        self._conversation = Conversation(lot, criteria)
        self._card, self._state = card, state
        self._shown: set[int] = set()
        self._began = time.monotonic()
        # The table of editors is read here, while this thread still holds its database connection.
        self._streams = [self._ask(first=True)]
        self._closed = False
        self._events = self._tell()
        connections.close_all()  # a stream that kept its connection would starve the pages

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._events)

    def close(self) -> None:
        """Ends the calls nobody else waits for and gives the place back. May be called twice."""
        if self._closed:
            return
        self._closed = True
        for stream in self._streams:
            stream.close()
        _slots.release()

    def _ask(self, *, first: bool, question: object = None) -> AnswerStream:
        elapsed = 0.0 if first else time.monotonic() - self._began
        late = max(settings.SAS_EDITOR_TIMEOUT - elapsed, 0.5)
        deadline = min(settings.SAS_EDITOR_DEADLINE, late)
        return registry.stream(question or self._conversation.question, deadline=deadline, late_until=late)  # type: ignore[arg-type]

    def _tell(self) -> Iterator[bytes]:
        yield HEARTBEAT
        try:
            yield from self._rounds()
            yield event("etat", self._state(self._conversation, True))
        except Exception:
            logger.exception("a live search broke off")
            yield event("etat", self._state(self._conversation, True))
        yield event("fin", "fin")

    def _rounds(self) -> Iterator[bytes]:
        widened_at_deadline = False
        while any(not stream.done for stream in self._streams):
            spoke = False
            waiting = [stream for stream in self._streams if not stream.done]
            for stream in waiting:
                answer = stream.get(HEARTBEAT_S / len(waiting))
                if answer is not None:
                    spoke = True
                    yield from self._changes(
                        [self._conversation.card(seat) for seat in self._conversation.hear(answer)]
                    )
                    yield event("etat", self._state(self._conversation, False))
            if not spoke:
                yield HEARTBEAT
            waited = time.monotonic() - self._began >= settings.SAS_EDITOR_DEADLINE
            finished = all(stream.done for stream in self._streams)
            if finished or (waited and not widened_at_deadline):
                widened_at_deadline = waited
                yield from self._widen()

    def _widen(self) -> Iterator[bytes]:
        """Too few have slots: ask a wider circle, while there is time and somebody to ask."""
        enough = self._conversation.with_slots() >= settings.SAS_SEARCH_ENOUGH
        if enough or time.monotonic() - self._began > settings.SAS_EDITOR_TIMEOUT - 1:
            return
        ring = wider(self._conversation.lot, self._conversation.criteria)
        if ring is None:
            connections.close_all()
            return
        question = self._conversation.widen(ring)
        self._streams.append(self._ask(first=False, question=question))
        connections.close_all()
        yield from self._changes([self._conversation.card(seat) for seat in ring.seats])

    def _changes(self, cards: list[Card]) -> Iterator[bytes]:
        for card in sorted(cards, key=lambda card: card.order):
            number = card.seat.candidate.location_id
            if self._conversation.is_shown(card):
                self._shown.add(number)
                yield event("carte", self._card(card))
            elif number in self._shown:
                self._shown.discard(number)
                yield event("retire", str(number))


def event(name: str, data: str) -> bytes:
    """One server-sent event; the data goes on one line, since a line break would end it."""
    return f"event: {name}\ndata: {one_line(data)}\n\n".encode()


def one_line(html: str) -> str:
    """The same HTML on one line; non-breaking spaces stay."""
    return " ".join(line.strip(" \t") for line in html.splitlines())
