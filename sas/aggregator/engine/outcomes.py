"""What can happen when an editor is asked, in the words of the screen: a failure is an outcome, never an exception.

slots        answered, at least one free slot
empty        answered, and really has none
no_answer    nothing in time, or no connection
refused      answered with an error status (4xx, 5xx) or redirected elsewhere
unreadable   answered something that is not a usable search set
paused       not asked: too many failures lately (breaker open), or its queue is full
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sas.fhir.findings import Finding
from sas.fhir.offered import OfferedSlot


class Kind(StrEnum):
    """See the module's table; values are those of `/api/v1/recherche` (interfaces.md §2)."""

    SLOTS = "slots"
    EMPTY = "empty"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    PAUSED = "paused"

    @property
    def known(self) -> bool:
        """True when the editor's word can be shown: unknown is not none."""
        return self in (Kind.SLOTS, Kind.EMPTY)


@dataclass(frozen=True, slots=True)
class Question:
    """Who is asked about whom. `ids_by_editor`: editor key → prefixed national ids linked to that editor.

    `start` and `end` are aware; slots whose start lies in [start, end] are wanted. `fresh` bypasses the cache (re-check
    of one slot before booking).
    """

    start: datetime
    end: datetime
    ids_by_editor: Mapping[str, Sequence[str]]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What one editor said about `asked` (some or all of the ids of its question), once.

    Several answers of one editor follow each other when its ids need more than one call or some come from the cache.
    `checked_at` is when the editor itself was heard, not when the cache was read. `detail` is for operators.
    `paused_since`/`paused_until` are set when the breaker keeps the editor out: the banner says how long.
    """

    editor: str
    kind: Kind
    asked: tuple[str, ...]
    slots: tuple[OfferedSlot, ...] = ()
    findings: tuple[Finding, ...] = ()
    checked_at: datetime | None = None
    elapsed_ms: int = 0
    from_cache: bool = False
    late: bool = False
    detail: str = ""
    paused_since: datetime | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EditorReport:
    """One editor over a whole search, for the banner and the API's `editors` list: the worst kind that was heard wins
    over `slots`/`empty` only when nothing at all was heard; `unheard` ids keep the cards honest."""

    editor: str
    kind: Kind
    asked: int = 0
    unheard: tuple[str, ...] = ()
    slots: int = 0
    findings: int = 0
    elapsed_ms: int = 0
    detail: str = field(default="", compare=False)
    paused_since: datetime | None = None
    paused_until: datetime | None = None
