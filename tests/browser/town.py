"""A small town for the browser: doctors of Lille, and real sandboxes whose answers a test can hold back."""

import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from editor_kit.sandbox.people import Person
from editor_kit.sandbox.running import now_utc, sandbox_thread
from editor_kit.sandbox.state import Sandbox
from sas.aggregator.services import link_people, register_editor
from sas.directory.models import PracticeLocation
from tests.factories import directory as factories
from tests.factories.sandbox import person_at

SETTING_UP: dict[str, Any] = {"by": "test", "at": datetime(2026, 1, 5, tzinfo=UTC)}
GATE_SECONDS = 30
LILLE = (50.6309, 3.0709)


class Gate:
    """A sandbox's clock that does not tell the time while it is shut: every answer waits for `open`."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self._opened.set()

    def __call__(self) -> datetime:
        self._opened.wait(GATE_SECONDS)
        return now_utc()

    def shut(self) -> None:
        """From now on, answers wait."""
        self._opened.clear()

    def open(self) -> None:
        """Let them go."""
        self._opened.set()


class Town:
    """`editor` starts a sandbox; `doctor` adds somebody to the directory, known to the editors named."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._people: dict[str, list[Person]] = {}
        self._behaviours: dict[str, str] = {}
        self._doctors = 0
        self.sandboxes: dict[str, Sandbox] = {}
        self.gates: dict[str, Gate] = {}

    def editor(self, name: str, behaviour: str = "ok") -> str:
        """Announce an editor; it starts with `open`."""
        self._people[name], self._behaviours[name] = [], behaviour
        return name

    def doctor(self, *editors: str, free: bool = True, km: float | None = None, **given: Any) -> PracticeLocation:
        """A general practitioner `km` kilometres north of the centre of Lille (each one a bit further by default).

        `free`: their agendas have the same hours every day of the week, else nothing.
        """
        self._doctors += 1
        north = (km if km is not None else self._doctors * 0.2) / 111.2
        values = {"latitude": LILLE[0] + north, "longitude": LILLE[1], "line": f"{self._doctors} RUE DES LILAS"}
        location = factories.place(None, **values | given)
        for name in editors:
            self._people[name].append(person_at(location, plan="complete" if free else "empty"))
        return location

    def open(self) -> None:
        """Start every editor with its people, and link them."""
        for name, people in self._people.items():
            gate = self.gates[name] = Gate()
            self._stack.callback(gate.open)
            sandbox = self._stack.enter_context(
                sandbox_thread(people=people, behaviour=self._behaviours[name], name=name, clock=gate)
            )
            self._stack.callback(gate.open)  # before the sandbox stops: a thread that waits could not
            self.sandboxes[name] = sandbox
            editor, _ = register_editor(name=name, base_url=sandbox.base_url, stage="booking", **SETTING_UP)
            link_people(editor=editor, ids=[person.national_id for person in people], **SETTING_UP)
