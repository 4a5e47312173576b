"""Orientations in the words that people say. Pure: no clock, no database."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sas.agenda.calendar.words import MODALITY, near_day_text
from sas.directory.rules import phone_text
from sas.orientation.models import Orientation, OrientationEvent
from sas.orientation.rules import REASONS, Act, Happening, Reason, State, is_to_confirm

WAITING = "en attente de l’éditeur"
TO_CONFIRM = "à confirmer"
ADVICE = "conseil noté"
NBSP = "\N{NO-BREAK SPACE}"

EVENTS = {
    Happening.OPENED: "page de réservation de l’éditeur ouverte",
    Happening.ORIENTED: "patient adressé sur un créneau de l’agenda SAS",
    Happening.EN_SUS: "patient adressé en sus",
    Happening.ADVISED: "conseil vers un établissement noté",
    Happening.TOLD: "rendez-vous dit par l’éditeur, pris hors recherche",
    Happening.EDITOR_MESSAGE: "changement dit par l’éditeur",
    Happening.NAME_DOCTOR: "professionnel nommé",
    Happening.MOVE: "heure changée",
    Happening.SLOT_CHANGED: "le créneau a changé dans l’agenda",
    Act.CONFIRM: "confirmée",
    Act.HONOUR: "dite honorée",
    Act.MISS: "dite non honorée",
    Act.CANCEL: "annulée",
    Act.UNDO: "dernier acte défait",
}
CHANGES = {
    "closed": "le créneau a été supprimé de l’agenda",
    "changed": "le créneau a changé dans l’agenda",
    "hidden": "une indisponibilité a été déclarée sur ce créneau",
}


def state_words(orientation: Orientation, now: datetime) -> str:
    """« en attente de l’éditeur », « à confirmer », « confirmée », « annulée »…"""
    if orientation.state == State.PENDING:
        return TO_CONFIRM if is_to_confirm(orientation.state, orientation.expected_at, now) else WAITING
    if orientation.path == Orientation.Path.ADVICE and orientation.state == State.BOOKED:
        return ADVICE
    return str(Orientation.State(orientation.state).label)


def reason_words(reason: str) -> str:
    """Why it was cancelled; empty when nobody said."""
    return REASONS.get(Reason(reason), "") if reason in set(Reason) else ""


def event_words(event: OrientationEvent) -> str:
    """What happened, with what befell the slot or why it was cancelled."""
    if event.act == Happening.SLOT_CHANGED:
        return CHANGES.get(str(event.detail.get("change", "")), EVENTS[Happening.SLOT_CHANGED])
    words = EVENTS.get(event.act, event.act)  # type: ignore[call-overload]
    if event.act == Happening.EDITOR_MESSAGE and event.after != event.before:
        words = f"dite {Orientation.State(event.after).label} par l’éditeur"
    why = reason_words(event.reason)
    return f"{words} : {why}" if why else str(words)


def who_text(orientation: Orientation) -> str:
    """« Dr Camille NOM (CPTS des Lilas) », or who is known of both."""
    if orientation.practitioner_name and orientation.structure_name:
        return f"{orientation.practitioner_name} ({orientation.structure_name})"
    return orientation.practitioner_name or orientation.structure_name or "professionnel à préciser"


def place_text(orientation: Orientation) -> str:
    """The address, as it was that day; a téléconsultation happens nowhere, and a visit at the patient's."""
    if orientation.modality == "VR":
        return "en téléconsultation"
    if orientation.modality == "HH":
        return "en visite, chez le patient"
    return orientation.address


def time_text(moment: datetime) -> str:
    """« 14 h 40 », on one line wherever it is written."""
    return f"{moment.hour}{NBSP}h{NBSP}{moment.minute:02d}"


def when_text(orientation: Orientation, now: datetime, reader: str = "") -> str:
    """« aujourd’hui 14 h 40 », in the time of the place, which is named when `reader` (a zone) reads another clock."""
    if orientation.starts_at is None:
        return ""
    zone = ZoneInfo(orientation.timezone)
    start = orientation.starts_at.astimezone(zone)
    day = near_day_text(start.date(), now.astimezone(zone).date())
    text = f"{day} {time_text(start)}"
    away = reader and start.replace(tzinfo=None) != start.astimezone(ZoneInfo(reader)).replace(tzinfo=None)
    return f"{text} (heure du lieu : {zone_text(orientation.timezone)})" if away else text


def zone_text(timezone: str) -> str:
    """« La Réunion » for Indian/Reunion."""
    known = {"Indian/Reunion": "La Réunion", "America/Guadeloupe": "Guadeloupe", "America/Martinique": "Martinique",
             "America/Cayenne": "Guyane", "Indian/Mayotte": "Mayotte", "Europe/Paris": "Paris",
             "America/Miquelon": "Saint-Pierre-et-Miquelon", "Pacific/Noumea": "Nouvelle-Calédonie",
             "Pacific/Tahiti": "Tahiti", "America/St_Barthelemy": "Saint-Barthélemy", "America/Marigot": "Saint-Martin",
             "Pacific/Wallis": "Wallis-et-Futuna"}  # fmt: skip
    return known.get(timezone) or timezone.rpartition("/")[2].replace("_", " ")


def modality_text(orientation: Orientation) -> str:
    """« Cabinet », « Téléconsultation », « Visite »; empty when nobody said."""
    return MODALITY.get(orientation.modality, "")


def patient_text(orientation: Orientation, now: datetime) -> str:
    """What is read out to the patient, or sent by the regulator's own means: who, when, where, which phone (S1 Q22)."""
    when = when_text(orientation, now)
    first = f"Rendez-vous {when} : {who_text(orientation)}." if when else f"À contacter : {who_text(orientation)}."
    lines = [first, _sentence(place_text(orientation))]
    if orientation.phone:
        lines.append(f"Téléphone : {phone_text(orientation.phone)}.")
    return "\n".join(line for line in lines if line)


def _sentence(place: str) -> str:
    if not place:
        return ""
    return f"{place[0].upper()}{place[1:]}." if place.startswith("en ") else f"Adresse : {place}."
