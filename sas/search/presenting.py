"""Cards in the words of the screen: every text a template prints is made here, so that page, stream and copy agree.

Pure: no clock (the moment is given), no database, no template.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sas.aggregator.engine.outcomes import EditorReport, Kind
from sas.directory.calendar import region_of
from sas.directory.rules import person_text, phone_text
from sas.directory.vocabulary import label
from sas.search.away import back_at
from sas.search.contacts import Contact, contact_of, overbooking_contact
from sas.search.conversation import Card, Silence
from sas.search.leads import Leads, shows
from sas.search.opening import opening_text
from sas.search.ranking import Availability, CardSlot
from sas.search.seats import Seat
from sas.search.wording import (
    age_text,
    day_text,
    distance_text,
    listed,
    places_text,
    radius_text,
    time_text,
    way_text,
)

__all__ = ["CardView", "SlotView", "Wording", "card_view", "radius_text", "silence_text", "trouble_text"]

SLOTS_AT_ONCE = 4
"""Slots of one day shown before « voir plus »: a card must fit in a glance."""

MODALITIES = {"AMB": ("C", "au cabinet"), "HH": ("V", "en visite"), "VR": ("T", "en téléconsultation")}
TYPES = {"PUBLIC": "ouvert à tous", "PRO": "réservé aux professionnels", "SNP": "soins non programmés", "CPTS": "CPTS"}
PDSA_MARK = ("PDSA", "pendant la permanence des soins ambulatoires")
TROUBLES = {
    Kind.NO_ANSWER: "ne répond pas",
    Kind.REFUSED: "refuse de répondre",
    Kind.UNREADABLE: "envoie une réponse illisible",
    Kind.PAUSED: "ne répond plus, il est réinterrogé régulièrement",
}
WHY_HERE = "Les professionnels qui ont des créneaux viennent d’abord, puis ceux dont on ne sait rien, puis les autres."
AGENDA = "agenda SAS"
PHONE_KINDS = {
    "snp": "numéro de l’unité SNP",
    "regulation": "numéro réservé à la régulation",
    "public": "",
    "finess": "standard, source FINESS",
}


@dataclass(frozen=True, slots=True)
class SlotView:
    """One time on a card. `link`: the panel that checks it again, if the reader may send somebody there; `by_phone`:
    no page of an editor books it. `outside`: the link leads to another site.

    `places`: « il reste 2 places sur 6 », of a plage, and « en cours » while a colleague holds one. `who`: the family
    name, on the card of a structure.
    """

    id: str
    time: str
    iso: str
    marks: tuple[tuple[str, str], ...]
    label: str
    link: str | None
    walk_in: bool
    places: str = ""
    who: str = ""
    by_phone: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class DayView:
    """One of the three columns. `more` slots wait behind « voir plus »."""

    label: str
    first: tuple[SlotView, ...]
    more: tuple[SlotView, ...]


@dataclass(frozen=True, slots=True)
class CardView:
    """A card as the template prints it; `version` changes when, and only when, something printed changes.

    `outside`: a professional who does not take part, told only to who may know. `phone_note` says whose number it is
    when it is not the practice's own; `overbooking` whom to call « en sus » when that is somebody else; `members`: the
    professionals that a CPTS' card stands for.
    """

    id: str
    kind: str
    order: str
    name: str
    what: str
    participates: str | None
    outside: bool
    distance: str
    address: str
    place_name: str
    precision: str | None
    opening: str
    phone: str | None
    phone_link: str | None
    phone_note: str
    overbooking: tuple[str, str, str] | None
    convention: str | None
    information: str | None
    updated: str
    days: tuple[DayView, ...]
    has_slots: bool
    call_first: bool
    status: str
    silences: tuple[str, ...]
    elsewhere: str | None
    sources: str
    checked_at: str | None
    checked_age: str
    why: str
    members: tuple["CardView", ...]
    version: str
    en_sus: str | None = None
    advice: str | None = None
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """What the words depend on besides the card. `slot_query` is the query string of links to a slot; `leads` where
    the other acts lead, for whoever may send patients."""

    now: datetime
    days: int
    editors: Mapping[str, str]
    books: frozenset[str]
    slot_query: str
    sees_participation: bool = True
    leads: Leads | None = None


def card_view(card: Card, words: Wording) -> CardView:
    """One card, in words."""
    row = card.seat.candidate
    zone = ZoneInfo(row.timezone)
    today = words.now.astimezone(zone).date()
    days = tuple(_day(card, today + timedelta(days=n), today, words) for n in range(words.days))
    status, elsewhere = status_text(card, words), _elsewhere(card.elsewhere)
    silences = tuple(silence_text(silence, words.editors) for silence in card.silences) if card.slots else ()
    sources = sorted({words.editors.get(slot.editor or "", AGENDA) for slot in card.all_slots})
    members = tuple(card_view(member, words) for member in card.members)
    contact = contact_of(card, sees_participation=words.sees_participation)
    told = _told(card, contact, words)
    opening = opening_text(row.opening_hours, words.now, zone, region_of(row.department))
    printed = (shows(card), card.order, status, silences, days, sources, told, elsewhere, card.checked_at)
    return CardView(
        id=card.seat.key,
        kind=card.seat.kind,
        order=card.order,
        name=name_text(card.seat),
        what=_what(card),
        **told,
        distance=_distance(card.seat),
        address=address_text(card.seat),
        place_name=row.name,
        precision="adresse approchée : centre de la commune" if row.precision == "commune" else None,
        opening=opening,
        **_phones(card, contact),
        convention=row.convention,
        updated=f"fiche mise à jour le {row.updated_on:%d/%m/%Y}",
        days=days,
        has_slots=bool(card.slots),
        call_first=any(_is_call_first(slot, card.owner(slot)) for slot in card.slots),
        status=status,
        silences=silences,
        elsewhere=elsewhere,
        sources=", ".join(sources),
        **_checked(card, words.now),
        members=members,
        version=_version(printed, opening, contact, tuple(member.version for member in members)),
        **(words.leads.from_card(card) if words.leads else {}),
        preferred=card.seat.preferred,
    )


def _version(*printed: object) -> str:
    return hashlib.blake2s(repr(printed).encode(), digest_size=5).hexdigest()


def _told(card: Card, contact: Contact, words: Wording) -> dict[str, Any]:
    """What depends on whether the reader may know who takes part (platform.md §1)."""
    row = card.seat.candidate
    if not words.sees_participation:
        why = card.rank.why if card.seat.preferred else WHY_HERE
        return {"participates": None, "outside": False, "overbooking": None, "information": None, "why": why}
    return {
        "participates": way_text(card.seat.way) if row.participates else None,
        "outside": not row.participates and card.seat.structure is None,
        "overbooking": _overbooking(card, contact.number),
        "information": row.information,
        "why": f"Répond pour ses professionnels, dans cette commune. {card.rank.why}"
        if card.members
        else card.rank.why,
    }


def _phones(card: Card, contact: Contact) -> dict[str, Any]:
    return {
        "phone": phone_text(contact.number) if contact.number else None,
        "phone_link": f"tel:{contact.number}" if contact.number else None,
        "phone_note": contact.whose or _phone_note(card.seat),
    }


def _checked(card: Card, now: datetime) -> dict[str, Any]:
    at = card.checked_at
    return {
        "checked_at": at.isoformat() if at else None,
        "checked_age": age_text((now - at).total_seconds()) if at else "",
    }


def address_text(seat: Seat) -> str:
    """« 1 RUE DES LILAS, 59000 Lille »."""
    row = seat.candidate
    return ", ".join(part for part in (row.line, f"{row.postal_code} {row.city}".strip()) if part)


def name_text(seat: Seat) -> str:
    """« Dr Camille NOM », or the name of a structure."""
    row = seat.candidate
    return person_text(row.civility, row.given_name, row.family_name)


def silence_text(silence: Silence, editors: Mapping[str, str]) -> str:
    """« Agenda Brume ne répond pas »."""
    return f"{editors.get(silence.editor, silence.editor)} {TROUBLES[silence.kind]}"


def trouble_text(report: EditorReport, editors: Mapping[str, str]) -> str:
    """A line of the banner: who is in trouble, and how many professionals it concerns."""
    people = len(report.unheard)
    whom = f"{people} professionnel{'s' if people > 1 else ''} en disponibilité inconnue"
    kind = report.kind if not report.kind.known else Kind.NO_ANSWER
    partly = " à une partie des demandes" if report.kind.known else ""
    return f"{editors.get(report.editor, report.editor)} {TROUBLES[kind]}{partly} : {whom}."


def status_text(card: Card, words: Wording) -> str:
    """Why a card has no slot to show; nothing when it has."""
    if card.slots:
        return ""
    if card.away:
        return _away_text(card, words)
    if card.availability is Availability.PENDING:
        return "Interrogation de son agenda en cours…"
    if card.availability is Availability.UNKNOWN:
        who = ", ".join(silence_text(silence, words.editors) for silence in card.silences)
        return f"Disponibilités inconnues ({who})."
    if card.seat.kind in ("structure", "cpts", "sos"):
        return "Aucun créneau publié sur la période."
    if card.seat.visibility.opted_out:
        return "Aucun créneau dans l’agenda SAS ; a choisi de ne pas afficher ses créneaux éditeurs."
    if card.seat.editors:
        who = listed([words.editors.get(key, key) for key in card.seat.editors])
        verb = "ont répondu" if len(card.seat.editors) > 1 else "a répondu"
        return f"Aucun créneau publié sur la période ({who} {verb})."
    return "Aucun créneau publié : ni agenda SAS, ni éditeur raccordé."


def _away_text(card: Card, words: Wording) -> str:
    back = back_at(card.seat.away, words.now.timestamp())
    if back is None:
        return "Indisponible pendant ses créneaux de la période."
    if back == float("inf"):
        return "En pause, sans date de retour."
    zone = ZoneInfo(card.seat.candidate.timezone)
    at = datetime.fromtimestamp(back, zone)
    return f"Indisponible jusqu’au {at:%d/%m/%Y} à {time_text(at)}."


def _day(card: Card, day: date, today: date, words: Wording) -> DayView:
    slots = [slot for slot in card.slots if slot.start.date() == day]
    views = tuple(_slot(slot, card.owner(slot), day_text(day, today), words, card.seat) for slot in slots)
    return DayView(label=day_text(day, today), first=views[:SLOTS_AT_ONCE], more=views[SLOTS_AT_ONCE:])


def _slot(slot: CardSlot, owner: Seat, day: str, words: Wording, seat: Seat) -> SlotView:
    marks = tuple(MODALITIES[m] for m in slot.modalities if m in MODALITIES)
    if owner.rules is not None and owner.rules.is_pdsa(slot.start):
        marks = (*marks, PDSA_MARK)
    walk_in = slot.booking == "WALKIN"
    until = (
        f"de {time_text(slot.start)} à {time_text(slot.end)}, sans rendez-vous" if walk_in else time_text(slot.start)
    )
    places = places_text(slot)
    who = name_text(owner) if owner is not seat else ""
    details = [f"{day} {until}", who, *(text for _, text in marks), *(TYPES[kind] for kind in slot.types)]
    details += [*slot.reasons, places]
    bookable = slot.url is not None and slot.editor in words.books
    if _is_call_first(slot, owner):
        details.append("appelez avant de réserver")
    if slot.source == "agenda":
        details.append(AGENDA)
    details.append(words.editors.get(slot.editor or "", AGENDA) if bookable else "à réserver par téléphone")
    return SlotView(
        id=slot.id,
        time=f"{time_text(slot.start)} – {time_text(slot.end)}" if walk_in else time_text(slot.start),
        iso=slot.start.isoformat(),
        marks=marks,
        label=", ".join(filter(None, details)),
        link=_link(slot, owner, words, bookable=bookable),
        walk_in=walk_in,
        places=places,
        who=owner.candidate.family_name if owner is not seat else "",
        by_phone=not bookable,
    )


def _link(slot: CardSlot, owner: Seat, words: Wording, *, bookable: bool) -> str | None:
    """The panel of a slot. Who may not send patients has none, but for what an editor's page would book."""
    if slot.source == "agenda":
        return words.leads.to_agenda(slot.id) if words.leads else None
    if not bookable and words.leads is None:
        return None
    return f"{words.slot_query}&fiche={owner.key}&editeur={slot.editor}&creneau={slot.id}&debut={slot.at}"


def _is_call_first(slot: CardSlot, owner: Seat) -> bool:
    """Only before an editor's page: a slot of the SAS agenda is agreed by phone anyway (platform.md §7.2)."""
    return slot.source == "editor" and owner.rules is not None and owner.rules.call_first(slot.types)


def _what(card: Card) -> str:
    structure = card.seat.structure
    if structure is None:
        return label(card.seat.candidate.specialty)
    if card.members:
        offering = len({member.seat.candidate.practitioner_id for member in card.members if member.slots})
        return f"{offering} professionnel{'s' if offering > 1 else ''} disponible{'s' if offering > 1 else ''}"
    kind = structure.category_label or label(card.seat.candidate.specialty)
    return f"{kind}, {structure.parent_name}" if structure.parent_name else kind


def _distance(seat: Seat) -> str:
    if seat.kind == "cpts":
        return "dans sa zone" if seat.in_zone else distance_text(seat.distance_m)
    if seat.structure is not None and seat.structure.latitude is None:
        return "lieu inconnu"
    return distance_text(seat.distance_m, approximate=seat.candidate.precision == "commune")


def _phone_note(seat: Seat) -> str:
    if seat.structure is None:
        return ""
    phone = seat.structure.phone
    return ", ".join(part for part in (PHONE_KINDS.get(phone.kind, ""), phone.hours) if part)


def _overbooking(card: Card, shown: str) -> tuple[str, str, str] | None:
    """(name, number, link) of the structure to call « en sus », when the card's own number is not already that one."""
    contact = overbooking_contact(card)
    if contact is None or not contact.whose or contact.number == shown:
        return None
    number = phone_text(contact.number) if contact.number else "numéro inconnu"
    return contact.whose, number, f"tel:{contact.number}" if contact.number else ""


def _elsewhere(count: int) -> str | None:
    if not count:
        return None
    return (
        f"{count} autre{'s' if count > 1 else ''} créneau{'x' if count > 1 else ''} à une adresse absente de l’annuaire"
    )
