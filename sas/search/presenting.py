"""Cards in the words of the screen: every text a template prints is made here, so that page, stream and copy agree.

Pure: no clock (the moment is given), no database, no template.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sas.aggregator.engine.outcomes import EditorReport, Kind
from sas.directory.rules import phone_text
from sas.directory.vocabulary import label
from sas.search.conversation import Card, Silence
from sas.search.ranking import Availability, CardSlot

SLOTS_AT_ONCE = 4
"""Slots of one day shown before « voir plus »: a card must fit in a glance."""

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MODALITIES = {"AMB": ("C", "au cabinet"), "HH": ("V", "en visite"), "VR": ("T", "en téléconsultation")}
TYPES = {"PUBLIC": "ouvert à tous", "PRO": "réservé aux professionnels", "SNP": "soins non programmés", "CPTS": "CPTS"}
TROUBLES = {
    Kind.NO_ANSWER: "ne répond pas",
    Kind.REFUSED: "refuse de répondre",
    Kind.UNREADABLE: "envoie une réponse illisible",
    Kind.PAUSED: "ne répond plus, il est réinterrogé régulièrement",
}
WHY_HERE = "Les professionnels qui ont des créneaux viennent d’abord, puis ceux dont on ne sait rien, puis les autres."
# After « participe »; on one's own is the usual way, and goes without saying.
WAYS = {
    "individual": "",
    "cpts": "via la CPTS",
    "msp": "via la MSP",
    "sos": "via SOS Médecins",
    "cds": "via le centre de santé",
}


@dataclass(frozen=True, slots=True)
class SlotView:
    """One time on a card. `link`: the page that checks it again, or `None` (« à réserver par téléphone »)."""

    id: str
    time: str
    iso: str
    marks: tuple[tuple[str, str], ...]
    label: str
    link: str | None
    walk_in: bool


@dataclass(frozen=True, slots=True)
class DayView:
    """One of the three columns. `more` slots wait behind « voir plus »."""

    label: str
    first: tuple[SlotView, ...]
    more: tuple[SlotView, ...]


@dataclass(frozen=True, slots=True)
class CardView:
    """A card as the template prints it; `version` changes when, and only when, something printed changes."""

    id: int
    order: str
    name: str
    what: str
    participates: str | None
    distance: str
    address: str
    place_name: str
    precision: str | None
    phone: str | None
    phone_link: str | None
    convention: str | None
    information: str | None
    updated: str
    days: tuple[DayView, ...]
    has_slots: bool
    status: str
    silences: tuple[str, ...]
    elsewhere: str | None
    sources: str
    checked_at: str | None
    checked_age: str
    why: str
    version: str


@dataclass(frozen=True, slots=True)
class Wording:
    """What the words depend on besides the card. `slot_query` is the query string of links to a slot."""

    now: datetime
    days: int
    editors: Mapping[str, str]
    books: frozenset[str]
    slot_query: str
    sees_participation: bool = True


def card_view(card: Card, words: Wording) -> CardView:
    """One card, in words."""
    row = card.seat.candidate
    zone = ZoneInfo(row.timezone)
    today = words.now.astimezone(zone).date()
    days = tuple(_day(card, today + timedelta(days=n), today, words) for n in range(words.days))
    status, elsewhere = _status(card, words), _elsewhere(card.elsewhere)
    participates = None
    if words.sees_participation and row.participates:
        participates = WAYS.get(card.seat.via or "", "")
    name = " ".join(part for part in (_title(row.civility), row.given_name, row.family_name) if part)
    address = ", ".join(part for part in (row.line, f"{row.postal_code} {row.city}".strip()) if part)
    silences = tuple(silence_text(silence, words.editors) for silence in card.silences) if card.slots else ()
    sources = sorted({words.editors.get(slot.editor or "", "agenda SAS") for slot in card.all_slots})
    printed = (card.order, status, silences, days, sources, participates, elsewhere, card.checked_at)
    return CardView(
        id=row.location_id,
        order=card.order,
        name=name,
        what=label(row.specialty),
        participates=participates,
        distance=distance_text(card.seat.distance_m, approximate=row.precision == "commune"),
        address=address,
        place_name=row.name,
        precision="adresse approchée : centre de la commune" if row.precision == "commune" else None,
        phone=phone_text(row.phone) if row.phone else None,
        phone_link=f"tel:{row.phone}" if row.phone else None,
        convention=row.convention,
        information=row.information if words.sees_participation else None,
        updated=f"fiche mise à jour le {row.updated_on:%d/%m/%Y}",
        days=days,
        has_slots=bool(card.slots),
        status=status,
        silences=silences,
        elsewhere=elsewhere,
        sources=", ".join(sources),
        checked_at=card.checked_at.isoformat() if card.checked_at else None,
        checked_age=age_text((words.now - card.checked_at).total_seconds()) if card.checked_at else "",
        why=card.rank.why if words.sees_participation else WHY_HERE,
        version=hashlib.blake2s(repr(printed).encode(), digest_size=5).hexdigest(),
    )


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


def distance_text(metres: int, *, approximate: bool = False) -> str:
    """« à 800 m », « à 2,4 km », « à 12 km »; `approximate`: the place is only known by its commune."""
    if approximate:
        return f"à environ {round(metres / 1000)} km" if metres >= 1_500 else "dans la commune"
    if metres < 950:
        return f"à {max(50, round(metres / 50) * 50)} m"
    if metres < 9_950:
        return f"à {metres / 1000:.1f} km".replace(".", ",").replace(",0 km", " km")
    return f"à {round(metres / 1000)} km"


def radius_text(kilometres: float) -> str:
    """« 5 km », « 7,5 km »."""
    return f"{kilometres:g} km".replace(".", ",")


def time_text(moment: datetime) -> str:
    """« 9 h 05 », « 14 h 40 », as people say it; on one line wherever it is written."""
    return f"{moment.hour}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{moment.minute:02d}"


def day_text(day: date, today: date) -> str:
    """« aujourd’hui », « demain », else « lundi 23 »."""
    ahead = (day - today).days
    if ahead in (0, 1):
        return ("aujourd’hui", "demain")[ahead]
    return f"{WEEKDAYS[day.weekday()]} {day.day}"


def age_text(seconds: float) -> str:
    """« à l’instant », « il y a 12 s », « il y a 3 min »."""
    if seconds < 5:
        return "à l’instant"
    return f"il y a {round(seconds)} s" if seconds < 90 else f"il y a {round(seconds / 60)} min"


def _day(card: Card, day: date, today: date, words: Wording) -> DayView:
    slots = [slot for slot in card.slots if slot.start.date() == day]
    views = tuple(_slot(slot, card, day_text(day, today), words) for slot in slots)
    return DayView(label=day_text(day, today), first=views[:SLOTS_AT_ONCE], more=views[SLOTS_AT_ONCE:])


def _slot(slot: CardSlot, card: Card, day: str, words: Wording) -> SlotView:
    marks = tuple(MODALITIES[m] for m in slot.modalities if m in MODALITIES)
    walk_in = slot.booking == "WALKIN"
    until = (
        f"de {time_text(slot.start)} à {time_text(slot.end)}, sans rendez-vous" if walk_in else time_text(slot.start)
    )
    details = [f"{day} {until}", *(text for _, text in marks), *(TYPES[kind] for kind in slot.types), *slot.reasons]
    bookable = slot.url is not None and slot.editor in words.books
    details.append(words.editors.get(slot.editor or "", "agenda SAS") if bookable else "à réserver par téléphone")
    link = None
    if bookable:
        link = f"{words.slot_query}&fiche={card.seat.candidate.location_id}&editeur={slot.editor}&creneau={slot.id}"
        link += f"&debut={int(slot.start.timestamp())}"
    return SlotView(
        id=slot.id,
        time=f"{time_text(slot.start)} – {time_text(slot.end)}" if walk_in else time_text(slot.start),
        iso=slot.start.isoformat(),
        marks=marks,
        label=", ".join(details),
        link=link,
        walk_in=walk_in,
    )


def _status(card: Card, words: Wording) -> str:
    if card.slots:
        return ""
    if card.availability is Availability.UNKNOWN:
        who = ", ".join(silence_text(silence, words.editors) for silence in card.silences)
        return f"Disponibilités inconnues ({who})."
    if card.seat.editors:
        who = _listed([words.editors.get(key, key) for key in card.seat.editors])
        verb = "ont répondu" if len(card.seat.editors) > 1 else "a répondu"
        return f"Aucun créneau publié sur la période ({who} {verb})."
    return "Aucun créneau publié : ni agenda SAS, ni éditeur raccordé."


def _listed(names: Sequence[str]) -> str:
    return " et ".join(names)


def _elsewhere(count: int) -> str | None:
    if not count:
        return None
    return (
        f"{count} autre{'s' if count > 1 else ''} créneau{'x' if count > 1 else ''} à une adresse absente de l’annuaire"
    )


def _title(civility: str) -> str:
    return {"DR": "Dr", "PR": "Pr", "MME": "Mme", "M": "M."}.get(civility.upper().rstrip("."), civility)
