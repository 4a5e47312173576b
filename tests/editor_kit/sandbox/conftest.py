"""A sandbox on a fixed clock, and a client that asks it as the platform does."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
import pytest
from yarl import URL

from editor_kit.sandbox.people import Person, Place, read_inputs
from editor_kit.sandbox.running import SandboxOptions, running_sandbox
from editor_kit.sandbox.state import Sandbox
from sas.fhir.slot_query import build_slot_query

NOW = datetime(2026, 3, 25, 10, 7, 13, tzinfo=UTC)
END = NOW + timedelta(hours=72)
LILLE = Place("1 rue du Test", "59000", "Lille", structure_id="1590000011", insee="59350")

Json = dict[str, Any]


class Editor:
    """A sandbox seen from the platform."""

    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.http = http

    def url(self, *ids: str, start: datetime = NOW, end: datetime = END) -> str:
        return f"{self.sandbox.base_url}/{build_slot_query(ids, start=start, end=end)}"

    async def bundle(self, *ids: str, start: datetime = NOW, end: datetime = END) -> Json:
        return await self.json(self.url(*ids, start=start, end=end))

    async def json(self, url: str, status: int = 200) -> Json:
        async with self.http.get(as_written(url)) as answer:
            assert answer.status == status
            return msgspec.json.decode(await answer.read(), type=Json)

    async def get(self, path: str) -> tuple[aiohttp.ClientResponse, str]:
        async with self.http.get(as_written(self.sandbox.site + path)) as answer:
            return answer, await answer.text()

    async def put_behaviour(self, **change: Any) -> int:
        async with self.http.put(f"{self.sandbox.site}/_sandbox/behaviour", json=change) as answer:
            return answer.status


def as_written(url: str) -> URL:
    """The URL letter by letter: the client encodes nothing again."""
    return URL(url, encoded=True)


@pytest.fixture
def sandbox_options() -> SandboxOptions:
    """Overridden by the tests that need another sandbox."""
    return {}


@pytest.fixture
async def editor(sandbox_options: SandboxOptions) -> AsyncIterator[Editor]:
    options: SandboxOptions = {"clock": lambda: NOW, **sandbox_options}
    cookies = aiohttp.CookieJar(unsafe=True)  # `unsafe`: of an address in figures too, as browsers keep them
    async with running_sandbox(**options) as sandbox, aiohttp.ClientSession(cookie_jar=cookies) as http:
        yield Editor(sandbox, http)


@pytest.fixture
def inputs() -> dict[str, Any]:
    return read_inputs()


@pytest.fixture
def resources() -> Callable[[Json, str], list[Json]]:
    """The resources of one type in a bundle."""

    def of_type(bundle: Json, resource_type: str) -> list[Json]:
        found = (entry["resource"] for entry in bundle.get("entry", []))
        return [resource for resource in found if resource["resourceType"] == resource_type]

    return of_type


def make_people(count: int, **changes: Any) -> list[Person]:
    """Ordinary practitioners of one place each."""
    person = Person("-", "Martin", "Zoé", (LILLE,), phone="+33320123456", **changes)
    return [msgspec.structs.replace(person, national_id=f"8101{rank:08d}") for rank in range(count)]
