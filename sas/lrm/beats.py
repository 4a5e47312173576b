"""What a relay says of itself from time to time, for the page of operators; and what it tidies meanwhile."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sas.lrm.models import Message, RelayBeat

SILENT_AFTER = timedelta(seconds=30)
"""A relay that has said nothing for so long is dead."""

FORGOTTEN_AFTER = timedelta(days=1)
TOO_OLD_AFTER = timedelta(days=7)
"""A message that waited for a week (the Hub was off, the LRM not connected) tells an LRM of nobody it still expects."""

TOO_OLD = "trop ancienne pour être encore transmise"


@transaction.atomic
def beat(
    *, relay: UUID, started_at: datetime, connected: bool, trouble: str, published: int, unreadable: int, at: datetime
) -> None:
    """This relay lives; forgets those that died, and gives up the messages that waited too long."""
    said = {"beat_at": at, "connected": connected, "trouble": trouble, "published": published}
    told = {"started_at": started_at, "unreadable": unreadable, **said}
    RelayBeat.objects.update_or_create(relay=relay, defaults=told)
    RelayBeat.objects.filter(beat_at__lt=at - FORGOTTEN_AFTER).delete()
    waiting = Message.objects.filter(state=Message.State.WAITING, created_at__lt=at - TOO_OLD_AFTER)
    waiting.update(state=Message.State.ABANDONED, trouble=TOO_OLD, answered_at=at)


def end_beats(*, relay: UUID) -> None:
    """This relay stops of its own accord: nobody has to wonder why it is silent."""
    RelayBeat.objects.filter(relay=relay).delete()
