"""What is to be told to an LRM: rows, written in the transaction of the fact. Never the network."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from sas.lrm.envelopes import CREATE, UPDATE, Told, appointment_of, is_hub_rpps
from sas.lrm.models import Lrm, Message
from sas.lrm.queries import lrm_of_origin, lrm_of_territory
from sas.lrm.states import CONFLICT

__all__ = ["CHANNEL", "Told", "append", "enqueue", "is_anybody_told", "lock_subject", "standing_of"]

CHANNEL = "sas_lrm_outbox"
"""What relays listen to: a row was written."""

LOCK = 0x1A3
"""Namespace of the advisory lock by which the messages of one orientation wait for each other."""

LOST = (Message.State.REFUSED, Message.State.EXPIRED, Message.State.ABANDONED)
"""Nobody read it, as far as we know."""

logger = logging.getLogger("sas.lrm")


@transaction.atomic
def enqueue(told: Told, *, territory_id: int | None, origin: str, at: datetime) -> Message | None:
    """One message to the LRM of who sent the patient: that of `origin` when it called, else that of the territory.

    Who was told of this orientation first is told of what follows, as long as they are connected. The same snapshot
    twice is one message. None when nobody is to be told: no active LRM there, or no known regulator to name, whom the
    Hub requires. Called inside the transaction of the orientation, whose audit line speaks for it.
    """
    lock_subject(told.subject)
    last = Message.objects.filter(subject=told.subject).select_related("lrm").order_by("-pk").first()
    lrm = last.lrm if last is not None and _connected(last.lrm) else _chosen(territory_id, origin)
    if lrm is None:
        return None
    if lrm.tells_regulator and not told.regulator[0]:
        # Required by the model: without it, each change would be one more refusal. Told as soon as they are known.
        logger.info("Orientation %s : régulateur inconnu de la plateforme, non transmise.", told.subject)
        return None
    previous = Message.objects.filter(lrm=lrm, subject=told.subject).order_by("-rank").first()
    payload = appointment_of(told, method=method_for(lrm, told.subject), tells_regulator=lrm.tells_regulator)
    if previous is not None and previous.payload | {"method": ""} == payload | {"method": ""}:
        return previous
    if told.practitioner is not None and not is_hub_rpps(told.practitioner[0]):
        logger.info("Orientation %s : effecteur sans RPPS accepté par le Hub, non transmis.", told.subject)
    return append(lrm, told.subject, payload, after=previous, at=at)


def is_anybody_told(*, territory_id: int | None, origin: str) -> bool:
    """Whether a first message would have a recipient: what nobody is told needs no words."""
    return bool(territory_id or origin) and _chosen(territory_id, origin) is not None


def method_for(lrm: Lrm, subject: UUID) -> str:
    """An update, unless nothing that was said of this orientation can have reached that LRM: it would be told of a
    change to what it does not know. If it knows after all, it says so (409), and is sent the update."""
    said = Message.objects.filter(lrm=lrm, subject=subject)
    heard = said.exclude(state__in=LOST) | said.filter(error_code=CONFLICT)
    return UPDATE if heard.exists() else CREATE


def append(
    lrm: Lrm,
    subject: UUID,
    payload: dict[str, Any],
    *,
    after: Message | None,
    at: datetime,
    replaces: Message | None = None,
) -> Message:
    """The next row of this orientation for this LRM, under `lock_subject`; relays are woken at the commit."""
    rank = after.rank + 1 if after else 1
    message = Message.objects.create(
        lrm=lrm, subject=subject, rank=rank, payload=payload, created_at=at, next_try_at=at, replaces=replaces
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return message


def lock_subject(subject: UUID) -> None:
    """Messages of this orientation wait for one another until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, subject.int % 2**31])


def _chosen(territory_id: int | None, origin: str) -> Lrm | None:
    calling = lrm_of_origin(origin)
    return calling if calling is not None and _connected(calling) else lrm_of_territory(territory_id)


def _connected(lrm: Lrm) -> bool:
    return lrm.is_active and bool(lrm.hub_client_id)


def standing_of(subjects: list[UUID]) -> Mapping[UUID, Message]:
    """The latest message of each of these orientations: how far it went (`sas.lrm.wording.standing_text`)."""
    found: dict[UUID, Message] = {}
    for message in Message.objects.filter(subject__in=subjects).select_related("lrm__territory").order_by("pk"):
        found[message.subject] = message
    return found
