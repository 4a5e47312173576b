"""Reads on calls « en sus ». One query each."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple


class LastCall(NamedTuple):
    """The latest call to somebody. `said_by`: the name of the colleague; `territory`: their SAS, or empty."""

    outcome: str
    made_at: datetime
    call_back_at: datetime | None
    said_by: str
    territory: str


def last_calls(
    *, practitioner_ids: Collection[int], structure_ids: Collection[int], since: datetime
) -> Mapping[tuple[str, int], LastCall]:
    """("practitioner" | "structure", pk) → their latest call since then, accepted ones included; absent without any."""
    return {}
