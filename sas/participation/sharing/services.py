"""Writes on what somebody lets regulators see of the slots that editors give. The SAS agenda is typed on purpose, and
always shown: nothing here is about it.
"""

import re
from datetime import UTC, datetime, timedelta

from django.db import transaction

from sas.directory.models import Practitioner, Structure
from sas.participation.models import HiddenSlot, Visibility
from sas.participation.refusals import ChangedMeanwhile, ParticipationRefused
from sas.participation.sharing.rules import Limits, for_audit, to_json
from sas.web import audit

SLOT = re.compile(r"[0-9a-f]{12}-([0-9a-f]{1,8})-[0-9a-f]{1,6}-[0-9a-f]{1,2}")
"""How search names an editor's slot; the second part is its start, in minutes since 1970."""

MOST_HIDDEN = 500
"""Slots that one person hides one by one: beyond, partial sharing says it better."""

FURTHEST = timedelta(days=31)
"""As many days as a search may show."""


@transaction.atomic
def limit_sharing(
    *,
    practitioner: Practitioner | None = None,
    structure: Structure | None = None,
    limits: Limits,
    expected: int | None = None,
    by: str,
    at: datetime,
) -> Visibility:
    """Share these editor slots and no other, from now on: a new dated period, the rest of the settings kept.

    `expected`: the period that was on the page (pk, 0 for none), None not to look. The same limits again change
    nothing. Raises `ChangedMeanwhile`.
    """
    current = _held(practitioner, structure)
    stored = to_json(limits)
    if stored == (current.limits if current else {}):
        return current or Visibility(practitioner=practitioner, structure=structure, starts_at=at, declared_by=by)
    if expected is not None and expected != (current.pk if current else 0):
        raise ChangedMeanwhile(current.declared_by if current else "", current.starts_at if current else None)
    period = Visibility(practitioner=practitioner, structure=structure, limits=stored, starts_at=at, declared_by=by)
    if current:
        for name in ("uses_editors", "declares_two_hours", "opted_out"):
            setattr(period, name, getattr(current, name))
        # Two acts of one instant, or of two clocks: periods follow each other, whatever their clocks say.
        period.starts_at = max(at, current.starts_at + timedelta(microseconds=1))
        current.ends_at = period.starts_at
        current.save(update_fields=["ends_at"])
    period.save(force_insert=True)
    before = {"limits": for_audit(current.limits) if current else {}}
    after = {"limits": for_audit(stored)}
    audit.record("limit_sharing", by=by, at=at, target=_name(practitioner, structure), before=before, after=after)
    return period


@transaction.atomic
def hide_slot(*, practitioner: Practitioner, slot_id: str, by: str, at: datetime) -> None:
    """Keep one slot of an editor for oneself. Twice is once. Raises `ParticipationRefused`."""
    named = SLOT.fullmatch(slot_id)
    starts_at = datetime.fromtimestamp(int(named[1], 16) * 60, UTC) if named else None
    if starts_at is None or not at - timedelta(minutes=1) <= starts_at <= at + FURTHEST:
        raise ParticipationRefused("Ce créneau est passé ou n’existe plus : rechargez l’aperçu.")
    _locked(practitioner, None)
    mine = HiddenSlot.objects.filter(practitioner=practitioner)
    if mine.filter(slot_id=slot_id).exists():
        return
    if mine.count() >= MOST_HIDDEN:
        raise ParticipationRefused(
            f"{MOST_HIDDEN} créneaux sont déjà masqués un par un : limitez plutôt le partage par jours ou par heures."
        )
    HiddenSlot.objects.create(
        practitioner=practitioner, slot_id=slot_id, starts_at=starts_at, hidden_by=by, hidden_at=at
    )
    audit.record("hide_slot", by=by, at=at, target=practitioner.national_id)


@transaction.atomic
def show_slot(*, practitioner: Practitioner, slot_id: str, by: str, at: datetime) -> None:
    """Show again a slot that was hidden. Nothing happens when it was not."""
    if SLOT.fullmatch(slot_id) is None:
        return
    _locked(practitioner, None)
    hidden = HiddenSlot.objects.filter(practitioner=practitioner, slot_id=slot_id).first()
    if hidden is None:
        return
    hidden.delete()
    audit.record("show_slot", by=by, at=at, target=practitioner.national_id)


@transaction.atomic
def purge_hidden_slots(*, by: str, at: datetime) -> int:
    """Forget hidden slots that have started: they are of no use, and consulting hours are not hoarded."""
    gone, _ = HiddenSlot.objects.filter(starts_at__lt=at).delete()
    if gone:
        audit.record("purge_hidden_slots", by=by, at=at, target="hidden_slots", after={"purged": gone})
    return gone


def _held(practitioner: Practitioner | None, structure: Structure | None) -> Visibility | None:
    """The period that goes on, while nobody else may change it (the directory's row is the lock)."""
    _locked(practitioner, structure)
    return current_visibility(practitioner, structure)


def current_visibility(practitioner: Practitioner | None, structure: Structure | None) -> Visibility | None:
    """The period that goes on, if somebody ever said anything."""
    return Visibility.objects.filter(practitioner=practitioner, structure=structure, ends_at=None).first()


def _locked(practitioner: Practitioner | None, structure: Structure | None) -> None:
    if practitioner is not None:
        Practitioner.objects.select_for_update(of=("self",), no_key=True).get(pk=practitioner.pk)
    elif structure is not None:
        Structure.objects.select_for_update(of=("self",), no_key=True).get(pk=structure.pk)


def _name(practitioner: Practitioner | None, structure: Structure | None) -> str:
    subject = practitioner or structure
    return subject.national_id if subject else ""
