"""Three days of a member: SAS agenda and live slots of editors, by the very path of a search.

So partial sharing, opt-out and unavailability apply: a manager sees what regulators see, and nothing more. The slots of
who opted out are not even asked for. Nothing leads to a booking page: managers do not search (platform.md §1).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from sas.aggregator import registry
from sas.directory import queries as directory_queries
from sas.search.conversation import Conversation
from sas.search.criteria import Criteria
from sas.search.lots import single_lot
from sas.search.members.queries import MemberLine
from sas.search.presenting import CardView, Wording, card_view
from sas.search.rounds import listen
from sas.search.seats import seated


@dataclass(frozen=True)
class PlaceGrid:
    """A place and its three days. `card.days` holds the times; `card.status` says why there is none."""

    key: str
    card: CardView


def grid_of(member: MemberLine, *, now: datetime) -> list[PlaceGrid]:
    """Each place that the structure concerns. Waits for editors, as long as a search does."""
    rows = directory_queries.places_of([member.practitioner_id])
    places = list({row.place_key: row for row in rows if row.place_key in member.keys}.values())
    if not places:
        return []
    lot = single_lot(places[0], now=now)
    lot = replace(lot, seats=seated(places, place=lot.place, now=now, days=lot.days))
    conversation = Conversation(lot, Criteria(text="", loc=""))
    listen(conversation, conversation.question, deadline=settings.SAS_EDITOR_DEADLINE)
    conversation.end()
    known = registry.editors()
    words = Wording(
        now=now,
        days=lot.days,
        editors={key: row.name for key, row in known.items()},
        books=frozenset(),
        slot_query="",
    )
    return [PlaceGrid(seat.candidate.place_key, card_view(conversation.card(seat), words)) for seat in lot.seats]
