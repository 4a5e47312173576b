"""Whether somebody paused everything, told by the package that keeps pauses (`agenda`, above).

`AppConfig.ready` of the agenda calls `use_pauses`. Without it nobody is paused.
"""

from typing import Protocol


class Pauses(Protocol):
    """Whether a pause of this person, or of this structure, is going on."""

    def __call__(self, *, practitioner_id: int | None, structure_id: int | None) -> bool: ...


def _none(*, practitioner_id: int | None, structure_id: int | None) -> bool:
    return False


_known: list[Pauses] = [_none]


def use_pauses(pauses: Pauses) -> None:
    """From now on, these."""
    _known[0] = pauses


def is_paused(*, practitioner_id: int | None, structure_id: int | None) -> bool:
    """See `Pauses`."""
    return _known[0](practitioner_id=practitioner_id, structure_id=structure_id)
