"""What regulators see of one person, live, and what they do not see with the reason: by the search's own path.

The same seats and the same `Conversation` as a search are heard twice: once as they are (or as a draft would make
them), once as if nothing were limited. What only the second one shows is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from django.conf import settings

from sas.aggregator import registry
from sas.aggregator.queries import links_of
from sas.directory import queries as directory_queries
from sas.directory.models import Practitioner
from sas.participation.queries import EVERYTHING, visibility_now
from sas.participation.sharing.rules import NO_LIMIT, Limits, Reason, judged
from sas.search.conversation import Card, Conversation
from sas.search.criteria import Criteria
from sas.search.lots import Lot, single_lot
from sas.search.ranking import CardSlot
from sas.search.seats import Seat, seated
from sas.web.http import give_connections_back


@dataclass(frozen=True)
class Offered:
    """One slot of the window. `seen`: regulators see it. `reason`: why not, None for an absence."""

    slot: CardSlot
    seen: bool
    reason: Reason | None


@dataclass(frozen=True)
class PlaceSeen:
    """One place: its card as regulators have it, whether a search lists it, and every slot."""

    card: Card
    listed: bool
    slots: tuple[Offered, ...]


@dataclass(frozen=True)
class Seen:
    """One person as regulators see them at `now`.

    `draft`: limits that are not saved are supposed. `before`: slots seen with the limits that are saved. `uses`: keys
    of the editors that know this person, asked or not.
    """

    now: datetime
    places: tuple[PlaceSeen, ...]
    opted_out: bool
    draft: Limits | None
    before: int
    uses: tuple[str, ...]

    @property
    def count(self) -> int:
        """Slots that regulators see."""
        return sum(one.seen for place in self.places for one in place.slots)

    @property
    def total(self) -> int:
        """Slots there are."""
        return sum(len(place.slots) for place in self.places)

    @property
    def acts(self) -> list[str]:
        """The acts that slots bear, as the editors name them."""
        return sorted({act for place in self.places for one in place.slots for act in one.slot.reasons})


def seen_now(practitioner: Practitioner, *, now: datetime, draft: Limits | None = None) -> Seen:
    """Asks this person's editors, within the deadline of a search. `draft`: as if these limits were saved."""
    uses = links_of([practitioner.national_id]).get(practitioner.national_id, ())
    saved = visibility_now([practitioner.pk]).get(practitioner.pk, EVERYTHING)
    lot = _lot_of(practitioner, now)
    if lot is None:
        return Seen(now, (), saved.opted_out, draft, 0, uses)
    wanted = saved if draft is None else saved._replace(limits=draft)
    free = saved._replace(limits=NO_LIMIT, hidden=frozenset())
    held = [_conversation(lot, visibility=visibility) for visibility in (saved, wanted)]
    whole = _conversation(lot, visibility=free, away=())
    for answer in registry.ask(lot.question(), deadline=settings.SAS_EDITOR_DEADLINE, once_asked=give_connections_back):
        for conversation in (*held, whole):
            conversation.hear(answer)
    for conversation in (*held, whole):
        conversation.end()
    before, after = held
    reasons = _reasons(whole, wanted.limits, wanted.hidden, now)
    return Seen(
        now=now,
        places=tuple(_places(after, whole, reasons)),
        opted_out=saved.opted_out,
        draft=draft,
        before=sum(len(before.card(seat).all_slots) for seat in before.lot.seats),
        uses=uses,
    )


def _lot_of(practitioner: Practitioner, now: datetime) -> Lot | None:
    """Every place of this person, once: two activities at one place are one card here."""
    rows = {row.place_key: row for row in directory_queries.places_of([practitioner.pk])}
    if not rows:
        return None
    ordered = sorted(rows.values(), key=attrgetter("city", "name", "location_id"))
    first = single_lot(ordered[0], now=now)
    seats = seated(ordered, place=first.place, now=now, days=first.days)
    return replace(first, seats=seats, by_name=False)


def _conversation(lot: Lot, **changes: object) -> Conversation:
    seats = tuple(replace(seat, **changes) for seat in lot.seats)  # type: ignore[arg-type]
    return Conversation(replace(lot, seats=seats), Criteria(text="", loc=""))


def _reasons(whole: Conversation, limits: Limits, hidden: frozenset[str], now: datetime) -> dict[str, Reason | None]:
    slots = {
        seat.candidate.place_key: [slot for slot in whole.card(seat).all_slots if slot.source == "editor"]
        for seat in whole.lot.seats
    }
    said = judged(slots, limits, hidden=hidden, now=now)
    return {slot.id: reason for place, mine in slots.items() for slot, reason in zip(mine, said[place], strict=True)}


def _places(after: Conversation, whole: Conversation, reasons: dict[str, Reason | None]) -> Iterator[PlaceSeen]:
    everything: dict[str, Seat] = {seat.key: seat for seat in whole.lot.seats}
    for seat in after.lot.seats:
        card = after.card(seat)
        seen = {slot.id for slot in card.all_slots}
        slots = tuple(
            Offered(slot, slot.id in seen, reasons.get(slot.id)) for slot in whole.card(everything[seat.key]).all_slots
        )
        yield PlaceSeen(card, after.is_shown(card), slots)
