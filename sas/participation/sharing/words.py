"""Partial sharing in the words of the screen. Pure."""

from collections.abc import Iterable, Mapping

from sas.directory.weekly_hours import DAYS, write_day
from sas.directory.weekly_hours import Band as OpenBand
from sas.participation.sharing.rules import Limits, Reason

MODALITY_WORDS = {"AMB": "au cabinet", "VR": "en téléconsultation", "HH": "en visite"}
TYPE_WORDS = {
    "SNP": "SNP — réservés aux soins non programmés",
    "PRO": "PRO — réservés aux professionnels",
    "PUBLIC": "PUBLIC — ouverts à tous",
    "CPTS": "CPTS — réservés à la CPTS",
}
SHORT_TYPES = {"SNP": "SNP", "PRO": "professionnels", "PUBLIC": "grand public", "CPTS": "CPTS"}

LEFT_OUT = {
    Reason.HIDDEN: "masqué par vous",
    Reason.PLACE: "lieu non partagé",
    Reason.HORIZON: "trop tôt : il apparaîtra plus tard",
    Reason.BAND: "hors de vos jours et heures",
    Reason.MODALITY: "modalité non partagée",
    Reason.TYPE: "type de créneau non partagé",
    Reason.ACT: "acte non partagé",
    Reason.QUOTA: "nombre par jour atteint",
}
"""Why a slot is not seen, said to the person whose slot it is."""


def limits_in_words(limits: Limits, places: Mapping[str, str]) -> list[str]:
    """One line per limit, nothing when everything is shared. `places`: labels by key."""
    lines = []
    if limits.bands:
        bands = [OpenBand(band.weekday, band.start, band.end) for band in limits.bands]
        days = [f"{DAYS[day]} {hours}" for day in range(7) if (hours := write_day(bands, day))]
        lines.append(f"seulement {' ; '.join(days)}")
    if limits.per_day is not None:
        several = limits.per_day > 1
        lines.append(f"{limits.per_day} {'créneaux visibles' if several else 'créneau visible'} par jour au plus")
    if limits.horizon_hours is not None:
        lines.append(f"seulement ceux des {limits.horizon_hours} prochaines heures")
    if limits.modalities:
        lines.append(f"seulement {_listed(MODALITY_WORDS[key] for key in MODALITY_WORDS if key in limits.modalities)}")
    if limits.types:
        kinds = _listed(words for key, words in SHORT_TYPES.items() if key in limits.types)
        lines.append(f"seulement les créneaux {kinds}")
    if limits.places:
        lines.append(f"seulement à {_listed(sorted(places.get(key, 'un lieu fermé') for key in limits.places))}")
    if limits.reasons:
        lines.append(f"seulement pour : {', '.join(sorted(limits.reasons))}")
    return lines


def _listed(words: Iterable[str]) -> str:
    return " ou ".join(words)
