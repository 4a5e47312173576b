"""Everything that stands between the searches and one editor: cache, shared calls, breaker, queue, counters."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sas.aggregator.engine.breaker import Breaker, Permit, State
from sas.aggregator.engine.cache import AvailabilityCache, Said
from sas.aggregator.engine.editor_client import EditorClient, Heard
from sas.aggregator.engine.flights import Flight, Inbox
from sas.aggregator.engine.outcomes import Answer, Kind
from sas.fhir.findings import Finding
from sas.fhir.offered import OfferedSlot

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Counters:
    """Since the lane was opened. `ids_*` count practitioners, the others calls."""

    calls: int = 0
    ids_asked: int = 0
    ids_from_cache: int = 0
    ids_shared: int = 0
    slots: int = 0
    no_answer: int = 0
    refused: int = 0
    unreadable: int = 0
    paused: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class EditorState:
    """What an operator wants to know of an editor now. `p50_ms` over the last answers; None before the first."""

    editor: str
    name: str
    state: State
    since: datetime | None
    until: datetime | None
    last_error: str
    last_error_at: datetime | None
    last_answer_at: datetime | None
    in_flight: int
    waiting: int
    p50_ms: float | None
    counters: Counters


class Lane:
    """See the module. Lives on the engine's loop. `usual_ms`: what its answers lately took; 0 before the first."""

    def __init__(self, client: EditorClient, *, breaker: Breaker, cache: AvailabilityCache, clock: Clock) -> None:
        self.config = client.config
        self.counters = Counters()
        self._client = client
        self._breaker = breaker
        self._cache = cache
        self._clock = clock
        self._gate = asyncio.Semaphore(self.config.max_concurrency)
        self._retired = False
        self._flights: set[Flight] = set()
        self._asking: dict[tuple[str, datetime], Flight] = {}
        self._latencies: deque[int] = deque(maxlen=128)
        self.usual_ms = 0.0
        self._last_error = ""
        self._last_error_at: datetime | None = None
        self._last_answer_at: datetime | None = None

    def board(
        self, ids: Iterable[str], *, start: datetime, end: datetime, fresh: bool, inbox: Inbox
    ) -> tuple[list[Answer], dict[Flight, list[str]]]:
        """What can be answered at once, and which flights will bring the rest of `ids`."""
        asked_from = _minute(start)
        missing = list(dict.fromkeys(ids))
        answers: list[Answer] = []
        if not fresh:
            missing, answers = self.known(missing, start=start, end=end)
        boarded: dict[Flight, list[str]] = {}
        to_ask: list[str] = []
        for national_id in missing:
            flight = self._asking.get((national_id, end))
            # A re-check must not be answered by a call that left before it.
            if flight is None or flight.start > asked_from or (fresh and flight.sent):
                to_ask.append(national_id)
            else:
                boarded.setdefault(flight, []).append(national_id)
        self.counters.ids_shared += len(missing) - len(to_ask)
        for first in range(0, len(to_ask), self.config.max_ids):
            batch = tuple(to_ask[first : first + self.config.max_ids])
            departure = self._depart(batch, asked_from, end)
            if isinstance(departure, Flight):
                boarded[departure] = list(batch)
            else:
                answers.append(departure)
        for flight in boarded:
            flight.board(inbox)
        return answers, boarded

    def known(self, ids: Iterable[str], *, start: datetime, end: datetime) -> tuple[list[str], list[Answer]]:
        """Ids that the cache does not know, and one answer per past call among those that it knows."""
        now = self._clock()
        asked_from = _minute(start)
        since = max(start, now)
        missing: list[str] = []
        by_call: dict[datetime, tuple[list[str], list[OfferedSlot]]] = {}
        for national_id in ids:
            said = self._cache.read((self.config.key, end), national_id, start=asked_from, at=now)
            if said is None:
                missing.append(national_id)
                continue
            asked, held = by_call.setdefault(said.checked_at, ([], []))
            asked.append(national_id)
            held.extend(said.by_id[national_id])
        self.counters.ids_from_cache += sum(len(asked) for asked, _ in by_call.values())
        answers: list[Answer] = []
        for checked_at, (asked, held) in by_call.items():
            slots = tuple(_starting(held, since))
            kind = Kind.SLOTS if slots else Kind.EMPTY
            answer = Answer(self.config.key, kind, tuple(asked), slots, checked_at=checked_at, from_cache=True)
            answers.append(answer)
        return missing, answers

    def answers_of(self, flight: Flight, wanted: Sequence[str], *, start: datetime, late: bool = False) -> list[Answer]:
        """What a landed flight says about `wanted`: one answer; two when pages are missing (some ids are unknown)."""
        heard = flight.heard
        if heard is None:
            raise RuntimeError("the flight has not landed")
        since = max(start, self._clock())
        slots: list[OfferedSlot] = []
        silent: list[str] = []
        for national_id in wanted:
            of_id = flight.by_id[national_id]
            if not of_id:
                silent.append(national_id)
            slots.extend(of_id)
        slots = _starting(slots, since)
        if not heard.kind.known:
            return [self._answer(flight, heard.kind, wanted, findings=heard.findings, late=late)]
        told = wanted
        answers: list[Answer] = []
        if silent and not heard.complete:
            told = [national_id for national_id in wanted if flight.by_id[national_id]]
            answers.append(self._answer(flight, Kind.NO_ANSWER, silent, late=late))
        if told:
            kind = Kind.SLOTS if slots else Kind.EMPTY
            answers.insert(0, self._answer(flight, kind, told, slots=slots, findings=heard.findings, late=late))
        return answers

    def cut(self, flights: Iterable[Sequence[str]], elapsed_ms: int) -> Answer:
        """The answer of those who have not been heard at the search's deadline."""
        asked = tuple(national_id for wanted in flights for national_id in wanted)
        return Answer(
            self.config.key, Kind.NO_ANSWER, asked, elapsed_ms=elapsed_ms, detail="nothing yet at the search's deadline"
        )

    def leave(self, flight: Flight, inbox: Inbox, *, let_it_fly: bool) -> None:
        """The search no longer waits for `flight`."""
        if flight.leave(inbox, let_it_fly=let_it_fly):
            self._unlist(flight)  # at once: nobody may board a call that is being cancelled

    def state(self) -> EditorState:
        """For operators; counters are live."""
        at = self._clock()
        return EditorState(
            editor=self.config.key,
            name=self.config.name,
            state=self._breaker.state(at),
            since=self._breaker.since,
            until=self._breaker.until,
            last_error=self._last_error,
            last_error_at=self._last_error_at,
            last_answer_at=self._last_answer_at,
            in_flight=sum(flight.sent for flight in self._flights),
            waiting=sum(not flight.sent for flight in self._flights),
            p50_ms=median(self._latencies) if self._latencies else None,
            counters=self.counters,
        )

    async def close(self, *, cancel: bool) -> None:
        """Ends: cancels the calls, or lets them land first (the editor is being replaced), then hangs up."""
        self._retired = True  # what an endpoint that is no longer ours says is not kept
        tasks = [flight.task for flight in self._flights if flight.task is not None]
        if cancel:
            for task in tasks:
                task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._client.close()

    def _answer(
        self,
        flight: Flight,
        kind: Kind,
        asked: Sequence[str],
        *,
        slots: Sequence[OfferedSlot] = (),
        findings: tuple[Finding, ...] = (),
        late: bool,
    ) -> Answer:
        paused = kind is Kind.PAUSED
        return Answer(
            self.config.key,
            kind,
            tuple(asked),
            tuple(slots),
            findings,
            flight.checked_at,
            flight.elapsed_ms,
            late=late,
            detail=flight.heard.detail if flight.heard else "",
            paused_since=self._breaker.since if paused else None,
            paused_until=self._breaker.until if paused else None,
        )

    def _depart(self, ids: tuple[str, ...], start: datetime, end: datetime) -> Flight | Answer:
        now = self._clock()
        if len(self._flights) >= self.config.max_concurrency + self.config.max_waiting:
            return self._not_asked(ids, "queue full")
        permit = self._breaker.admit(now)
        if permit is None:
            return self._not_asked(ids, self._last_error)
        loop = asyncio.get_running_loop()
        flight = Flight(self.config.key, ids, start, end, permit, born=loop.time(), asked_at=now)
        self._flights.add(flight)
        for national_id in ids:
            self._asking[national_id, end] = flight
        flight.task = loop.create_task(self._fly(flight))
        flight.task.add_done_callback(lambda task: self._ended(flight, task))
        return flight

    def _not_asked(self, ids: tuple[str, ...], detail: str) -> Answer:
        self.counters.paused += 1
        since, until = self._breaker.since, self._breaker.until
        return Answer(self.config.key, Kind.PAUSED, ids, detail=detail, paused_since=since, paused_until=until)

    async def _fly(self, flight: Flight) -> None:
        self._landed(flight, await self._call(flight))

    async def _call(self, flight: Flight) -> Heard:
        try:
            if self._gate.locked():
                async with asyncio.timeout(self.config.queue_wait):
                    await self._gate.acquire()
            else:
                await self._gate.acquire()
        except TimeoutError:
            return self._not_sent(flight, "queue too long")
        try:
            if not self._breaker.holds(flight.permit):
                return self._not_sent(flight, self._last_error)
            flight.sent = True
            flight.asked_at = self._clock()
            self.counters.calls += 1
            self.counters.ids_asked += len(flight.ids)
            heard = await self._client.ask(flight.ids, start=flight.start, end=flight.end)
            self._record(flight.permit, heard, self._clock())  # before the next in the queue is let through
            return heard
        finally:
            self._gate.release()

    def _not_sent(self, flight: Flight, detail: str) -> Heard:
        self.counters.paused += 1
        self._breaker.abandoned(flight.permit, self._clock())
        return Heard(Kind.PAUSED, detail=detail)

    def _landed(self, flight: Flight, heard: Heard) -> None:
        now = self._clock()
        flight.land(heard, at=now, now=asyncio.get_running_loop().time())
        if heard.kind.known:
            self.usual_ms += (flight.elapsed_ms - self.usual_ms) / (8 if self._latencies else 1)
            self._latencies.append(flight.elapsed_ms)
            self._last_answer_at = now
            self._keep(flight, now)
        self._unlist(flight)

    def _ended(self, flight: Flight, task: asyncio.Task[None]) -> None:
        """Whatever became of the task, even cancelled before its first step, whoever waits is told."""
        self._flights.discard(flight)
        if task.cancelled():
            self.counters.cancelled += 1
        elif error := task.exception():
            logger.error("A call to editor %s broke off", self.config.key, exc_info=error)
        if flight.heard is not None:
            return
        now = self._clock()
        waited = now - flight.asked_at if flight.sent and task.cancelled() else timedelta(0)
        if self._breaker.abandoned(flight.permit, now, waited):
            self._last_error = f"{Kind.NO_ANSWER}: given up by everybody after {waited.total_seconds():.1f} s"
            self._last_error_at = now
        self._landed(flight, Heard(Kind.NO_ANSWER, detail="call cancelled"))

    def _record(self, permit: Permit, heard: Heard, now: datetime) -> None:
        """Tells the breaker and the counters how the call ended."""
        counters = self.counters
        match heard.kind:
            case Kind.SLOTS | Kind.EMPTY:
                counters.slots += len(heard.slots)
            case Kind.NO_ANSWER:
                counters.no_answer += 1
            case Kind.REFUSED:
                counters.refused += 1
            case Kind.UNREADABLE:
                counters.unreadable += 1
        if heard.failed or not heard.kind.known:
            self._last_error, self._last_error_at = f"{heard.kind}: {heard.detail}", now
        if heard.rest:
            self._breaker.rest(permit, now, heard.retry_after)
        elif heard.failed:
            self._breaker.failed(permit, now)
        else:
            self._breaker.succeeded(permit, now)

    def _keep(self, flight: Flight, at: datetime) -> None:
        """Into the cache: each id, or only those with slots when the answer was cut short because it was too long."""
        heard = flight.heard
        if heard is None or self._retired or (heard.failed and not heard.complete):
            return
        by_id = flight.by_id
        if not heard.complete:
            by_id = {national_id: slots for national_id, slots in by_id.items() if slots}
        self._cache.keep(Said(self.config.key, flight.start, flight.end, flight.asked_at, at, by_id), at=at)

    def _unlist(self, flight: Flight) -> None:
        for national_id in flight.ids:
            if self._asking.get((national_id, flight.end)) is flight:
                del self._asking[national_id, flight.end]


def _starting(slots: list[OfferedSlot], since: datetime) -> list[OfferedSlot]:
    """The slots that have not started at `since`."""
    if not slots:
        return slots
    since = since.astimezone(slots[0].start.tzinfo)  # comparing times of one tzinfo is ten times faster
    return [slot for slot in slots if slot.start >= since]


def _minute(start: datetime) -> datetime:
    """Editors are asked from the whole minute: questions of the same minute are then the same question."""
    return start.replace(second=0, microsecond=0)
