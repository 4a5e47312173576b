"""A machine client of `/fhir/Slot`, and how its answers are looked at."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from sas.accounts.services import create_client
from sas.fhir import systems
from sas.fhir.slot_query import build_slot_query
from sas.fhir.slots import read
from tests.search.conftest import MONDAY, SETTING_UP, clock, engine, regulator, search, town

__all__ = ["clock", "engine", "regulator", "search", "town"]

Ask = Callable[..., HttpResponse]
END = MONDAY + timedelta(days=3)


@pytest.fixture
def ask(client: Client, transactional_db: None) -> Ask:
    """`ask("Slot", ids…)`: the guide's own search, signed by a regional tool."""
    token = create_client(name="Outil régional", scopes=["fhir"], **SETTING_UP)
    signed = {"authorization": f"Bearer {token}"}

    def asked(*ids: str, cpts: bool = False, raw: str | None = None) -> Any:
        return client.get("/fhir/" + (raw or build_slot_query(ids, start=MONDAY, end=END, cpts=cpts)), headers=signed)

    return asked


def associations(*ids: str) -> str:
    """The guide's own search for SOS Médecins."""
    about = {
        "_revinclude": "Slot:schedule",
        "_include": "Schedule:actor:Location",
        "_include:iterate": "Location:organization",
        "_has:Slot:schedule:status": "free",
        "actor:Location.organization.identifier": ",".join(f"{systems.IDNST}|{one}" for one in ids),
    }
    window = [
        ("_has:Slot:schedule:start", f"ge{MONDAY.isoformat()}"),
        ("_has:Slot:schedule:start", f"le{END.isoformat()}"),
    ]
    return "Schedule?" + urlencode([*about.items(), *window])


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Of one type."""
    return [entry["resource"] for entry in bundle.get("entry", ()) if entry["resource"]["resourceType"] == kind]


def read_back(answer: Any, *ids: str) -> Any:
    """The answer as our own reader of editors reads it: a finding is a deviation from the guide."""
    return read(answer.content, asked=ids, start=MONDAY, end=END, now=MONDAY, content_type=answer["Content-Type"])
