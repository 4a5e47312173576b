"""The HTML of the booking page: French, accessible, self-contained, everything escaped."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from urllib.parse import urlencode

from editor_kit.sandbox.agenda import AgendaSlot
from editor_kit.sandbox.html_pages import document
from editor_kit.sandbox.people import Person
from editor_kit.sandbox.sign_in_page import Visitor, identity, token_field

MOST_SLOTS = 60
JUST_TAKEN = "Ce créneau vient d’être pris. Choisissez-en un autre ci-dessous."
NO_SUCH_SLOT = "Ce créneau n’existe pas ou est déjà passé. Choisissez-en un autre ci-dessous."

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_MODALITIES = {"AMB": "au cabinet", "VR": "en téléconsultation", "HH": "en visite à domicile"}


def agenda(
    person: Person,
    slot: AgendaSlot | None,
    others: Sequence[AgendaSlot],
    origin: str,
    *,
    notice: str = "",
    who: Visitor | None = None,
) -> str:
    """The agenda of a practitioner, opened on `slot` when given, with the other free slots below.

    `who` is signed in, None where no account is asked for.
    """
    parts = [f"<h1>Agenda de {escape(name_of(person))}</h1>", origin_notice(origin)]
    if who is not None:
        parts.append(identity(who))
    if notice:
        parts.append(f'<p class="avis" role="alert">{escape(notice)}</p>')
    if slot is not None:
        parts += ["<h2>Créneau choisi</h2>", description(person, slot)]
        if origin:
            parts.append(_form(person, slot, origin, who))
    parts.append(_others(person, [other for other in others if other != slot], origin))
    parts.append(f'<p><a href="/praticien/{escape(person.key)}">Rendez-vous de ce praticien (côté cabinet)</a></p>')
    return document(f"Agenda de {name_of(person)}", parts)


def unknown_practitioner() -> str:
    """The page of an address that leads nowhere."""
    return document("Agenda introuvable", ["<h1>Agenda introuvable</h1>", "<p>Aucun agenda à cette adresse.</p>"])


def french_time(at: datetime) -> str:
    """A time as people say it: « lundi 23 novembre 2026 à 9 h 30 »."""
    day = "1er" if at.day == 1 else str(at.day)
    return f"{_DAYS[at.weekday()]} {day} {_MONTHS[at.month - 1]} {at.year} à {at.hour} h {at.minute:02d}"


def name_of(person: Person) -> str:
    """How a practitioner is called."""
    return f"{person.given} {person.family}"


def origin_notice(origin: str) -> str:
    """Whether the page was opened from the platform, and what it changes."""
    if origin:
        return f'<p class="avis sas">Ouvert depuis le SAS (origin={escape(origin)})</p>'
    return (
        '<p class="avis">Ouverture hors SAS : l’accès régulateur n’est pas actif. '
        "La réservation est impossible sans connexion par le SAS.</p>"
    )


def description(person: Person, slot: AgendaSlot) -> str:
    """A slot in words."""
    place = person.places[slot.place_index]
    where = ", ".join(part for part in (place.name, place.line, f"{place.postal_code} {place.city}") if part)
    how = ", ".join(_MODALITIES[code] for code in slot.modalities)
    rows = (
        ("Praticien", name_of(person)),
        ("Lieu", where),
        ("Début", f"{french_time(slot.start)} (heure du lieu)"),
        ("Durée", f"{int((slot.end.timestamp() - slot.start.timestamp()) // 60)} minutes"),
        ("Modalité", how),
        ("Motif", ", ".join(slot.reasons)),
        ("Rendez-vous", "sans rendez-vous" if slot.booking == "WALKIN" else "à réserver"),
    )
    return "<dl>" + "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in rows) + "</dl>"


def _form(person: Person, slot: AgendaSlot, origin: str, who: Visitor | None) -> str:
    action = f"/agenda/{person.key}?{urlencode({'origin': origin})}"
    return (
        f'<form method="post" action="{escape(action)}">'
        f'<input type="hidden" name="creneau" value="{escape(slot.slot_id)}">{token_field(who) if who else ""}'
        "<button>Réserver ce créneau</button></form>"
    )


def _others(person: Person, others: Sequence[AgendaSlot], origin: str) -> str:
    if not others:
        return "<p>Aucun autre créneau libre.</p>"
    items = []
    for slot in others:
        query = {"creneau": slot.slot_id} | ({"origin": origin} if origin else {})
        href = f"/agenda/{person.key}?{urlencode(query)}"
        place = person.places[slot.place_index]
        items.append(f'<li><a href="{escape(href)}">{escape(french_time(slot.start))}</a>, {escape(place.city)}</li>')
    return f"<h2>Créneaux libres</h2><ul>{''.join(items)}</ul>"
