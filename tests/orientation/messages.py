"""An editor that sends INT_R03 messages, for tests."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.test import Client

from sas.aggregator.models import Editor
from sas.aggregator.services import register_editor

GOLDEN = Path(__file__).parents[1] / "golden/fhir/appointments"
AT = datetime(2026, 3, 20, 9, tzinfo=UTC)
SYSTEM = "urn:oid:1.2.250.1.999.7.1"
VALUE = "5b0f2a31-91ac-4c53-8f0e-3c3ad3f4b0aa"
TYPE = "application/fhir+json"


def appointment(name: str = "ps", **changed: Any) -> dict[str, Any]:
    """A valid resource of `tests/golden`, with these elements instead of its own."""
    return {**json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")), **changed}


class Sender:
    """A registered editor, its token, and a client that signs with it."""

    def __init__(self, name: str = "Agenda Alpha", **values: Any) -> None:
        self.editor: Editor
        self.editor, token = register_editor(
            name=name, base_url="https://agenda.invalid/fhir", by="test", at=AT, **values
        )
        self.token = token or ""
        self.raises = True
        """Whether a fault of ours is raised, or answered as it would be."""

    @property
    def client(self) -> Client:
        """A new one each time: messages may leave together."""
        return Client(enforce_csrf_checks=True, raise_request_exception=self.raises)

    def post(self, resource: Any = None, **headers: Any) -> Any:
        """Creates."""
        return self.send("POST", "/fhir/Appointment", appointment() if resource is None else resource, **headers)

    def put(self, resource: Any = None, identifier: str | None = None, **headers: Any) -> Any:
        """Changes; `identifier` as it is written in the address."""
        query = f"?identifier={SYSTEM}%7C{VALUE}" if identifier is None else identifier
        path = f"/fhir/Appointment{query}"
        return self.send("PUT", path, appointment() if resource is None else resource, **headers)

    def get(self, path: str, **headers: Any) -> Any:
        """Reads."""
        return self.send("GET", path, b"", **headers)

    def send(self, method: str, path: str, resource: Any, *, kind: str = TYPE, **headers: Any) -> Any:
        """Any request, signed."""
        body = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
        signed = {"Authorization": f"Bearer {self.token}", **headers}
        return self.client.generic(method, path, body, kind, headers=signed)


def issues(answer: Any) -> list[tuple[str, str]]:
    """(code, expression) of the OperationOutcome, which must be one."""
    assert answer["Content-Type"] == "application/fhir+json;charset=UTF-8"
    outcome = json.loads(answer.content)
    assert outcome["resourceType"] == "OperationOutcome"
    assert all(issue["diagnostics"] for issue in outcome["issue"])
    return [(issue["code"], *issue.get("expression", [""])) for issue in outcome["issue"]]
