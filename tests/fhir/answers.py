"""Golden answers of tests/golden/fhir, and how the tests of this folder read them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sas.fhir.offered import Reading
from sas.fhir.slots import read

GOLDEN = Path(__file__).parent.parent / "golden" / "fhir"
RPPS, ADELI = "810002673899", "0592012345"
START = datetime(2026, 6, 2, 6, tzinfo=UTC)
END = datetime(2026, 6, 4, 21, 59, 59, tzinfo=UTC)


def read_answer(payload: bytes, *, now: datetime = START, content_type: str | None = None) -> Reading:
    return read(payload, asked=[RPPS, ADELI], start=START, end=END, now=now, content_type=content_type)


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes()


def altered(**changes: Any) -> bytes:
    """The conformant answer with other elements in its first slot."""
    answer = json.loads(golden("conformant"))
    answer["entry"][0]["resource"].update(changes)
    return json.dumps(answer).encode()


def summary(reading: Reading) -> list[tuple[str, str, int]]:
    return [(finding.case, finding.severity.value, finding.count) for finding in reading.findings]
