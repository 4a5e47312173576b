"""Whom to call « en sus »: who takes part and shows no slot in the window (platform.md §7.3; indicator 9). Pure.

By distance, in bands of 2 km; in a band, who was not called for the longest time first: the same doctors are not asked
again and again. Last, those whom a colleague's call says to leave alone for now. Through a structure, it is the
structure that is called, once, for all of its members.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sas.directory.rules import phone_text
from sas.directory.vocabulary import label
from sas.participation.models import Solicitation
from sas.participation.solicitations.queries import LastCall
from sas.search.contacts import overbooking_contact
from sas.search.conversation import Card, Conversation
from sas.search.presenting import address_text, name_text
from sas.search.ranking import Availability
from sas.search.wording import day_text, distance_text, time_text, way_text

BAND_M = 2_000
"""Within so many metres, how long ago somebody was called matters more than who is nearer."""

UNANSWERED = timedelta(minutes=30)
"""Who did not answer is left alone for so long."""

REMEMBERED = timedelta(days=30)
"""Calls older than this are as if they had not been made."""

Called = tuple[str, int]
"""Who was called, as `last_calls` names it: ("practitioner", pk) or ("structure", pk)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make. `people`: (name, what, address) of who could then see the patient. `known`: really no slot, as
    against an editor that could not be heard. `whom`: who answers; `metres`, `index`: where the nearest stands."""

    key: str
    name: str
    way: str
    distance: str
    phone: str | None
    phone_link: str | None
    people: tuple[tuple[str, str, str], ...]
    known: bool
    whom: Called
    metres: int
    index: int
    timezone: str

    @property
    def shown(self) -> bool | None:
        """Whether a slot of theirs was seen: none, or not known."""
        return False if self.known else None


def in_order(calls: Iterable[Call], last: Mapping[Called, LastCall], now: datetime) -> list[Call]:
    """The calls in the order in which they are to be made."""

    def place(call: Call) -> tuple[bool, bool, int, float, int, int]:
        made = last.get(call.whom)
        since = made.made_at.timestamp() if made else 0.0
        return is_left_alone(call, made, now), not call.known, call.metres // BAND_M, since, call.metres, call.index

    return sorted(calls, key=place)


def is_left_alone(call: Call, last: LastCall | None, now: datetime) -> bool:
    """Not to be called for now: they said no today, did not answer just now, or asked to be called later."""
    if last is None:
        return False
    if last.outcome == Solicitation.Outcome.REFUSED_TODAY:
        zone = ZoneInfo(call.timezone)
        return last.made_at.astimezone(zone).date() == now.astimezone(zone).date()
    if last.outcome == Solicitation.Outcome.CALL_BACK:
        return last.call_back_at is not None and last.call_back_at > now
    return last.outcome == Solicitation.Outcome.NO_ANSWER and now - last.made_at < UNANSWERED


def said_text(call: Call, last: LastCall | None, now: datetime) -> str:
    """« pas de réponse aujourd’hui à 14 h 02 (SAS du Nord) »; nothing for who was not called."""
    if last is None:
        return ""
    zone = ZoneInfo(call.timezone)
    when = _moment(last.made_at, now, zone)
    who = ", ".join(filter(None, (last.said_by, last.territory)))
    said = {
        Solicitation.Outcome.NO_ANSWER: f"pas de réponse {when}",
        Solicitation.Outcome.REFUSED_TODAY: f"ne peut pas : dit {when}",
        Solicitation.Outcome.ACCEPTED: f"a accepté un patient {when}",
        Solicitation.Outcome.CALL_BACK: f"à rappeler {_moment(last.call_back_at, now, zone)}, dit {when}"
        if last.call_back_at
        else f"à rappeler, dit {when}",
    }[Solicitation.Outcome(last.outcome)]
    return f"{said} ({who})" if who else said


def _moment(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    here, today = moment.astimezone(zone), now.astimezone(zone).date()
    day = (
        ""
        if here.date() == today
        else f"{'hier' if (today - here.date()).days == 1 else day_text(here.date(), today)} "
    )
    return f"{day}à {time_text(here)}"


def to_call(conversation: Conversation) -> list[Call]:
    """The calls, those of known absence of slots first, then by distance: `in_order` knows the rest. Nobody who shows a
    slot, nobody away."""
    cards = [card for card in conversation.cards() if _may_be_asked(card)]
    cards.sort(key=lambda card: (card.availability is not Availability.NONE, card.seat.distance_m, card.seat.index))
    together: dict[tuple[str, bool], list[Card]] = {}
    for card in cards:
        key = f"s{_whom(card)[1]}" if _is_shared(card) else card.seat.key
        together.setdefault((key, card.availability is Availability.NONE), []).append(card)
    return [_call(key, several) for (key, _), several in together.items()]


def _is_shared(card: Card) -> bool:
    way = card.seat.way
    return way is not None and way.structure_id is not None


def _whom(card: Card) -> Called:
    seat = card.seat
    if seat.structure is not None:
        return "structure", seat.structure.id
    if seat.way is not None and seat.way.structure_id is not None:
        return "structure", seat.way.structure_id
    return "practitioner", seat.candidate.practitioner_id


def _may_be_asked(card: Card) -> bool:
    silent = card.availability in (Availability.NONE, Availability.UNKNOWN)
    return card.seat.candidate.participates and silent and not card.all_slots and not card.away


def _call(key: str, cards: list[Card]) -> Call:
    first = cards[0]
    row = first.seat.candidate
    contact = overbooking_contact(first)
    number, whose = (contact.number, contact.whose) if contact else ("", "")
    way = way_text(first.seat.way)
    return Call(
        key=key,
        name=whose or name_text(first.seat),
        way="" if whose and whose in way else way,  # « CPTS X, via la CPTS X » says nothing more
        distance=distance_text(first.seat.distance_m, approximate=row.precision == "commune"),
        phone=phone_text(number) if number else None,
        phone_link=f"tel:{number}" if number else None,
        people=tuple(dict.fromkeys(_person(card) for card in cards)),
        known=first.availability is Availability.NONE,
        whom=_whom(first),
        metres=first.seat.distance_m,
        index=first.seat.index,
        timezone=row.timezone,
    )


def _person(card: Card) -> tuple[str, str, str]:
    row = card.seat.candidate
    return name_text(card.seat), label(row.specialty), address_text(card.seat)
