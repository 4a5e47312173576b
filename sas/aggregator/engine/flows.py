"""How a question of each flow is written and its answer read: all that a new flow (CPTS, SOS Médecins) adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sas.fhir.offered import Reading


class BuildQuery(Protocol):
    """`Resource?parameters` about the ids, relative to the editor's base URL, percent-encoded already."""

    def __call__(self, ids: Sequence[str], /, *, start: datetime, end: datetime) -> str: ...


class Read(Protocol):
    """Reads a body (UTF-8 or not, never trusted). Raises `UnreadableAnswer`, and nothing else."""

    def __call__(
        self,
        payload: bytes,
        /,
        *,
        asked: Sequence[str],
        start: datetime,
        end: datetime,
        now: datetime,
        content_type: str | None = None,
    ) -> Reading: ...


@dataclass(frozen=True, slots=True)
class Flow:
    """How to ask, how to read."""

    build_query: BuildQuery
    read: Read
