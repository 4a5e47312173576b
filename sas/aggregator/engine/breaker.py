"""A circuit breaker for one editor: stop asking who keeps failing, then try again with a single call.

    closed      calls pass; too many failures among the recent calls open it
    open        nobody is asked until `until`
    half_open   `until` has passed: one probe is let through, all others are refused until its fate is known

No timers: state is a function of the recorded calls and of the clock's reading passed as `at`.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """See the module's table."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When to open, and for how long.

    Opens when at least `failures` of the last `sample` calls of the last `window` failed, and they are `ratio` of them
    or more. Stays open `pause`, twice longer after each failed probe, up to `longest_pause` (also the most that an
    editor's own Retry-After can obtain: a partner's typing error must not remove it for a week).
    A call that everybody gave up after `patience` counts as a failure: where users always leave before the editor's
    timeout, one that hangs would otherwise never be found out.
    """

    failures: int = 5
    ratio: float = 0.5
    sample: int = 20
    window: timedelta = timedelta(seconds=60)
    pause: timedelta = timedelta(seconds=15)
    longest_pause: timedelta = timedelta(minutes=5)
    patience: timedelta = timedelta(seconds=2.5)


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to make one call. It must be given back: `succeeded`, `failed` or `abandoned`."""

    generation: int
    probe: bool


class Breaker:
    """See the module. Not thread-safe: it lives on the engine's loop."""

    def __init__(self, rules: BreakerRules) -> None:
        self._rules = rules
        self._recent: deque[tuple[datetime, bool]] = deque(maxlen=rules.sample)
        self._pause = rules.pause
        self._generation = 0  # a call admitted before the last change of state says nothing about the present one
        self._probing = False
        self.since: datetime | None = None
        self.until: datetime | None = None

    def state(self, at: datetime) -> State:
        """The state at that instant."""
        if self.until is None:
            return State.CLOSED
        return State.OPEN if at < self.until else State.HALF_OPEN

    def admit(self, at: datetime) -> Permit | None:
        """A permit, or None: do not call."""
        state = self.state(at)
        if state is State.CLOSED:
            return Permit(self._generation, probe=False)
        if state is State.OPEN or self._probing:
            return None
        self._probing = True
        return Permit(self._generation, probe=True)

    def holds(self, permit: Permit) -> bool:
        """False when the breaker opened since the permit was given: who queued meanwhile must not be sent."""
        return permit.generation == self._generation

    def succeeded(self, permit: Permit, at: datetime) -> None:
        """The editor is alive: it answered, or refused for a reason of ours (4xx)."""
        if not self.holds(permit):
            return
        if permit.probe:
            self._close()
        self._recent.append((at, True))

    def failed(self, permit: Permit, at: datetime) -> None:
        """No answer, an error of its own (5xx), or something that cannot be read."""
        if not self.holds(permit):
            return
        if permit.probe:
            self._pause = min(self._pause * 2, self._rules.longest_pause)
            self._open(at, at + self._pause)
            return
        self._recent.append((at, False))
        recent = [ok for when, ok in self._recent if at - when <= self._rules.window]
        failures = recent.count(False)
        if failures >= self._rules.failures and failures >= self._rules.ratio * len(recent):
            self._open(at, at + self._pause)

    def abandoned(self, permit: Permit, at: datetime, waited: timedelta = timedelta(0)) -> bool:
        """The call ended before its fate was known, having waited for the editor that long. True: held against it.

        Otherwise nothing is learnt, and a probe may be tried again.
        """
        if waited >= self._rules.patience:
            self.failed(permit, at)
            return True
        if permit.probe and self.holds(permit):
            self._probing = False
        return False

    def rest(self, permit: Permit, at: datetime, seconds: float | None) -> None:
        """The editor itself asks to be left alone (429, Retry-After); `seconds` None when it does not say how long."""
        if not self.holds(permit):
            return
        asked = self._pause if seconds is None else timedelta(seconds=max(seconds, 1.0))
        self._open(at, at + min(asked, self._rules.longest_pause))

    def _open(self, at: datetime, until: datetime) -> None:
        self._generation += 1
        self._probing = False
        self._recent.clear()
        self.since = self.since or at  # failed probes prolong the same trouble
        self.until = until

    def _close(self) -> None:
        self._generation += 1
        self._probing = False
        self._recent.clear()
        self._pause = self._rules.pause
        self.since = self.until = None
