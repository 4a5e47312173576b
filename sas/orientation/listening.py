"""What the agenda says of slots that were used: the regulator's side is told, and the LRM (platform.md §5)."""

from collections.abc import Sequence
from datetime import datetime

from sas.agenda.uses import UsedSlot
from sas.orientation.models import Orientation
from sas.orientation.recording import note, target
from sas.orientation.rules import LIVE, Actor, Happening
from sas.orientation.telling import tell
from sas.web import audit


def used_slots_changed(slots: Sequence[UsedSlot], by: str, at: datetime) -> None:
    """Note on each orientation of these occurrences what befell them, in the transaction of the change.

    The orientation itself stays as it is: whether the patient is still expected is for people to say. The event puts it
    among those to follow; the LRM is told of its state again, in case it never was.
    """
    changes = {slot.use_id: slot.change for slot in slots}
    rows = Orientation.objects.select_for_update(of=("self",), no_key=True).filter(use__in=changes, state__in=LIVE)
    for row in rows.select_related("practitioner", "structure", "regulator").order_by("pk"):
        detail = {"change": changes[row.use_id or 0]}
        act, actor = Happening.SLOT_CHANGED, Actor.EFFECTOR
        note(row, act=act, actor=actor, before=row.state, detail=detail, by=by, at=at)
        audit.record("note_slot_change", by=by, at=at, target=target(row), after={"créneau": detail["change"]})
        tell(row, at=at)
