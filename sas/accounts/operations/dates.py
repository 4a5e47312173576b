"""Dates as people say them, where the platform is."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.dates import MONTHS, WEEKDAYS


def moment(at: datetime | None) -> str:
    """« 2 mars à 10 h 05 »."""
    if at is None:
        return "date inconnue"
    local = timezone.localtime(at)
    return f"{local.day} {MONTHS[local.month]} à {local.hour} h {local:%M}"


def in_words(day: date) -> str:
    """« lundi 2 mars »."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month]}"
