"""« En cours »: a place of an occurrence kept for a regulator who is on the phone (platform.md §7.2).

A hold counts as a place taken for everybody else, and for nothing once it is over.
"""

from datetime import datetime

from sas.accounts.models import User
from sas.agenda.models import Hold


def hold_place(*, series_id: int, starts_at: datetime, holder: User, at: datetime) -> Hold:
    """Keep one place for 90 s, or for 90 s more. Raises `AgendaRefused`: full, all places being taken, over, away."""
    raise LookupError


def give_up_hold(*, series_id: int, starts_at: datetime, holder: User) -> None:
    """The panel was closed: the place is free again. Nothing to give up is nothing."""
    raise LookupError
