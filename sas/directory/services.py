"""Writes of the directory other than imports. One door per act; the caller's transaction, or one of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, Q, Value, When

from sas.directory.models import PracticeLocation, Structure
from sas.directory.rules import phone_number
from sas.directory.weekly_hours import Band, from_json, to_json, week_in_words
from sas.web import audit


class InvalidOverrideError(ValueError):
    """The correction cannot be kept; the message, in French, says why."""


def set_participation(
    *, participates: bool, practitioner_ids: Sequence[int] = (), location_ids: Sequence[int] = ()
) -> int:
    """Mark every place of these people, or these places, as participating or not. Returns how many changed.

    Ended places too: an import may bring one back, or move the person, and the flag must follow.

    A copy of what the participation package decides and dates, kept here because the hot query is indexed on it:
    that package alone calls this, in the transaction of its own fact, and keeps who and when.
    """
    concerned = Q(practitioner_id__in=practitioner_ids) | Q(pk__in=location_ids)
    return PracticeLocation.objects.filter(concerned, participates=not participates).update(participates=participates)


def set_structure_participation(*, participates: bool, structure_ids: Sequence[int]) -> int:
    """Mark these structures, and the fixed places of these associations, as participating in their own name or not.

    Returns how many changed. The same copy, with the same only caller, as for people.
    """
    concerned = Q(pk__in=structure_ids) | Q(parent_id__in=structure_ids)
    return Structure.objects.filter(concerned, participates=not participates).update(participates=participates)


@transaction.atomic
def override_place(*, location_id: int, phone: str | None, information: str | None, by: str, at: datetime) -> None:
    """What the effector or manager says of a place: phone for regulators, complementary information (None: withdraw).

    Survives every import. Raises `InvalidOverrideError` for a phone that is none or a text beyond 1,000 characters.
    """
    normalised, text = _said(phone, information)
    said: Any = Q(hours_override__isnull=False)
    if normalised is not None or text is not None:
        said = Value(True)
    PracticeLocation.objects.filter(pk=location_id).update(
        phone_override=normalised,
        information_override=text,
        overridden_by=Case(When(said, then=Value(by))),
        overridden_at=Case(When(said, then=Value(at))),
    )


@transaction.atomic
def describe_hours(*, location_ids: Sequence[int], bands: Sequence[Band] | None, by: str, at: datetime) -> None:
    """The opening hours of a person's place, as they say them: every activity there (None: withdraw, « unknown »).

    Bands come from `weekly_hours.read_day`; public holidays are its eighth day. Survives every import; one audit line.
    """
    rows = list(PracticeLocation.objects.select_for_update(no_key=True).filter(pk__in=location_ids).order_by("pk"))
    hours = to_json(bands) if bands else None
    before = next((row.hours_override for row in rows), None)
    changed = [row for row in rows if row.hours_override != hours]
    for row in changed:
        row.hours_override = hours
        said = (hours, row.phone_override, row.information_override) != (None, None, None)
        row.overridden_by, row.overridden_at = (by, at) if said else (None, None)
        row.save(update_fields=["hours_override", "overridden_by", "overridden_at"])
    if changed:
        target = f"{changed[0].national_id} {changed[0].place_key}"
        _record_hours(target, before, hours, by=by, at=at)


@transaction.atomic
def describe_structure_hours(*, structure_id: int, bands: Sequence[Band] | None, by: str, at: datetime) -> None:
    """The same for a structure, as its manager says them. Shown where no source gives any (platform.md §3.3)."""
    structure = Structure.objects.select_for_update(no_key=True).get(pk=structure_id)
    before, hours = structure.hours_override, to_json(bands) if bands else None
    if hours != before:
        structure.hours_override = hours
        structure.save(update_fields=["hours_override"])
        _record_hours(structure.national_id, before, hours, by=by, at=at)


def _record_hours(target: str, before: Any, after: Any, *, by: str, at: datetime) -> None:
    said = {"hours": hours_in_words(before)}, {"hours": hours_in_words(after)}
    audit.record("describe_hours", by=by, at=at, target=target, before=said[0], after=said[1])


def hours_in_words(stored: Any) -> str:
    """« lundi à vendredi 8 h–12 h ; … » of hours as stored; "" when unknown."""
    return " ; ".join(f"{days} {hours}" for days, hours in week_in_words(from_json(stored))) if stored else ""


def _said(phone: str | None, information: str | None) -> tuple[str | None, str | None]:
    """As they are kept; None for nothing."""
    normalised = None
    if phone:
        normalised = phone_number(phone)
        if not normalised:
            raise InvalidOverrideError("Ce numéro de téléphone n’est pas reconnu : dix chiffres attendus.")
    text = (information or "").strip() or None
    if text is not None and len(text) > 1000:
        raise InvalidOverrideError("1 000 caractères au plus.")
    return normalised, text
