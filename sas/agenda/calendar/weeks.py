"""Weeks and days as addresses write them: « 2026-W48 », « 2026-11-24 ». Pure: no clock."""

import re
from datetime import date, timedelta

from sas.agenda.calendar.words import MONTHS

_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DAYS_OF_A_WEEK = timedelta(days=7)
FIRST_YEAR, LAST_YEAR = 2020, 2100
"""What a calendar can be turned to: nothing was offered before, nobody plans beyond."""


def monday_of(day: date) -> date:
    """The Monday of its ISO week."""
    return day - timedelta(days=day.weekday())


def read_week(text: str) -> date | None:
    """The Monday of « 2026-W48 »; None when it is no week of the years that are shown."""
    match = _WEEK.fullmatch(text)
    if match is None or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        return None
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        return None


def read_day(text: str) -> date | None:
    """The day of « 2026-11-24 »; None when it is none of the years that are shown."""
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def why_not_day(day: date | None) -> str:
    """Why nothing can be planned on that day, in French; empty when it can."""
    if day is None or FIRST_YEAR <= day.year <= LAST_YEAR:
        return ""
    return f"Donnez une date entre {FIRST_YEAR} et {LAST_YEAR}."


def write_week(monday: date) -> str:
    """« 2026-W48 »."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


def week_text(monday: date) -> str:
    """« du 23 au 29 novembre 2026 », « du 30 novembre au 6 décembre 2026 »."""
    sunday = monday + timedelta(days=6)
    first = str(monday.day) if monday.day > 1 else "1er"
    last = str(sunday.day) if sunday.day > 1 else "1er"
    if monday.month != sunday.month:
        first += f" {MONTHS[monday.month - 1]}"
    if monday.year != sunday.year:
        first += f" {monday.year}"
    return f"du {first} au {last} {MONTHS[sunday.month - 1]} {sunday.year}"
