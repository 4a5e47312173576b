"""Reads on calls « en sus ». One query each."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from sas.participation.models import Solicitation


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
    if not practitioner_ids and not structure_ids:
        return {}
    whose = Q(practitioner__in=list(practitioner_ids)) | Q(structure__in=list(structure_ids))
    rows = Solicitation.objects.filter(whose, made_at__gte=since, withdrawn_at=None)
    rows = rows.select_related("made_by", "territory").order_by("practitioner", "structure", "-made_at", "-pk")
    return {
        _key(row): LastCall(
            row.outcome,
            row.made_at,
            row.call_back_at,
            row.made_by.full_name,
            row.territory.label if row.territory else "",
        )
        for row in rows.distinct("practitioner", "structure")
    }


def _key(row: Solicitation) -> tuple[str, int]:
    if row.practitioner_id is not None:
        return "practitioner", row.practitioner_id
    return "structure", row.structure_id or 0
