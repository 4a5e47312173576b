"""How far a message went, in the words of those who sent the patient."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import formats, timezone

from sas.lrm.models import Lrm, Message

WHEN, WHEN_ANOTHER_DAY = r"G \h i", r"j F à G \h i"


def standing_text(message: Message, hub_enabled: bool) -> str:
    """« transmise au SAMU 59, reçue à 14 h 02 »: a piece of sentence. `message.lrm.territory` should be loaded."""
    to = f"au {samu_name(message.lrm)}"
    match message.state:
        case Message.State.WAITING if not hub_enabled:
            return f"à transmettre {to} : plateforme non reliée au Hub Santé"
        case Message.State.WAITING:
            return f"à transmettre {to}"
        case Message.State.PUBLISHED:
            return f"transmise {to}, réception pas encore confirmée"
        case Message.State.ACKNOWLEDGED:
            return f"transmise {to}, reçue {_when(message.answered_at, message)}"
        case Message.State.EXPIRED if message.needs_hand:
            return f"en erreur : {message.trouble or 'expirée avant d’être lue'}"
        case Message.State.EXPIRED:
            return f"transmise {to}, expirée avant d’être lue, renvoyée"
        case Message.State.ABANDONED:
            return f"non transmise {to} : {message.trouble or 'abandonnée par l’exploitation'}"
        case _:
            return f"en erreur : {message.trouble or f'refusée par le {samu_name(message.lrm)}'}"


def samu_name(lrm: Lrm) -> str:
    """« SAMU 59 » from « SAS-59 », as codes of territories are made."""
    return f"SAMU {lrm.territory.code.removeprefix('SAS-')}"


def _when(at: datetime | None, message: Message) -> str:
    """Of the day of the message: the hour alone."""
    if at is None:
        return "à une heure inconnue"
    zone = ZoneInfo(message.lrm.territory.timezone)
    local, written = timezone.localtime(at, zone), timezone.localtime(message.created_at, zone)
    if local.date() == written.date():
        return f"à {formats.date_format(local, WHEN)}"
    return f"le {formats.date_format(local, WHEN_ANOTHER_DAY)}"
