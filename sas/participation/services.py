"""Writes on the participation of people: dated periods, and the directory's hot flag in the same transaction.

The flag (`participates` on the places, read by every search) says whether a period covers that place on the day of the
last write. Periods start and end on the day of the act, never ahead, so that the flag is true every day without a
nightly job. A pending participation (structure not identified yet) flags nothing: nobody could be called.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.directory.services import set_participation
from sas.participation.models import DeclaredStructure, Participation
from sas.participation.refusals import ChangedMeanwhile, ParticipationRefused
from sas.web import audit

__all__ = [
    "Declaration",
    "ParticipationRefused",
    "declare_participation",
    "declare_participations",
    "end_participation",
]

KIND_OF_WAY = {
    Participation.Via.CPTS: Structure.Kind.CPTS,
    Participation.Via.MSP: Structure.Kind.MSP,
    Participation.Via.SOS: Structure.Kind.SOS,
    Participation.Via.CDS: Structure.Kind.CDS,
}


@dataclass(frozen=True)
class Declaration:
    """One person of `declare_participations`. `structure` is None for `individual` only."""

    practitioner: Practitioner
    via: str
    structure: Structure | None = None


@transaction.atomic
def declare_participation(
    *,
    practitioner: Practitioner,
    via: str,
    structure: Structure | None = None,
    declared: DeclaredStructure | None = None,
    place_keys: Collection[str] = (),
    expected: int | None = None,
    by: str,
    at: datetime,
) -> Participation:
    """Say that this person takes part from today (the day of `at` in France), in this way and no other.

    `place_keys`: the places concerned; none, or all of them: every place, those to come included. `declared` stands for
    a structure that nobody identified yet. `expected`: the period that was on the page (pk, 0 for none), None not to
    look. Another way that was going on ends today; the same way again changes nothing. A way declared earlier the same
    day is replaced: no period is shorter than a day. Raises `ParticipationRefused`, `ChangedMeanwhile`.
    """
    _check_way(via, structure, declared)
    today = timezone.localdate(at)
    current = held_period(practitioner, today)
    keys = _chosen(practitioner, place_keys)
    before = _said(current)
    if current and _means(current) == (via, _pk(structure), _pk(declared), keys):
        return current
    _check_unchanged(current, expected, practitioner)
    if current:
        cut(current, today)
    period = Participation.objects.create(
        practitioner=practitioner, via=via, structure=structure, declared=declared, place_keys=keys, started_on=today,
        declared_by=by, declared_at=at,
    )  # fmt: skip
    _flag(practitioner, keys, shown=structure is not None or via == Participation.Via.INDIVIDUAL)
    audit.record(
        "declare_participation", by=by, at=at, target=practitioner.national_id, before=before, after=_said(period)
    )
    return period


@transaction.atomic
def end_participation(*, practitioner: Practitioner, expected: int | None = None, by: str, at: datetime) -> None:
    """Say that this person takes part no longer, from today on. Nothing happens when they did not."""
    today = timezone.localdate(at)
    current = held_period(practitioner, today)
    if current is None:
        return
    _check_unchanged(current, expected, practitioner)
    before = _said(current)
    cut(current, today)
    set_participation(practitioner_ids=[practitioner.pk], participates=False)
    audit.record("end_participation", by=by, at=at, target=practitioner.national_id, before=before)


@transaction.atomic
def declare_participations(declarations: Sequence[Declaration], *, by: str, at: datetime) -> int:
    """The same for many people at once (reprise of a list): who has a period, past or present, is left as is.

    Returns how many people it made participate. One audit line for all of them.
    """
    for via, structure in {(one.via, one.structure) for one in declarations}:
        _check_way(via, structure, None)
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


def held_period(practitioner: Practitioner, today: date) -> Participation | None:
    """The period that goes on, while nobody else may change this person's (the directory's row is the lock)."""
    Practitioner.objects.select_for_update(of=("self",), no_key=True).get(pk=practitioner.pk)
    latest = Participation.objects.filter(practitioner=practitioner).order_by("-started_on").first()
    if latest and max(latest.started_on, latest.ended_on or latest.started_on) > today:
        raise ParticipationRefused("Un changement plus récent existe déjà : rechargez la page.")
    return latest if latest and latest.ended_on is None else None


def cut(period: Participation, today: date) -> None:
    """End `period` today; one that started today never was (the audit trail keeps it)."""
    if period.started_on == today:
        period.delete()
    else:
        period.ended_on = today
        period.save(update_fields=["ended_on"])


def _check_way(via: str, structure: Structure | None, declared: DeclaredStructure | None) -> None:
    if via not in Participation.Via.values:
        raise ParticipationRefused(
            f"Voie inconnue : « {via} ». Voies possibles : {', '.join(Participation.Via.values)}.", "via"
        )
    way = Participation.Via(via)
    if way == Participation.Via.INDIVIDUAL:
        if structure is not None or declared is not None:
            raise ParticipationRefused("À titre individuel, aucune structure n’est à choisir.", "structure")
        return
    if structure is None and declared is not None and declared.kind == via:
        return
    if structure is None or structure.kind != KIND_OF_WAY[way]:
        label = KIND_OF_WAY[way].label
        raise ParticipationRefused(f"Choisissez la structure ({label}) qui répond pour la personne.", "structure")


def _check_unchanged(current: Participation | None, expected: int | None, practitioner: Practitioner) -> None:
    if expected is None or expected == (current.pk if current else 0):
        return
    latest = current or Participation.objects.filter(practitioner=practitioner).order_by("-started_on").first()
    raise ChangedMeanwhile(latest.declared_by if latest else "", latest.declared_at if latest else None)


def _chosen(practitioner: Practitioner, place_keys: Collection[str]) -> list[str]:
    """The keys that a period keeps: sorted, none when every active place is chosen."""
    if not place_keys:
        return []
    places = PracticeLocation.objects.filter(practitioner=practitioner, ended_on=None)
    known = set(places.values_list("place_key", flat=True))
    if not known.issuperset(place_keys):
        raise ParticipationRefused("Un des lieux cochés n’est plus dans l’annuaire : vérifiez les lieux.", "places")
    return [] if known == set(place_keys) else sorted(place_keys)


def _flag(practitioner: Practitioner, keys: Collection[str], *, shown: bool) -> None:
    """All their places, ended ones too, say what the period says."""
    places = dict(PracticeLocation.objects.filter(practitioner=practitioner).values_list("pk", "place_key"))
    concerned = {pk for pk, key in places.items() if shown and (not keys or key in keys)}
    set_participation(location_ids=sorted(concerned), participates=True)
    set_participation(location_ids=sorted(places.keys() - concerned), participates=False)


def _pk(row: Structure | DeclaredStructure | None) -> int | None:
    return row.pk if row else None


def _means(period: Participation) -> tuple[str, int | None, int | None, list[str]]:
    # Once identified, a structure stands for itself, whoever described it.
    declared = period.declared_id if period.structure_id is None else None
    return period.via, period.structure_id, declared, list(period.place_keys)


def _said(period: Participation | None) -> dict[str, object] | None:
    if period is None:
        return None
    said: dict[str, object] = {"via": period.via, "structure": period.structure_id}
    if period.place_keys:
        said["places"] = list(period.place_keys)
    if period.declared_id and not period.structure_id:
        said["declared_structure"] = period.declared_id
    return {**said, "since": period.started_on.isoformat()}
