"""The running sandbox: its agendas, how it behaves now, and what it was asked."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum

import msgspec
from aiohttp import web

from editor_kit.sandbox.accounts import Accounts
from editor_kit.sandbox.answers import Agendas
from editor_kit.sandbox.notifying import Notifier, Standing
from editor_kit.sandbox.reservations import Reservation, Reservations
from editor_kit.sandbox.sessions import Sessions

SLOW_MS = 4000
CALLS_KEPT = 1000


class Behaviour(StrEnum):
    """How slot searches are answered (`down` concerns every page but the control one)."""

    OK = "ok"
    SLOW = "slow"  # right, but after SLOW_MS
    EMPTY = "empty"  # right, and nobody has a slot
    DOWN = "down"  # takes the connection and closes it without a word
    ERROR = "error"  # 500 with an OperationOutcome
    HTML = "html"  # 200 with a login page
    MALFORMED = "malformed"  # 200 with JSON cut in the middle
    DIRTY = "dirty"  # readable, with every deviation of `editor_kit.sandbox.dirty`


class AccountAnswers(StrEnum):
    """How requests about regulators' accounts are answered, when the behaviour lets them be."""

    OK = "ok"
    REJECTED = "422"  # nothing is written
    MALFORMED = "400"  # nothing is written
    LOST = "lost"  # decided and written, and the answer never leaves


class Call(msgspec.Struct, frozen=True):
    """One slot search: the query as received, and the ids understood from it (none when it was refused)."""

    query: str
    ids: tuple[str, ...]


class Sandbox:
    """What the handlers share. Behaviour may be changed from another thread: it is read once per call."""

    def __init__(
        self,
        agendas: Agendas,
        *,
        name: str,
        behaviour: Behaviour,
        latency_ms: int | None,
        clock: Callable[[], datetime],
        accounts_required: bool = False,
        notifier: Notifier | None = None,
    ) -> None:
        self.agendas = agendas
        self.name = name
        self.clock = clock
        self.started = clock()
        self.set_behaviour(behaviour, latency_ms)
        self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.reservations = Reservations(agendas)
        self.notifier = notifier
        self.accounts = Accounts()
        self.accounts_required = accounts_required
        self.account_answers = AccountAnswers.OK
        self.sessions = Sessions()
        self._counters = dict.fromkeys(
            ("calls", "ids_asked", "slots_sent", "answered", "cancelled", "in_flight", "most_in_flight"), 0
        )

    @property
    def site(self) -> str:
        """The root URL, without a final slash."""
        return self.agendas.site

    @property
    def base_url(self) -> str:
        """The FHIR base URL, to give to `add_editor`."""
        return self.agendas.fhir_base

    @property
    def latency_seconds(self) -> float:
        """How long an answer waits."""
        default = SLOW_MS if self.behaviour is Behaviour.SLOW else 0
        return (default if self.latency_ms is None else self.latency_ms) / 1000

    def set_behaviour(self, behaviour: Behaviour | str, latency_ms: int | None = None) -> None:
        """Answer so from the next call on; `latency_ms` None means the behaviour's own delay."""
        self.behaviour = Behaviour(behaviour)
        self.latency_ms = latency_ms

    def set_account_answers(self, answers: AccountAnswers | str) -> None:
        """Answer so to requests about accounts from the next one on."""
        self.account_answers = AccountAnswers(answers)

    def tell(self, made: Reservation) -> None:
        """Let the platform know of the present state of a reservation, if there is one to tell."""
        if self.notifier is not None:
            self.notifier.tell(made)

    def state(self) -> dict[str, str | int | None]:
        """What `GET /_sandbox/state` shows."""
        told = self.notifier.counts() if self.notifier else Counter[str]()
        return {
            "name": self.name,
            "profile": "ps",
            "base_url": self.base_url,
            "behaviour": self.behaviour.value,
            "latency_ms": int(self.latency_seconds * 1000),
            "people": len(self.agendas.people),
            "booked": self.agendas.booked,
            "accounts": len(self.accounts),
            "account_requests": self.accounts.received,
            "account_answers": self.account_answers.value,
            "accounts_required": self.accounts_required,
            "notify": self.notifier.base_url if self.notifier else None,
            **{f"notifications_{standing.value}": told[standing.value] for standing in Standing},
            **self._counters,
        }

    @contextmanager
    def serving(self, call: Call) -> Iterator[None]:
        """Count a call from its arrival to its answer, or to the caller's going away."""
        counters = self._counters
        self.calls.append(call)
        counters["calls"] += 1
        counters["ids_asked"] += len(call.ids)
        counters["in_flight"] += 1
        counters["most_in_flight"] = max(counters["most_in_flight"], counters["in_flight"])
        answered = False
        try:
            yield
            answered = True
        finally:
            counters["in_flight"] -= 1
            counters["answered" if answered else "cancelled"] += 1

    def sent(self, slots: int) -> None:
        """Count the slots of an answer."""
        self._counters["slots_sent"] += slots


SANDBOX = web.AppKey("sandbox", Sandbox)
