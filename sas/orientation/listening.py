"""What the agenda says of slots that were used: the regulator's side is told, and the LRM (platform.md §5)."""

from collections.abc import Sequence
from datetime import datetime

from sas.agenda.uses import UsedSlot


def used_slots_changed(slots: Sequence[UsedSlot], by: str, at: datetime) -> None:
    """Note on each orientation of these occurrences what befell them, in the transaction of the change."""
