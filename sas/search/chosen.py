"""One slot was chosen: is it still free? The editor is asked again, about this person alone, past every cache."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from sas.aggregator import registry
from sas.aggregator.bookings import ChosenSlot
from sas.aggregator.queries import EditorRow, links_of
from sas.directory import queries as directory_queries
from sas.directory.queries import Candidate
from sas.directory.rules import phone_text
from sas.fhir.links import is_bookable
from sas.search.conversation import Card, Conversation
from sas.search.criteria import Criteria, Filters, InvalidCriteria, QueryParameters, read_criteria, value_of
from sas.search.leads import Leads
from sas.search.lots import Lot, single_lot
from sas.search.presenting import CardView, Wording, card_view, silence_text
from sas.search.ranking import CardSlot
from sas.search.rounds import listen

RECHECK_DEADLINE_S = 4.0
"""The regulator waits in front of the screen: beyond this, say that the editor is silent and give the phone."""

RECENT = timedelta(seconds=15)
"""What the editor said so long ago is still true when its page is opened: the panel was read meanwhile."""

BY_PHONE = {
    "stage": "Les créneaux de cet éditeur ne se réservent pas encore en ligne : appelez le cabinet.",
    "link": "Ce créneau est encore libre, mais l’éditeur ne donne pas de lien pour le réserver : appelez le cabinet.",
}

SHAPES = {
    "fiche": r"[0-9]{1,18}",
    "editeur": r"[a-z0-9-]{1,60}",
    "creneau": r"[0-9a-f-]{10,40}",
    "debut": r"[0-9]{1,11}",
}


@dataclass
class NotFree(Exception):  # noqa: N818 — an answer to the person, not a fault
    """Why the booking page was not opened, and what to do instead. `card` shows the next slots, when there are any."""

    title: str
    detail: str
    status: int = 409
    card: CardView | None = None
    name: str = ""
    phone: str | None = None
    phone_link: str | None = None
    again: str | None = None
    back: str = ""

    @classmethod
    def by_phone(cls, chosen: "Chosen") -> "NotFree":
        """Free, but no page of an editor books it."""
        refusal = cls("À réserver par téléphone", chosen.by_phone, back=chosen.back)
        return _with_phone(refusal, chosen.card.seat.candidate)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A slot that is still free. `url`: its booking page, without `origin`; empty when it is booked by phone, and
    `by_phone` then says why. `back`: the search it was chosen from."""

    card: Card
    slot: CardSlot
    editor: EditorRow
    url: str
    by_phone: str
    criteria: Criteria
    back: str

    def facts(self) -> ChosenSlot:
        """What the package that records orientations is told."""
        row, way, slot = self.card.seat.candidate, self.card.seat.way, self.slot
        return ChosenSlot(
            location_id=row.location_id,
            practitioner_id=row.practitioner_id,
            place_key=row.place_key,
            editor=self.editor.key,
            slot_id=slot.id,
            starts_at=slot.start,
            ends_at=slot.end,
            modalities=slot.modalities,
            via=way.via if way else None,
            structure_id=way.structure_id if way else None,
        )


def chosen_slot(parameters: QueryParameters, *, now: datetime, recent: timedelta | None = None) -> Chosen:
    """The slot, when it is still free: the editor is asked again, unless it spoke less than `recent` ago.

    Raises `NotFree`.
    """
    try:
        criteria = read_criteria(parameters, now=int(now.timestamp()))
    except InvalidCriteria:
        criteria = Criteria(text="", loc="")
    back = criteria.query()
    location, editor, slot, start = _read(parameters, back)
    row = next(iter(directory_queries.by_location_ids([location])), None)
    editors = registry.editors()
    if row is None or editor not in editors or editor not in links_of([row.national_id]).get(row.national_id, ()):
        detail = "Le professionnel ou l’éditeur n’est plus référencé : relancez la recherche."
        raise NotFree("Ce créneau n’existe plus", detail, status=410, back=back)
    if start < now.timestamp():
        detail = "L’heure de ce créneau est passée : relancez la recherche pour voir les suivants."
        raise _with_phone(NotFree("Créneau passé", detail, status=410, back=back), row)
    card = _card_now(row, editor, criteria, now, recent=recent)
    if editor not in card.seat.editors:
        detail = "Ce professionnel n’affiche plus ses créneaux de cet éditeur, ou s’est déclaré indisponible."
        raise _with_phone(NotFree("Ce créneau n’est plus proposé", detail, status=410, back=back), row)
    offered = next((one for one in card.all_slots if one.id == slot), None)
    if offered is not None:
        followed = offered.url if offered.url and is_bookable(offered.url) else ""
        reason = "" if followed and editors[editor].books else BY_PHONE["link" if editors[editor].books else "stage"]
        return Chosen(card, offered, editors[editor], "" if reason else followed, reason, criteria, back)
    if any(silence.editor == editor for silence in card.silences):
        again = criteria.query(**{name: value_of(parameters, name) for name in SHAPES})
        raise _silent(card, editor, editors, again=again, back=back)
    raise _taken(card, editors, now, back)


def _read(parameters: QueryParameters, back: str) -> tuple[int, str, str, int]:
    values = {name: value_of(parameters, name) for name in SHAPES}
    if not all(re.fullmatch(shape, values[name]) for name, shape in SHAPES.items()):
        detail = "Ce lien vers un créneau est incomplet : revenez aux résultats et choisissez de nouveau."
        raise NotFree("Lien incomplet", detail, status=400, back=back)
    return int(values["fiche"]), values["editeur"], values["creneau"], int(values["debut"])


def _card_now(row: Candidate, editor: str, criteria: Criteria, now: datetime, *, recent: timedelta | None) -> Card:
    """What the editor says of this person now. Filters are set aside: the slot was chosen, the others are a help.

    A person who shares so many slots a day counts those of every editor: all of them are asked then.
    """
    lot = single_lot(row, editor=editor, now=now)
    if lot.seats[0].editors and lot.seats[0].visibility.limits.per_day is not None:
        lot = single_lot(row, now=now)
    if recent is not None:
        card = _heard(lot, criteria, fresh=False)
        if card.silences or card.checked_at is None or now - card.checked_at <= recent:
            return card
    return _heard(lot, criteria, fresh=True)


def _heard(lot: Lot, criteria: Criteria, *, fresh: bool) -> Card:
    conversation = Conversation(lot, replace(criteria, filters=Filters(), cursor=None))
    deadline = min(RECHECK_DEADLINE_S, settings.SAS_EDITOR_TIMEOUT)
    listen(conversation, lot.question(fresh=fresh), deadline=deadline)
    conversation.end()
    return conversation.card(lot.seats[0])


def _silent(card: Card, editor: str, editors: Mapping[str, EditorRow], *, again: str, back: str) -> NotFree:
    names = {key: row.name for key, row in editors.items()}
    silence = next(silence for silence in card.silences if silence.editor == editor)
    who = silence_text(silence, names)
    detail = f"{who} : impossible de savoir si ce créneau est encore libre. Appelez le cabinet, ou réessayez."
    refusal = NotFree("Créneau non vérifié", detail, status=503, again=again, back=back)
    return _with_phone(refusal, card.seat.candidate)


def _taken(card: Card, editors: Mapping[str, EditorRow], now: datetime, back: str) -> NotFree:
    words = Wording(
        now=now,
        days=settings.SAS_SEARCH_DAYS,
        editors={key: row.name for key, row in editors.items()},
        books=frozenset(key for key, row in editors.items() if row.books),
        slot_query=f"{reverse('search:choose')}?{back}",
        leads=Leads.of(back),
    )
    view = card_view(card, words) if card.slots else None
    others = "Voici ses créneaux encore libres." if view else "Ce professionnel n’en a plus d’autre sur la période."
    detail = f"Il vient d’être pris ou retiré. {others}"
    return _with_phone(NotFree("Ce créneau n’est plus libre", detail, card=view, back=back), card.seat.candidate)


def _with_phone(refusal: NotFree, row: Candidate) -> NotFree:
    refusal.name = " ".join(part for part in (row.given_name, row.family_name) if part)
    refusal.phone = phone_text(row.phone) if row.phone else None
    refusal.phone_link = f"tel:{row.phone}" if row.phone else None
    return refusal
