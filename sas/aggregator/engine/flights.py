"""A call on its way to an editor, and the searches that travel on it.

Several searches ask the same at the same time: the editor is called once, and whoever boards before it lands gets the
answer. When the last passenger leaves early (the user went away), the call is cancelled; when passengers are put down
by their own deadline, it flies on to the editor's timeout: the cache is filled and the breaker learns the truth.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from sas.aggregator.engine.breaker import Permit
from sas.aggregator.engine.editor_client import Heard
from sas.fhir.offered import OfferedSlot

# Where a search waits: flights that have landed, or None when the bell of its deadline rings.
Inbox = asyncio.Queue["Flight | None"]


@dataclass(eq=False, slots=True)
class Flight:
    """One call: `ids` of `editor` from `start` (floored to the minute) to `end`.

    `heard` is None until it has landed. `by_id` holds the slots of each id.
    """

    editor: str
    ids: tuple[str, ...]
    start: datetime
    end: datetime
    permit: Permit
    born: float  # loop time
    asked_at: datetime  # refined when the call leaves the queue
    task: asyncio.Task[None] | None = None
    sent: bool = False
    kept: bool = False
    heard: Heard | None = None
    checked_at: datetime | None = None
    elapsed_ms: int = 0
    by_id: dict[str, list[OfferedSlot]] = field(default_factory=dict)
    inboxes: list[Inbox] = field(default_factory=list)

    def board(self, inbox: Inbox) -> None:
        """This search will find the flight in its inbox when it lands."""
        if inbox not in self.inboxes:
            self.inboxes.append(inbox)

    def leave(self, inbox: Inbox, *, let_it_fly: bool) -> bool:
        """The search no longer waits. Cancels the call if nobody does; True when it did."""
        if self.heard is not None or inbox not in self.inboxes:
            return False
        self.inboxes.remove(inbox)
        self.kept = self.kept or let_it_fly
        if self.inboxes or self.kept or self.task is None:
            return False
        return self.task.cancel()

    def land(self, heard: Heard, *, at: datetime, now: float) -> None:
        """The call is over: sorts the slots by id and tells everybody."""
        self.heard = heard
        self.checked_at = at
        self.elapsed_ms = round((now - self.born) * 1000)
        by_id: dict[str, list[OfferedSlot]] = {national_id: [] for national_id in self.ids}
        for slot in heard.slots:
            mine = by_id.get(slot.practitioner)
            if mine is not None:  # only whom this editor was asked about
                mine.append(slot)
        self.by_id = by_id
        for inbox in self.inboxes:
            inbox.put_nowait(self)
        self.inboxes.clear()
