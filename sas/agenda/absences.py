"""Writes on unavailability: it hides SAS agenda and editors' slots alike, and never deletes anything.

The row is instants: a date means midnight in the zone of the place, so that « tous les lieux » of somebody who works in
two zones is one row per zone, each with its own places (the page makes one call per zone).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from sas.agenda.locking import lock_owner
from sas.agenda.models import Series, Unavailability, Use
from sas.agenda.rules import expand, is_away
from sas.agenda.sheets import AgendaRefused, StaleError, pattern_of
from sas.agenda.uses import UsedSlot, announce, used
from sas.directory.models import Practitioner, Structure
from sas.web import audit

LONGEST = timedelta(days=3653)
OLDEST = timedelta(days=1)
MOST_PLACES = 50
OVER = "Cette indisponibilité est terminée."


@dataclass(frozen=True)
class Declared:
    """`rows`: one per place asked, or one for everywhere. `used`: occurrences with somebody in them that it hides."""

    rows: tuple[Unavailability, ...]
    used: tuple[UsedSlot, ...] = ()


@transaction.atomic
def declare_unavailability(
    *,
    practitioner: Practitioner | None,
    structure: Structure | None,
    starts_at: datetime,
    ends_at: datetime | None,
    by: str,
    at: datetime,
    place_keys: Sequence[str] = (),
) -> Declared:
    """Nothing is offered from `starts_at` to `ends_at` (excluded; None: until further notice), at these places (none:
    everywhere, those to come included). Raises `AgendaRefused`."""
    _check_bounds(starts_at, ends_at, at)
    keys = list(dict.fromkeys(place_keys)) or [""]
    if len(keys) > MOST_PLACES or (structure is not None and keys != [""]):
        raise AgendaRefused({"places": "Choisissez les lieux concernés."})
    lock_owner(practitioner_id=_pk(practitioner), structure_id=_pk(structure))
    rows = [
        Unavailability(
            practitioner=None if structure else practitioner,
            structure=structure,
            place_key=key,
            starts_at=starts_at,
            ends_at=ends_at,
            declared_by=by,
            declared_at=at,
        )
        for key in keys
    ]
    if any(_doubles(row) for row in rows):
        raise AgendaRefused("Cette indisponibilité est déjà déclarée.")
    Unavailability.objects.bulk_create(rows)
    audit.record("declare_unavailability", by=by, at=at, target=_target(rows[0]), after={"places": len(rows)})
    return Declared(tuple(rows), _told(rows, by, at))


@transaction.atomic
def change_unavailability(
    *, row: Unavailability, starts_at: datetime, ends_at: datetime | None, version: int, by: str, at: datetime
) -> Declared:
    """Other bounds; once begun, its beginning stays. Raises `AgendaRefused`, `StaleError`."""
    held = _held(row, version)
    if held.ends_at is not None and held.ends_at <= at:
        raise AgendaRefused(OVER)
    begun = held.starts_at <= at
    if begun and ends_at is not None and ends_at <= at:
        raise AgendaRefused({"ends_at": "Cette fin est passée : pour reprendre tout de suite, terminez-la."})
    held.starts_at = held.starts_at if begun else starts_at
    held.ends_at = ends_at
    _check_bounds(held.starts_at, ends_at, at, begun=begun)
    _touch(held, by, at)
    audit.record("change_unavailability", by=by, at=at, target=_target(held))
    return Declared((held,), _told([held], by, at))


@transaction.atomic
def end_unavailability(*, row: Unavailability, version: int, by: str, at: datetime) -> Unavailability:
    """Back now: it ends at `at`. Raises `AgendaRefused` when it has not begun or is over, `StaleError`."""
    held = _held(row, version)
    if held.starts_at >= at:
        raise AgendaRefused("Cette indisponibilité n’a pas commencé : retirez-la.")
    if held.ends_at is not None and held.ends_at <= at:
        raise AgendaRefused(OVER)
    held.ends_at = at
    _touch(held, by, at)
    audit.record("end_unavailability", by=by, at=at, target=_target(held))
    return held


@transaction.atomic
def withdraw_unavailability(*, row: Unavailability, version: int, by: str, at: datetime) -> Unavailability:
    """It was a mistake: as if never declared. Raises `AgendaRefused` once begun (what was hidden was), `StaleError`."""
    held = _held(row, version)
    if held.starts_at < at:
        raise AgendaRefused("Cette indisponibilité a commencé : terminez-la.")
    held.withdrawn_by, held.withdrawn_at = by, at
    _touch(held, by, at)
    audit.record("withdraw_unavailability", by=by, at=at, target=_target(held))
    return held


@transaction.atomic
def pause(*, practitioner: Practitioner | None, structure: Structure | None, by: str, at: datetime) -> Declared:
    """Nothing is shown from now on, anywhere, until resumed. Twice is once."""
    lock_owner(practitioner_id=_pk(practitioner), structure_id=_pk(structure))
    going = _going_pause(practitioner, structure)
    if going is not None:
        return Declared((going,))
    row = Unavailability.objects.create(
        practitioner=None if structure else practitioner,
        structure=structure,
        starts_at=at,
        is_pause=True,
        declared_by=by,
        declared_at=at,
    )
    audit.record("pause_offer", by=by, at=at, target=_target(row))
    return Declared((row,), _told([row], by, at))


@transaction.atomic
def resume(*, practitioner: Practitioner | None, structure: Structure | None, by: str, at: datetime) -> None:
    """End the pause. Nothing happens when there is none."""
    lock_owner(practitioner_id=_pk(practitioner), structure_id=_pk(structure))
    going = _going_pause(practitioner, structure)
    if going is None:
        return
    if going.starts_at < at:
        going.ends_at = at
    else:  # the same instant: there was no pause
        going.withdrawn_by, going.withdrawn_at = by, at
    _touch(going, by, at)
    audit.record("resume_offer", by=by, at=at, target=_target(going))


def _check_bounds(starts_at: datetime, ends_at: datetime | None, at: datetime, *, begun: bool = False) -> None:
    errors: dict[str, str] = {}
    if not begun and starts_at < at - OLDEST:
        errors["starts_at"] = "Ce début est passé : choisissez aujourd’hui ou un jour à venir."
    if starts_at > at + LONGEST:
        errors["starts_at"] = "Dix ans à l’avance au plus."
    if ends_at is not None:
        if ends_at <= starts_at:
            errors["ends_at"] = "La fin vient après le début."
        elif ends_at <= at:
            errors["ends_at"] = "Cette fin est passée."
        elif ends_at > at + 2 * LONGEST:
            errors["ends_at"] = "Trop loin : laissez la fin vide pour « jusqu’à nouvel ordre »."
    if errors:
        raise AgendaRefused(errors)


def _held(row: Unavailability, version: int) -> Unavailability:
    lock_owner(practitioner_id=row.practitioner_id, structure_id=row.structure_id)
    held = Unavailability.objects.select_for_update().get(pk=row.pk)
    if held.version != version:
        raise StaleError(held.changed_by or held.declared_by, held.changed_at or held.declared_at)
    if held.withdrawn_at is not None:
        raise AgendaRefused("Cette indisponibilité a été retirée.")
    return held


def _touch(row: Unavailability, by: str, at: datetime) -> None:
    row.version += 1
    row.changed_by, row.changed_at = by, at
    row.save()


def _doubles(row: Unavailability) -> bool:
    return Unavailability.objects.filter(
        practitioner=row.practitioner,
        structure=row.structure,
        place_key=row.place_key,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        withdrawn_at=None,
    ).exists()


def _told(rows: Sequence[Unavailability], by: str, at: datetime) -> tuple[UsedSlot, ...]:
    """Occurrences to come with somebody sent there, which these rows hide. Whoever is sending somebody now waits."""
    first = rows[0]
    if first.structure_id is not None:
        series = Series.objects.filter(structure_id=first.structure_id)
    else:
        series = Series.objects.filter(practitioner=first.practitioner)
        if "" not in {row.place_key for row in rows}:
            series = series.filter(structure=None, place_key__in=[row.place_key for row in rows])
    patterns = {one.pk: pattern_of(one) for one in series.filter(closed_at=None).select_for_update(of=("self",))}
    away = [(row.starts_at.timestamp(), row.ends_at.timestamp() if row.ends_at else float("inf")) for row in rows]
    found = []
    for use in Use.objects.filter(series__in=patterns, ends_at__gt=at).order_by("starts_at"):
        instant = int(use.starts_at.timestamp())
        hidden = is_away(instant, use.ends_at.timestamp(), away)
        if use.taken > use.marked and hidden and expand(patterns[use.series_id], instant, instant):
            found.append(used(use, "hidden"))
    return announce(found, by=by, at=at)


def _going_pause(practitioner: Practitioner | None, structure: Structure | None) -> Unavailability | None:
    whose = (
        Unavailability.objects.filter(structure=structure)
        if structure
        else Unavailability.objects.filter(practitioner=practitioner)
    )
    return whose.select_for_update().filter(is_pause=True, ends_at=None, withdrawn_at=None).first()


def _pk(one: Practitioner | Structure | None) -> int | None:
    return one.pk if one else None


def _target(row: Unavailability) -> str:
    return f"indisponibilité {row.pk}"
