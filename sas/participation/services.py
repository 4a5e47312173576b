"""Writes on participation: dated periods, and the directory's hot flag in the same transaction.

The flag (`participates` on the places, read by every search) says whether a period covers the day of the last write.
Periods start and end on the day of the act, never ahead, so that the flag is true every day without a nightly job.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from sas.directory.models import Practitioner, Structure
from sas.directory.services import set_participation
from sas.participation.models import Participation
from sas.web import audit

KIND_OF_WAY = {
    Participation.Via.CPTS: Structure.Kind.CPTS,
    Participation.Via.MSP: Structure.Kind.MSP,
    Participation.Via.SOS: Structure.Kind.SOS,
    Participation.Via.CDS: Structure.Kind.CDS,
}


class ParticipationRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """Not possible as asked; the message (French) says why and what to do."""


@dataclass(frozen=True)
class Declaration:
    """One person of `declare_participations`. `structure` is None for `individual` only."""

    practitioner: Practitioner
    via: str
    structure: Structure | None = None


@transaction.atomic
def declare_participation(
    *, practitioner: Practitioner, via: str, structure: Structure | None = None, by: str, at: datetime
) -> Participation:
    """Say that this person takes part from today (the day of `at` in France), in this way and no other.

    Another way that was going on ends today; the same way again changes nothing. A way declared earlier the same day is
    replaced: no period is shorter than a day. Raises `ParticipationRefused`.
    """
    _check_way(via, structure)
    today = timezone.localdate(at)
    current = _current(practitioner, today)
    before = _said(current)
    if current and (current.via, current.structure_id) == (via, structure.pk if structure else None):
        return current
    if current:
        _cut(current, today)
    period = Participation.objects.create(
        practitioner=practitioner, via=via, structure=structure, started_on=today, declared_by=by, declared_at=at
    )
    set_participation(practitioner_ids=[practitioner.pk], participates=True)
    audit.record(
        "declare_participation", by=by, at=at, target=practitioner.national_id, before=before, after=_said(period)
    )
    return period


@transaction.atomic
def end_participation(*, practitioner: Practitioner, by: str, at: datetime) -> None:
    """Say that this person takes part no longer, from today on. Nothing happens when they did not."""
    today = timezone.localdate(at)
    current = _current(practitioner, today)
    if current is None:
        return
    before = _said(current)
    _cut(current, today)
    set_participation(practitioner_ids=[practitioner.pk], participates=False)
    audit.record("end_participation", by=by, at=at, target=practitioner.national_id, before=before)


@transaction.atomic
def declare_participations(declarations: Sequence[Declaration], *, by: str, at: datetime) -> int:
    """The same for many people at once (reprise of a list): who has a period, past or present, is left as is.

    Returns how many people it made participate. One audit line for all of them.
    """
    for via, structure in {(one.via, one.structure) for one in declarations}:
        _check_way(via, structure)
    wanted = {one.practitioner.pk: one for one in declarations}
    locked = Practitioner.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted).order_by("pk")
    new = set(locked.values_list("pk", flat=True))
    new -= set(Participation.objects.filter(practitioner_id__in=new).values_list("practitioner_id", flat=True))
    if not new:
        return 0
    today = timezone.localdate(at)
    Participation.objects.bulk_create(
        (
            Participation(
                practitioner_id=pk, via=wanted[pk].via, structure=wanted[pk].structure, started_on=today,
                declared_by=by, declared_at=at,
            )
            for pk in sorted(new)
        ),
        batch_size=5000,
    )  # fmt: skip
    set_participation(practitioner_ids=sorted(new), participates=True)
    audit.record("declare_participations", by=by, at=at, target="participations", after={"made": len(new)})
    return len(new)


def _check_way(via: str, structure: Structure | None) -> None:
    if via not in Participation.Via.values:
        raise ParticipationRefused(
            f"Voie inconnue : « {via} ». Voies possibles : {', '.join(Participation.Via.values)}."
        )
    way = Participation.Via(via)
    if way == Participation.Via.INDIVIDUAL:
        if structure is not None:
            raise ParticipationRefused("À titre individuel, aucune structure n’est à choisir.")
    elif structure is None or structure.kind != KIND_OF_WAY[way]:
        raise ParticipationRefused(f"Choisissez la structure ({KIND_OF_WAY[way].label}) qui répond pour la personne.")


def _current(practitioner: Practitioner, today: date) -> Participation | None:
    """The period that goes on, while nobody else may change this person's (the directory's row is the lock)."""
    Practitioner.objects.select_for_update(of=("self",), no_key=True).get(pk=practitioner.pk)
    latest = Participation.objects.filter(practitioner=practitioner).order_by("-started_on").first()
    if latest and max(latest.started_on, latest.ended_on or latest.started_on) > today:
        raise ParticipationRefused("Un changement plus récent existe déjà : rechargez la page.")
    return latest if latest and latest.ended_on is None else None


def _cut(period: Participation, today: date) -> None:
    """End `period` today; one that started today never was (the audit trail keeps it)."""
    if period.started_on == today:
        period.delete()
    else:
        period.ended_on = today
        period.save(update_fields=["ended_on"])


def _said(period: Participation | None) -> dict[str, object] | None:
    if period is None:
        return None
    return {"via": period.via, "structure": period.structure_id, "since": period.started_on.isoformat()}
