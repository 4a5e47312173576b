"""Writes on series: open, change, close, copy. Every one locks whose agenda it is, then the series (docs/locking.md).

The past is never rewritten: the history of hours stays true. What has begun ends on its last day, and a new series
(`replaces`) says what comes after. No row is deleted, so that a stale form can always say who changed it and when.

The audit trail names fields, never hours: consulting hours are not for those who read it (platform.md §10).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db import transaction

from sas.agenda.carrying import carry_uses
from sas.agenda.locking import held, lock_spot
from sas.agenda.models import Series
from sas.agenda.queries import standing_beside
from sas.agenda.rules import days
from sas.agenda.sheets import (
    AgendaRefused,
    Scope,
    SeriesSheet,
    Spot,
    assign,
    completed,
    pattern_of,
    sheet_of,
    spot_of_series,
)
from sas.agenda.timing import Cut, begun, check_gives, check_time, cut, first_day_wanted, local_day
from sas.agenda.twins import Twins
from sas.agenda.uses import UsedSlot, announce
from sas.web import audit

DOUBLED = "Ce créneau existe déjà à ce lieu, aux mêmes heures."
MOST_AT_ONCE = 2000


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


@transaction.atomic
def open_series(*, spot: Spot, sheet: SeriesSheet, by: str, at: datetime) -> Series:
    """Offer a créneau or a plage, once or every n weeks. Raises `AgendaRefused`."""
    opened = _open(spot, [(spot, sheet)], Series.Source.TYPED, by, at)
    if opened.doubled:
        raise AgendaRefused(DOUBLED)
    audit.record("open_series", by=by, at=at, target=target_of(opened.made[0]))
    return opened.made[0]


@transaction.atomic
def open_many(
    *, spot: Spot, sheets: Sequence[SeriesSheet], by: str, at: datetime, source: str = Series.Source.TYPED
) -> Opened:
    """The same for many at once (iCalendar): identical ones are left out, one audit line. Raises `AgendaRefused`."""
    if len(sheets) > MOST_AT_ONCE:
        raise AgendaRefused(f"{MOST_AT_ONCE} créneaux au plus en une fois.")
    opened = _open(spot, [(spot, sheet) for sheet in sheets], source, by, at)
    after = {"made": len(opened.made), "doubled": len(opened.doubled), "source": source}
    audit.record("open_many_series", by=by, at=at, target=_owner(spot), after=after)
    return opened


@transaction.atomic
def copy_week(*, spot: Spot, from_monday: date, to_monday: date, by: str, at: datetime) -> Opened:
    """Offer in one week, once, what another week offers at this place; what exists there, or is past, is left out.

    Any day names its week. Raises `AgendaRefused` when there is nothing to copy.
    """
    start = from_monday - timedelta(from_monday.weekday())
    shift = to_monday - timedelta(to_monday.weekday()) - start
    if not shift:
        raise AgendaRefused({"to_monday": "Choisissez une autre semaine que celle qui est copiée."})
    copies: list[tuple[Spot, SeriesSheet]] = []
    first = start.toordinal()
    for series in standing_beside(spot, since=start):
        for day in days(pattern_of(series), first, first + 6):
            once = replace(sheet_of(series), first_on=date.fromordinal(day) + shift, repeat_weeks=None)
            if once.first_on >= local_day(spot.timezone, at) and not begun(once, spot.timezone, at):
                copies.append((spot_of_series(series), once))
    if not copies:
        raise AgendaRefused({"to_monday": "Rien à copier : la semaine est vide, ou celle d’arrivée est passée."})
    opened = _open(spot, copies, Series.Source.TYPED, by, at)
    after = {"made": len(opened.made), "doubled": len(opened.doubled)}
    audit.record("copy_week", by=by, at=at, target=_owner(spot), after=after)
    return opened


@transaction.atomic
def change_series(
    *, series: Series, sheet: SeriesSheet, scope: Scope, on: date, version: int, by: str, at: datetime
) -> Changed:
    """Change the occurrence of `on`, that one and the following, or all that have not begun: the past stays.

    `version`: that of the series when it was read. `sheet.first_on`: the day wanted (of `all`: ignored for what has
    begun, or when it is `on`). Uses follow where the instant stays. Raises `AgendaRefused`, `StaleError`.
    """
    old = held(series, version)
    scope, before, spot = Scope(scope), sheet_of(old), spot_of_series(old)
    found = cut(old, scope, on, at)
    wanted = completed(first_day_wanted(sheet, old, scope, on, found), spot)
    check_time(wanted, old.timezone, at)
    if found.in_place:
        new = old
        assign(new, wanted)
    else:
        new = _unsaved(spot, wanted, old.source, by, at)
        new.replaces = old
    new.exceptions = [] if scope == Scope.THIS else _exceptions(new, old.exceptions, at)
    check_gives(new)
    _leave(old, found)
    _touch(old, by, at)
    if new is not old:
        old.save()
    if Twins(standing_beside(spot, since=local_day(old.timezone, at))).has(new):
        raise AgendaRefused(DOUBLED)
    new.save()
    told = announce(carry_uses(old=old, before=before, new=new, at=at), by=by, at=at)
    changed = [name for name, was in _columns(before).items() if was != _columns(sheet_of(new))[name]]
    after = {"scope": scope.value, "fields": changed, "used": len(told)}
    audit.record("change_series", by=by, at=at, target=target_of(old), after=after)
    return Changed(new, told)


@transaction.atomic
def close_series(*, series: Series, scope: Scope, on: date, version: int, by: str, at: datetime) -> Changed:
    """Offer no longer the occurrence of `on`, that one and the following, or all that have not begun.

    Raises `AgendaRefused`, `StaleError`.
    """
    old = held(series, version)
    before = sheet_of(old)
    found = cut(old, Scope(scope), on, at)
    if found.in_place:
        old.closed_at = at
    _leave(old, found)
    _touch(old, by, at)
    old.save()
    told = announce(carry_uses(old=old, before=before, new=None, at=at), by=by, at=at)
    after = {"scope": Scope(scope).value, "used": len(told)}
    audit.record("close_series", by=by, at=at, target=target_of(old), after=after)
    return Changed(None, told)


def target_of(series: Series) -> str:
    """How the audit trail names a series."""
    return f"série {series.pk}"


def _open(spot: Spot, wanted: Iterable[tuple[Spot, SeriesSheet]], source: str, by: str, at: datetime) -> Opened:
    lock_spot(spot)
    twins = Twins(standing_beside(spot, since=local_day(spot.timezone, at)))
    opened = Opened()
    for where, given in wanted:
        sheet = completed(given, where)
        check_time(sheet, where.timezone, at)
        series = _unsaved(where, sheet, source, by, at)
        series.exceptions = _exceptions(series, (), at)
        check_gives(series)
        if twins.has(series):
            opened.doubled.append(sheet)
            continue
        twins.add(series)
        opened.made.append(series)
    Series.objects.bulk_create(opened.made, batch_size=500)
    return opened


def _unsaved(spot: Spot, sheet: SeriesSheet, source: str, by: str, at: datetime) -> Series:
    series = Series(
        practitioner=spot.practitioner,
        place_key=spot.place_key,
        structure=spot.structure,
        insee=spot.insee,
        timezone=spot.timezone,
        source=source,
        created_by=by,
        created_at=at,
        changed_by=by,
        changed_at=at,
    )
    assign(series, sheet)
    return series


def _exceptions(series: Series, kept: Iterable[date], at: datetime) -> list[date]:
    """Those of the past are of no use; an occurrence of today that would have begun already is not offered."""
    found = {day for day in kept if day >= series.first_on} if series.repeat_weeks else set()
    if series.repeat_weeks and begun(sheet_of(series), series.timezone, at):
        found.add(series.first_on)
    return sorted(found)


def _leave(old: Series, found: Cut) -> None:
    """What the cut leaves of the series that was."""
    if found.until is not None:
        old.until = found.until
    elif found.spared is not None:
        old.exceptions = sorted({*old.exceptions, found.spared})


def _touch(old: Series, by: str, at: datetime) -> None:
    old.version += 1
    old.changed_by, old.changed_at = by, at


def _columns(sheet: SeriesSheet) -> dict[str, object]:
    return {name: getattr(sheet, name) for name in SeriesSheet.__dataclass_fields__}


def _owner(spot: Spot) -> str:
    owner = spot.structure or spot.practitioner
    return owner.national_id if owner else ""
