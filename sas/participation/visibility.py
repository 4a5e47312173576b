"""Writes on what somebody lets regulators see: dated rows, one at a time, nothing of the past edited.

The row of the person or of the structure in the directory is the lock, as for participation.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from sas.directory.models import Practitioner, Structure
from sas.participation.editors import editors
from sas.participation.models import Participation, StructureParticipation, Visibility
from sas.participation.queries import covering
from sas.participation.refusals import ChangedMeanwhile, ParticipationRefused
from sas.participation.rules import must_declare_hours
from sas.participation.sharing.rules import NO_LIMIT, Limits, for_audit, from_json, to_json
from sas.participation.subjects import is_interfaced
from sas.web import audit


@dataclass(frozen=True, slots=True)
class Shown:
    """What a row says (see `Visibility`)."""

    uses_editors: bool = False
    declares_two_hours: bool = False
    opted_out: bool = False
    limits: Limits = NO_LIMIT


def shown_by(row: Visibility | None) -> Shown:
    """What this row says; who never said anything shows everything."""
    if row is None:
        return Shown()
    return Shown(row.uses_editors, row.declares_two_hours, row.opted_out, from_json(row.limits))


def current_visibility(of: Practitioner | Structure) -> Visibility | None:
    """The row that holds now."""
    return Visibility.objects.filter(ends_at=None, **_whose(of)).first()


@transaction.atomic
def declare_visibility(
    *,
    of: Practitioner | Structure,
    editor_keys: Collection[str] | None = None,
    uses_editors: bool | None = None,
    declares_two_hours: bool | None = None,
    opted_out: bool | None = None,
    limits: Limits | None = None,
    expected: int | None = None,
    by: str,
    at: datetime,
) -> Visibility:
    """Say from now on what regulators see of this person or structure. What is None stays as it is.

    `editor_keys` (people only): the interfaced editors used, which says `uses_editors` too. `expected`: the row that
    was on the page (pk, 0 for none), None not to look. The same again writes nothing. Raises `ParticipationRefused`
    when the rules of that day ask a participant for the 2 h, `ChangedMeanwhile`.
    """
    _lock(of)
    current = current_visibility(of)
    before = shown_by(current)
    if editor_keys is not None:
        uses_editors = bool(editor_keys)
        if isinstance(of, Practitioner):
            editors().declare(national_id=of.national_id, keys=editor_keys, by=by, at=at)
    given: dict[str, Any] = {
        "uses_editors": uses_editors, "declares_two_hours": declares_two_hours, "opted_out": opted_out, "limits": limits
    }  # fmt: skip
    after = replace(before, **{name: value for name, value in given.items() if value is not None})
    if current and after == before:
        return current
    if expected is not None and expected != (current.pk if current else 0):
        raise ChangedMeanwhile(current.declared_by if current else "", current.starts_at if current else None)
    if given["opted_out"] is not None or given["uses_editors"] is not None:
        _check_hours(of, after, at)
    row = _replace(of, current, after, by=by, at=at)
    audit.record(
        "declare_visibility",
        by=by,
        at=at,
        target=of.national_id,
        before=_said(current, before),
        after=_said(row, after),
    )
    return row


def _lock(of: Practitioner | Structure) -> None:
    """Nobody else may change this person's or structure's settings until the end of the transaction."""
    rows: Any = type(of)._default_manager
    rows.select_for_update(of=("self",), no_key=True).get(pk=of.pk)


def _check_hours(of: Practitioner | Structure, after: Shown, at: datetime) -> None:
    """Until 31/12/2025 a participant who shows no editor slot declares the 2 h."""
    today = timezone.localdate(at)
    interfaced = after.uses_editors or (isinstance(of, Practitioner) and is_interfaced(of))
    if after.declares_two_hours or not must_declare_hours(today, interfaced=interfaced, opted_out=after.opted_out):
        return
    periods: Any = Participation.objects if isinstance(of, Practitioner) else StructureParticipation.objects
    if periods.filter(covering(today), **_whose(of)).exists():
        why = (
            "vous refusez d’afficher vos créneaux" if after.opted_out else "vous n’utilisez pas de solution interfacée"
        )
        raise ParticipationRefused(
            f"Déclarez les 2 heures par semaine sur l’agenda SAS : {why}, et jusqu’au 31/12/2025 la participation le "
            "demande.",
            "declares_two_hours",
        )


def _replace(
    of: Practitioner | Structure, current: Visibility | None, after: Shown, *, by: str, at: datetime
) -> Visibility:
    starts_at = at
    if current:
        # Two acts of one instant, or of two clocks: periods follow each other, whatever their clocks say.
        starts_at = max(at, current.starts_at + timedelta(microseconds=1))
        current.ends_at = starts_at
        current.save(update_fields=["ends_at"])
    return Visibility.objects.create(
        uses_editors=after.uses_editors,
        declares_two_hours=after.declares_two_hours,
        opted_out=after.opted_out,
        limits=to_json(after.limits),
        starts_at=starts_at,
        declared_by=by,
        **_whose(of),
    )


def _whose(of: Practitioner | Structure) -> dict[str, Any]:
    return {"practitioner": of} if isinstance(of, Practitioner) else {"structure": of}


def _said(row: Visibility | None, shown: Shown) -> dict[str, object] | None:
    if row is None:
        return None
    return {
        "uses_editors": shown.uses_editors,
        "declares_two_hours": shown.declares_two_hours,
        "opted_out": shown.opted_out,
        "limits": for_audit(to_json(shown.limits)),
    }
