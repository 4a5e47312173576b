"""Writes on series. Every one locks whose agenda it is, then the series: see docs/locking.md."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sas.agenda.models import Series
from sas.agenda.sheets import Scope, SeriesSheet, Spot
from sas.agenda.uses import UsedSlot


@dataclass(frozen=True)
class Changed:
    """`series`: what now stands (None once closed). `used`: occurrences that had received somebody and moved, changed
    or closed: the screen says so, and the regulators' side has been told (`uses.on_used_slot_changed`)."""

    series: Series | None
    used: tuple[UsedSlot, ...] = ()


@dataclass(frozen=True)
class Opened:
    """Of several sheets: what was made, and what was left out because it exists already."""

    made: list[Series] = field(default_factory=list)
    doubled: list[SeriesSheet] = field(default_factory=list)


def open_series(*, spot: Spot, sheet: SeriesSheet, by: str, at: datetime) -> Series:
    """Offer a créneau or a plage, once or every n weeks. Raises `AgendaRefused`."""
    raise NotImplementedError


def open_many(
    *, spot: Spot, sheets: Sequence[SeriesSheet], by: str, at: datetime, source: str = Series.Source.TYPED
) -> Opened:
    """The same for many at once (iCalendar): identical ones are left out, one audit line. Raises `AgendaRefused`."""
    raise NotImplementedError


def change_series(
    *, series: Series, sheet: SeriesSheet, scope: Scope, on: date, version: int, by: str, at: datetime
) -> Changed:
    """Change the occurrence of `on`, that one and the following, or all that have not begun: the past stays.

    `version`: that of the series when it was read. Raises `AgendaRefused`, `StaleError`.
    """
    raise NotImplementedError


def close_series(*, series: Series, scope: Scope, on: date, version: int, by: str, at: datetime) -> Changed:
    """Offer no longer the occurrence of `on`, that one and the following, or all that have not begun.

    Raises `AgendaRefused`, `StaleError`.
    """
    raise NotImplementedError


def copy_week(*, spot: Spot, from_monday: date, to_monday: date, by: str, at: datetime) -> Opened:
    """Offer in one week, once, what another week offers at this place. What exists already there is left out.

    Raises `AgendaRefused` when there is nothing to copy or the week is past.
    """
    raise NotImplementedError
