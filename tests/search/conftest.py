"""A small town: doctors in the directory, linked to real sandboxes, and a regulator who is signed in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from editor_kit.sandbox.people import Person
from editor_kit.sandbox.running import sandbox_thread
from editor_kit.sandbox.state import Sandbox
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.aggregator import registry
from sas.aggregator.models import Editor, EditorLink
from sas.aggregator.services import link_people as link
from sas.aggregator.services import register_editor
from sas.directory.models import PracticeLocation
from tests.factories import directory as factories
from tests.factories.sandbox import person_at

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))
"""When the tests take place, whatever the day they run: agendas are open, and three weekdays lie ahead."""

SETTING_UP: dict[str, Any] = {"by": "test", "at": datetime(2026, 1, 5, tzinfo=UTC)}


class Town:
    """Doctors and the editors they use. `doctor(editor, density)` adds one; `open_editor` starts a real sandbox."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._people: dict[str, list[Person]] = {}
        self._behaviours: dict[str, str] = {}
        self._stages: dict[str, str] = {}
        self._doors: dict[str, ExitStack] = {}
        self.sandboxes: dict[str, Sandbox] = {}
        self.keys: dict[str, str] = {}

    def editor(self, name: str, behaviour: str = "ok", stage: str = "booking") -> str:
        """Announce an editor; it starts with `open`."""
        self._people[name], self._behaviours[name], self._stages[name] = [], behaviour, stage
        return name

    def doctor(self, *editors: str, density: float = 1.0, **given: Any) -> PracticeLocation:
        """A general practitioner of Lille, known to `editors`, with an agenda that full."""
        location = factories.place(**given)
        for name in editors:
            self._people[name].append(person_at(location, density=density))
        return location

    def open(self) -> None:
        """Start every editor with its people, and link them."""
        for name, people in self._people.items():
            door = self._doors[name] = self._stack.enter_context(ExitStack())
            sandbox = door.enter_context(
                sandbox_thread(people=people, behaviour=self._behaviours[name], name=name, clock=timezone.now)
            )
            self.sandboxes[name] = sandbox
            stage = self._stages[name]
            editor, _ = register_editor(name=name, base_url=sandbox.base_url, stage=stage, **SETTING_UP)
            self.keys[name] = editor.key
            link(editor=editor, ids=[person.national_id for person in people], **SETTING_UP)

    def swap(self, one: str, other: str) -> None:
        """Everybody who used one of these editors now uses the other."""
        first, second = Editor.objects.get(name=one), Editor.objects.get(name=other)
        links = {editor: list(EditorLink.objects.filter(editor=editor)) for editor in (first, second)}
        EditorLink.objects.all().delete()
        for editor, new in ((first, second), (second, first)):
            link(editor=new, ids=[old.national_id for old in links[editor]], **SETTING_UP)

    def forget(self) -> None:
        """The platform starts anew: nothing is in its cache."""
        registry.close()

    def close(self, name: str) -> None:
        """Stop an editor's server for good: nobody listens at its address any more."""
        self._doors[name].close()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Monday morning for the platform and for the editors."""
    monkeypatch.setattr(timezone, "now", lambda: MONDAY.astimezone(UTC))


@pytest.fixture(autouse=True)
def engine() -> Iterator[None]:
    """Nothing that editors said in another test is remembered."""
    registry.close()
    yield
    registry.close()


@pytest.fixture
def town(transactional_db: None) -> Iterator[Town]:
    with ExitStack() as stack:
        yield Town(stack)
        registry.close()


@pytest.fixture
def regulator(client: Client, db: None) -> Client:
    user, _ = create_account(email="regulatrice@example.org", roles=[Role.REGULATOR], **SETTING_UP)
    client.force_login(user)
    return client


Search = Callable[..., dict]


@pytest.fixture
def search(regulator: Client) -> Search:
    """`/api/v1/recherche` as the regulator, for general practice in Lille unless said otherwise."""

    def asked(**parameters: Any) -> dict:
        answer = regulator.get("/api/v1/recherche", {"text": "médecine générale", "loc": "Lille 59000"} | parameters)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return asked
