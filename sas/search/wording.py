"""Distances, times, ages and names as people say them. Pure."""

from collections.abc import Sequence
from datetime import date, datetime

from sas.directory.gazetteer_names import fold
from sas.participation.queries import Way
from sas.search.ranking import CardSlot

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
# What a way is called, and the article before it; on one's own is the usual way, and goes without saying.
WAYS = {
    "cpts": ("CPTS", "la"),
    "msp": ("MSP", "la"),
    "sos": ("SOS Médecins", ""),
    "cds": ("centre de santé", "le"),
}
SAID_ALREADY = {"msp": ("msp", "maison"), "sos": ("sos",), "cds": ("centre", "cds"), "cpts": ("cpts", "communaute")}


def way_text(way: Way | None) -> str:
    """After « participe »: « via la CPTS Lille Sud »; nothing for who does so on their own."""
    if way is None or way.via not in WAYS:
        return ""
    kind, article = WAYS[way.via]
    words = fold(way.structure_name).split()
    named = way.structure_name if words and words[0] in SAID_ALREADY[way.via] else f"{kind} {way.structure_name}"
    return " ".join(part for part in ("via", article, named.strip()) if part)


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


def places_left_text(capacity: int, taken: int) -> str:
    """« il reste 2 places sur 6 »; nothing for a créneau, which is of one patient."""
    left = capacity - taken
    return f"il reste {left} place{'s' if left > 1 else ''} sur {capacity}" if capacity > 1 else ""


def places_text(slot: CardSlot) -> str:
    """What is left of it, and « en cours » while a colleague keeps a place for a patient on the phone."""
    left = places_left_text(slot.capacity, slot.taken)
    if not slot.held:
        return left
    return f"{left}, {slot.held} en cours" if left else "en cours"


def listed(names: Sequence[str]) -> str:
    """« A et B », « A, B et C »."""
    return " et ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
