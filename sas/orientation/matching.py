"""Which orientation a first message of an editor completes: one at most (interop.md §1.5.2, platform.md §7.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sas.aggregator.models import Editor
from sas.directory.models import Practitioner
from sas.orientation.models import EditorAppointment, Orientation
from sas.orientation.rules import MATCHED_AROUND, MATCHED_WITHIN, State


@dataclass(frozen=True, slots=True)
class Candidate:
    """An orientation of this regulator at this editor that no message has completed yet."""

    pk: int
    starts_at: datetime
    state: str
    created_at: datetime


def best_of(candidates: Collection[Candidate], starts_at: datetime, *, near: bool = True) -> int | None:
    """The one that starts exactly then, those still pending first, the latest first; else the only one that starts
    within ten minutes. None rather than a guess: what is not matched is recorded beside, and nothing is lost."""
    exact = [one for one in candidates if one.starts_at == starts_at]
    if exact:
        return max(exact, key=lambda one: (one.state == State.PENDING, one.created_at, one.pk)).pk
    around = [one for one in candidates if near and abs(one.starts_at - starts_at) <= MATCHED_AROUND]
    return around[0].pk if len(around) == 1 else None


def completed_by(
    *, editor: Editor, regulator_id: int | None, practitioner: Practitioner | None, starts_at: datetime, at: datetime
) -> Orientation | None:
    """The orientation that this message completes, locked. Somebody unknown completes nothing.

    Whatever people have said of it meanwhile: the editor knows better. Without a professional (SOS Médecins, CPTS), by
    the exact start alone.
    """
    if regulator_id is None:
        return None
    rows = Orientation.objects.filter(
        path=Orientation.Path.EDITOR,
        editor=editor,
        regulator=regulator_id,
        created_at__gte=at - MATCHED_WITHIN,
        appointments=None,
    )
    if practitioner is not None:
        rows = rows.filter(practitioner=practitioner)
    found = rows.values_list("pk", "starts_at", "state", "created_at")
    left = {pk: Candidate(pk, start, state, created) for pk, start, state, created in found if start is not None}
    while (chosen := best_of(left.values(), starts_at, near=practitioner is not None)) is not None:
        locked = hold(chosen)
        if not EditorAppointment.objects.filter(orientation=locked).exists():
            return locked
        del left[chosen]  # another message completed it while we waited
    return None


def hold(pk: int) -> Orientation:
    """That orientation, for this transaction alone."""
    rows = Orientation.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("practitioner", "structure", "regulator", "use").get(pk=pk)
