"""What may be said of a territory: its code, its dated states. Pure functions of facts and a date."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

FURTHEST_KM = 500
PLANNED, OPEN, SUSPENDED = "planned", "open", "suspended"

#: As `Territory.code` is constrained.
_CODE = re.compile(r"SAS-[0-9A-Z]{1,8}(-[0-9A-Z]{1,8}){0,3}")
LONGEST_AHEAD = timedelta(days=3 * 366)

Dated = Sequence[tuple[date, str]]
"""(first day, state), in the order of days."""


class Standing(NamedTuple):
    """Where a SAS stands on a day: since when (None: nothing was ever said), and what is announced next."""

    state: str
    since: date | None
    next_state: str | None = None
    next_on: date | None = None


def code_of(text: str) -> str | None:
    """`SAS-59` for « sas-59 » or « SAS 59 »; None when it is no code of a territory."""
    code = "-".join(text.strip().upper().split())
    return code if _CODE.fullmatch(code) else None


def standing_on(dated: Dated, on: date) -> Standing:
    """Where it stands on that day. Before anything was said: planned."""
    begun = [(day, state) for day, state in dated if day <= on]
    ahead = [(day, state) for day, state in dated if day > on]
    since, state = begun[-1] if begun else (None, PLANNED)
    next_on, next_state = ahead[0] if ahead else (None, None)
    return Standing(state, since, next_state, next_on)


def opened_on(dated: Iterable[tuple[date, str]]) -> date | None:
    """The first day of the first opening, past or announced: nothing is paid before (S3)."""
    return min((day for day, state in dated if state == OPEN), default=None)


def why_not_state(state: str, starts_on: date, *, dated: Dated, today: date) -> str | None:
    """Why this state cannot start that day (French), or None. The past is never edited."""
    if starts_on < today:
        return "Cette date est passée : un état commence aujourd’hui ou plus tard."
    if starts_on > today + LONGEST_AHEAD:
        return "Cette date est trop lointaine : trois ans au plus."
    if not dated:
        return None
    last_on, last = dated[-1]
    if starts_on <= last_on:
        when = f"{last_on:%d/%m/%Y}"
        if last_on > today:
            return f"Un état est déjà annoncé au {when} : retirez-le d’abord, ou choisissez une date plus lointaine."
        return f"L’état actuel a commencé le {when} : choisissez un jour suivant."
    if state == last:
        return "Le territoire est déjà dans cet état à cette date."
    if state == PLANNED and any(known == OPEN for _, known in dated):
        return "Un SAS qui a ouvert ne redevient pas « en préparation » : choisissez « suspendu »."
    if state == SUSPENDED and all(known != OPEN for _, known in dated):
        return "Un SAS qui n’a pas encore ouvert ne peut pas être suspendu : il est en préparation."
    return None
