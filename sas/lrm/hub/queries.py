"""The Hub as operators see it: relays, messages by LRM and state, what asks for somebody. Bounded, few queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.utils import formats

from sas.lrm.beats import SILENT_AFTER
from sas.lrm.models import HubReceipt, Lrm, Message, RelayBeat
from sas.lrm.queries import Calls, calls_since
from sas.lrm.wording import samu_name

MOST = 50
LATE_AFTER = timedelta(minutes=5)
"""A message that could have left for so long, while the platform is meant to be connected, is late."""

CALLS_SINCE = timedelta(days=30)
RECEIVED_SINCE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Link:
    """Whether we are connected: `tone` of a badge, what to say, what to do."""

    tone: str
    text: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class LrmRow:
    """How many messages of one LRM stand where; `acknowledged` over the last days (`RECEIVED_SINCE`)."""

    lrm: Lrm
    samu: str
    waiting: int
    published: int
    acknowledged: int
    refused: int
    expired: int
    abandoned: int


CALL_WORDS = {
    "search": "recherche",
    "search_with_doctor": "recherche, médecin traitant trouvé",
    "place_to_complete": "lieu à compléter",
    "origin_refused": "origine refusée",
    "notTransmitted": "pas transmis",
    "fullText": "en toutes lettres",
    "normed": "codé",
    "invalid": "illisible",
    "city": "commune",
    "city_street": "commune et rue",
    "insee": "code INSEE",
    "insee_street": "code INSEE et rue",
}
STATUS_WORDS = {
    "pending": "en attente",
    "booked": "confirmée",
    "fulfilled": "honorée",
    "noshow": "non honorée",
    "cancelled": "annulée",
}


def _in_words(call: Calls) -> tuple[str, ...]:
    said = (call.outcome, call.address, call.practitioner, call.specialty)
    return (call.origin or "inconnue", *(CALL_WORDS.get(each, each) for each in said), str(call.calls))


@dataclass(frozen=True, slots=True)
class HubSeen:
    """The whole page."""

    link: Link
    relays: Sequence[RelayBeat]
    lrms: Sequence[LrmRow]
    by_hand: Sequence[Message]
    by_hand_count: int
    unanswered: Sequence[Message]
    unanswered_count: int
    waiting_since: datetime | None
    receipts: Sequence[HubReceipt]
    calls: Sequence[tuple[str, ...]]


def hub_seen(*, now: datetime) -> HubSeen:
    """Everything, as it is now."""
    by_hand, unanswered = asking_for_somebody(), without_answer(now=now)
    alive = list(RelayBeat.objects.filter(beat_at__gte=now - SILENT_AFTER).order_by("started_at"))
    waiting = _may_leave().aggregate(oldest=Min("created_at"))["oldest"]
    return HubSeen(
        link=_link(alive),
        relays=alive,
        lrms=_by_lrm(now),
        by_hand=list(by_hand.select_related("lrm__territory").order_by("pk")[:MOST]),
        by_hand_count=by_hand.count(),
        unanswered=list(unanswered.select_related("lrm__territory").order_by("published_at")[:MOST]),
        unanswered_count=unanswered.count(),
        waiting_since=waiting,
        receipts=list(HubReceipt.objects.select_related("refers_to__lrm__territory").order_by("-pk")[:20]),
        calls=[_in_words(call) for call in calls_since((now - CALLS_SINCE).date())[:MOST]],
    )


def link_now(*, now: datetime) -> Link:
    """The first line of the page, for the first page of operators."""
    return _link(list(RelayBeat.objects.filter(beat_at__gte=now - SILENT_AFTER)))


def _link(alive: Sequence[RelayBeat]) -> Link:
    if not settings.SAS_HUB.enabled:
        todo = "Les messages attendent. Réglez HUB_ENABLED et les autres HUB_*, puis lancez relay_hub."
        return Link("info", "non relié au Hub", todo)
    if any(each.connected for each in alive):
        return Link("success", "relié au Hub")
    if alive:
        return Link("error", "relais en marche, Hub injoignable", f"{alive[0].trouble}.".capitalize())
    return Link("error", "aucun relais en marche", "Démarrez ./run manage relay_hub ; les messages attendent.")


def asking_for_somebody() -> "QuerySet[Message]":
    """Messages that nobody will send again by itself."""
    return Message.objects.filter(needs_hand=True)


def without_answer(*, now: datetime) -> "QuerySet[Message]":
    """Messages that the Hub keeps, and that their LRM has not acknowledged for too long."""
    limit = now - settings.SAS_HUB.ack_patience
    return Message.objects.filter(state=Message.State.PUBLISHED, published_at__lt=limit)


def late(*, now: datetime) -> int:
    """How many messages should have left already."""
    return _may_leave().filter(created_at__lt=now - LATE_AFTER).count()


def _may_leave() -> "QuerySet[Message]":
    connected = Message.objects.filter(state=Message.State.WAITING, lrm__is_active=True)
    return connected.exclude(lrm__hub_client_id="")


def _by_lrm(now: datetime) -> list[LrmRow]:
    """Those that an LRM has read are counted over some days: they are nearly all of them, and never stop growing."""
    received = Message.objects.filter(state=Message.State.ACKNOWLEDGED, answered_at__gte=now - RECEIVED_SINCE)
    counts: dict[int, dict[str, int]] = {}
    for rows in (Message.objects.exclude(state=Message.State.ACKNOWLEDGED), received):
        for lrm, state, number in rows.order_by().values_list("lrm", "state").annotate(Count("pk")):
            counts.setdefault(lrm, {})[state] = number
    none = dict.fromkeys(Message.State.values, 0)
    lrms = Lrm.objects.select_related("territory").order_by("territory__code", "pk")
    return [LrmRow(lrm, samu_name(lrm), **(none | counts.get(lrm.pk, {}))) for lrm in lrms]


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """One message, what came back about it, and the other snapshots of its orientation."""

    message: Message
    samu: str
    receipts: Sequence[HubReceipt]
    others: Sequence[tuple[Message, str]]
    status: str
    start: str
    may_resend: bool
    may_abandon: bool


def message_seen(uuid: UUID) -> MessageSeen | None:
    """None when there is no such message."""
    message = Message.objects.filter(uuid=uuid).select_related("lrm__territory", "replaces").first()
    if message is None:
        return None
    others = list(Message.objects.filter(lrm=message.lrm, subject=message.subject).order_by("rank"))
    latest = others[-1].pk == message.pk
    return MessageSeen(
        message=message,
        samu=samu_name(message.lrm),
        receipts=list(message.receipts.order_by("pk")),
        others=[(each, _status(each)) for each in others],
        status=_status(message),
        start=formats.date_format(datetime.fromisoformat(message.payload["start"]), WHEN),
        may_resend=latest and message.state in RESENDABLE,
        may_abandon=message.state not in (Message.State.ACKNOWLEDGED, Message.State.ABANDONED),
    )


WHEN = r"l j F Y à G \h i"


def _status(message: Message) -> str:
    return STATUS_WORDS.get(message.payload["status"], message.payload["status"])


RESENDABLE = frozenset({Message.State.PUBLISHED, Message.State.REFUSED, Message.State.EXPIRED, Message.State.ABANDONED})
"""What a person may send again: all that left or failed, but not what the LRM has."""
