"""Writes on the participation of structures in their own name: CDS, SOS Médecins associations (platform.md §4).

MSP and CPTS take part through their members: nothing is declared for them.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from sas.directory.models import Structure
from sas.directory.services import set_structure_participation
from sas.participation.models import StructureParticipation
from sas.participation.queries import OWN_NAME, THROUGH_MEMBERS
from sas.participation.refusals import ChangedMeanwhile, ParticipationRefused
from sas.web import audit

MOST_DOCTORS = 500


@transaction.atomic
def declare_structure_participation(
    *, structure: Structure, gp_count: int | None = None, expected: int | None = None, by: str, at: datetime
) -> StructureParticipation:
    """Say that this CDS or SOS association takes part from today on, with so many general practitioners (CDS only).

    Another number ends the period and starts another; the same again changes nothing. `expected`: the period that was
    on the page (pk, 0 for none), None not to look. Raises `ParticipationRefused`, `ChangedMeanwhile`.
    """
    _check(structure, gp_count)
    today = timezone.localdate(at)
    current = _held(structure, today)
    if current and current.gp_count == gp_count:
        return current
    _check_unchanged(structure, current, expected)
    before = _said(current)
    if current:
        _cut(current, today)
    period = StructureParticipation.objects.create(
        structure=structure, gp_count=gp_count, started_on=today, declared_by=by, declared_at=at
    )
    set_structure_participation(structure_ids=[structure.pk], participates=True)
    audit.record(
        "declare_structure_participation",
        by=by, at=at, target=structure.national_id, before=before, after=_said(period),
    )  # fmt: skip
    return period


@transaction.atomic
def end_structure_participation(*, structure: Structure, expected: int | None = None, by: str, at: datetime) -> None:
    """Say that this structure takes part no longer, from today on. Nothing happens when it did not."""
    today = timezone.localdate(at)
    current = _held(structure, today)
    if current is None:
        return
    _check_unchanged(structure, current, expected)
    before = _said(current)
    _cut(current, today)
    set_structure_participation(structure_ids=[structure.pk], participates=False)
    audit.record("end_structure_participation", by=by, at=at, target=structure.national_id, before=before)


def _check(structure: Structure, gp_count: int | None) -> None:
    if structure.kind in THROUGH_MEMBERS:
        raise ParticipationRefused("Une MSP ou une CPTS participe par ses membres : chacun le déclare pour lui-même.")
    if structure.kind == Structure.Kind.SOS_PLACE:
        raise ParticipationRefused("Un lieu fixe suit la participation de son association SOS Médecins.")
    if structure.kind not in OWN_NAME:
        raise ParticipationRefused("Seuls un centre de santé ou une association SOS Médecins déclarent participer.")
    if structure.kind == Structure.Kind.CDS and not (gp_count and 1 <= gp_count <= MOST_DOCTORS):
        raise ParticipationRefused("Indiquez le nombre de médecins généralistes du centre, de 1 à 500.", "gp_count")
    if structure.kind == Structure.Kind.SOS and gp_count is not None:
        raise ParticipationRefused("Le nombre de médecins n’est demandé qu’aux centres de santé.", "gp_count")


def _held(structure: Structure, today: date) -> StructureParticipation | None:
    """The period that goes on, the structure's row being the lock."""
    Structure.objects.select_for_update(of=("self",), no_key=True).get(pk=structure.pk)
    latest = StructureParticipation.objects.filter(structure=structure).order_by("-started_on").first()
    if latest and max(latest.started_on, latest.ended_on or latest.started_on) > today:
        raise ParticipationRefused("Un changement plus récent existe déjà : rechargez la page.")
    return latest if latest and latest.ended_on is None else None


def _check_unchanged(structure: Structure, current: StructureParticipation | None, expected: int | None) -> None:
    if expected is None or expected == (current.pk if current else 0):
        return
    latest = current or StructureParticipation.objects.filter(structure=structure).order_by("-started_on").first()
    raise ChangedMeanwhile(latest.declared_by if latest else "", latest.declared_at if latest else None)


def _cut(period: StructureParticipation, today: date) -> None:
    if period.started_on == today:
        period.delete()
    else:
        period.ended_on = today
        period.save(update_fields=["ended_on"])


def _said(period: StructureParticipation | None) -> dict[str, object] | None:
    return {"gp_count": period.gp_count, "since": period.started_on.isoformat()} if period else None
