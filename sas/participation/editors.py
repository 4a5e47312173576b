"""What this package needs to know of booking editors, told by the package that knows them (`aggregator`, above).

`AppConfig.ready` of the aggregator calls `use_editors`. Without it nobody uses any editor.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EditorChoice:
    """An editor that a doctor may say they use. `gives_slots`: searches ask it; `books`: bookings from end to end."""

    key: str
    name: str
    stage: str
    stage_label: str
    stage_since: date
    gives_slots: bool
    books: bool


@dataclass(frozen=True, slots=True)
class UsedEditor:
    """Somebody uses this editor, as far as `source` knows (`declared`, `seen`, `sweep`, `command`)."""

    key: str
    name: str
    source: str
    gives_slots: bool


class Editors(Protocol):
    """The editors, as participation sees them."""

    def choices(self) -> list[EditorChoice]:
        """Active editors, by name: the order says nothing of them."""

    def used_by(self, national_ids: Collection[str]) -> Mapping[str, tuple[UsedEditor, ...]]:
        """Prefixed national id (people, or `3` + SIRET) → editors; who uses none is absent. One query."""

    def declare(self, *, national_id: str, keys: Iterable[str], by: str, at: datetime) -> None:
        """Say that this person declares these editors, and no other: what was learnt otherwise stays."""


class NoEditors:
    """Before anybody told which editors there are."""

    def choices(self) -> list[EditorChoice]:
        return []

    def used_by(self, national_ids: Collection[str]) -> Mapping[str, tuple[UsedEditor, ...]]:
        return {}

    def declare(self, *, national_id: str, keys: Iterable[str], by: str, at: datetime) -> None:
        return None


_known: list[Editors] = [NoEditors()]


def use_editors(editors: Editors) -> None:
    """From now on, these."""
    _known[0] = editors


def editors() -> Editors:
    """The editors, as participation sees them."""
    return _known[0]
