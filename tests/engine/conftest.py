"""A clock that the test moves, and engines that are closed whatever happens."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sas.aggregator.engine.editors import EditorConfig
from sas.aggregator.engine.fanout import Engine
from sas.aggregator.engine.outcomes import Answer, Question
from tests.engine.stand_in import FLOWS
from tests.fakes.hostile_editor import Behaviour, HostileEditor

NOW = datetime(2026, 3, 10, 10, 15, 42, tzinfo=ZoneInfo("Europe/Paris"))
SOON = NOW + timedelta(hours=1)
END = datetime(2026, 3, 12, 23, 59, 59, tzinfo=ZoneInfo("Europe/Paris"))
# Far longer than any test lasts: a test that reaches it has failed.
PATIENCE = 6.0


class Clock:
    """Reads `now`; `pass_` moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Town:
    """Editors and engines of one test."""

    def __init__(self, stack: AsyncExitStack, clock: Clock) -> None:
        self._stack = stack
        self.clock = clock

    async def editor(self, behaviour: Behaviour, **kwargs: Any) -> HostileEditor:
        return await self._stack.enter_async_context(HostileEditor(behaviour, **kwargs))

    async def engine(self, *editors: HostileEditor | EditorConfig, **kwargs: Any) -> Engine:
        """Editors are named `e0`, `e1`… unless given as configurations."""
        configs = [e if isinstance(e, EditorConfig) else config(f"e{rank}", e) for rank, e in enumerate(editors)]
        options: dict[str, Any] = {"clock": self.clock, "flows": FLOWS} | kwargs
        engine = Engine(configs, **options)
        return await self._stack.enter_async_context(engine)


def config(key: str, editor: HostileEditor | str, **kwargs: Any) -> EditorConfig:
    base_url = editor if isinstance(editor, str) else editor.base_url
    return EditorConfig(key=key, name=key.upper(), base_url=base_url, **kwargs)


def ids(count: int, first: int = 0) -> list[str]:
    """Prefixed RPPS numbers."""
    return [f"81{number:010d}" for number in range(first, first + count)]


def question(
    asked: dict[str, list[str]], *, start: datetime = NOW, end: datetime = END, fresh: bool = False
) -> Question:
    return Question(start=start, end=end, ids_by_editor=asked, fresh=fresh)


async def hear(engine: Engine, asked: Question, *, deadline: float = PATIENCE, **kwargs: Any) -> list[Answer]:
    """Every answer, to the end."""
    return [answer async for answer in engine.answers(asked, deadline=deadline, **kwargs)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def town(clock: Clock) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        yield Town(stack, clock)
