"""Regulators' accounts as the official kit sends them (interop.md §7.5), raw `|` and `/` included."""

import uuid
from typing import Any

import aiohttp
import msgspec

from sas.fhir import systems
from tests.editor_kit.sandbox.conftest import Editor, Json, as_written

IDN, SAS = systems.IDNPS, systems.SAS
CODES = {IDN: "IDNPS", SAS: "INTRN"}
KIT_HEADERS = {"Content-Type": "application/json", "Accept": "application/fhir+json"}


def body(system: str, value: str, mail: str, **changes: Any) -> Json:
    """What the kit's body builder makes; an element given as None is left out."""
    names = {"family": changes.pop("family", "Loridon"), "given": [changes.pop("given", "Sébastien")]}
    whole = {
        "resourceType": "Practitioner",
        "id": "example-regulator-1",
        "meta": {"source": SAS, "profile": [systems.PROFILE_REGULATOR]},
        "identifier": [identifier(system, value)],
        "active": True,
        "name": [names],
        "telecom": [{"system": "email", "value": mail}],
    } | changes
    return {name: element for name, element in whole.items() if element is not None}


def identifier(system: str, value: str, code: str = "") -> Json:
    coding = {"system": systems.IDENTIFIER_TYPE, "code": code or CODES[system]}
    return {"type": {"coding": [coding]}, "system": system, "value": value}


def fresh() -> str:
    return str(uuid.uuid4())


async def post(editor: Editor, resource: Json | bytes, **headers: str) -> tuple[int, Json, aiohttp.ClientResponse]:
    return await send(editor, "POST", "", resource, **headers)


async def put(editor: Editor, query: str, resource: Json) -> tuple[int, Json, aiohttp.ClientResponse]:
    return await send(editor, "PUT", f"?identifier={query}", resource)


async def send(
    editor: Editor, method: str, rest: str, resource: Json | bytes = b"", **headers: str
) -> tuple[int, Json, aiohttp.ClientResponse]:
    url = as_written(f"{editor.sandbox.base_url}/Practitioner{rest}")
    data = resource if isinstance(resource, bytes) else msgspec.json.encode(resource)
    async with editor.http.request(method, url, data=data, headers=KIT_HEADERS | headers) as answer:
        raw = await answer.read()
        return answer.status, msgspec.json.decode(raw) if raw else {}, answer


async def report(editor: Editor) -> Json:
    async with editor.http.get(f"{editor.sandbox.site}/_sandbox/accounts") as answer:
        return msgspec.json.decode(await answer.read(), type=Json)
