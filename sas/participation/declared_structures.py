"""Structures that the directory does not know: described by who takes part through them, identified by an account
manager of their territory (platform.md §4, S3)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from sas.accounts.access import reached_territories
from sas.accounts.models import User
from sas.accounts.permissions import Permission
from sas.directory.models import PracticeLocation, Practitioner, Structure, Territory
from sas.directory.territory_queries import territories_of
from sas.participation.models import DeclaredStructure, Participation
from sas.participation.refusals import ParticipationRefused
from sas.participation.services import cut, declare_participation, held_period
from sas.web import audit

LONGEST_NAME = 200
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Described:
    """What somebody says of a structure. `kind`: `cpts`, `msp` or `sos`; `contact`: a phone or an e-mail address."""

    kind: str
    name: str
    city: str
    contact: str


@transaction.atomic
def declare_unknown_structure(
    *,
    practitioner: Practitioner,
    described: Described,
    place_keys: Collection[str] = (),
    expected: int | None = None,
    by: str,
    at: datetime,
) -> Participation:
    """Take part through a structure that nobody finds: pending until an account manager identifies it.

    The same description again changes nothing. Raises `ParticipationRefused` with the field to fill.
    """
    asked = _cleaned(described)
    current = held_period(practitioner, timezone.localdate(at))
    if current and current.structure_id is None and current.declared and _is_said_by(current.declared, asked):
        declared = current.declared
    else:
        declared = DeclaredStructure.objects.create(
            kind=asked.kind, name=asked.name, city=asked.city, contact=asked.contact,
            territory=_territory_of(practitioner), declared_by=by, declared_at=at,
        )  # fmt: skip
        after = {"kind": asked.kind, "name": asked.name, "city": asked.city}
        audit.record("declare_unknown_structure", by=by, at=at, target=practitioner.national_id, after=after)
    return declare_participation(
        practitioner=practitioner, via=asked.kind, declared=declared, place_keys=place_keys, expected=expected,
        by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def identify_structure(*, declared: DeclaredStructure, structure: Structure | None, by: str, at: datetime) -> int:
    """Say which structure was meant: whoever waits for it takes part through it from today on. Returns how many.

    Raises `ParticipationRefused` when it was answered already, or when the structure is of another kind.
    """
    held = _held(declared)
    if structure is None or structure.kind != held.kind or structure.ended_on is not None:
        label = Structure.Kind(held.kind).label
        raise ParticipationRefused(f"Choisissez une structure de cette nature ({label}), encore ouverte.", "structure")
    held.structure, held.answered_by, held.answered_at = structure, by, at
    held.save(update_fields=["structure", "answered_by", "answered_at"])
    waiting = list(_pending_of(held))
    for period in waiting:
        declare_participation(
            practitioner=period.practitioner, via=held.kind, structure=structure, place_keys=_still_there(period),
            by=by, at=at,
        )  # fmt: skip
    after = {"structure": structure.national_id, "people": len(waiting)}
    audit.record("identify_structure", by=by, at=at, target=_label(held), after=after)
    return len(waiting)


@transaction.atomic
def refuse_declared_structure(*, declared: DeclaredStructure, because: str, by: str, at: datetime) -> int:
    """Say that it is no structure one can take part through: whoever waits for it takes part no longer.

    `because` is read by them. Returns how many. Raises `ParticipationRefused`.
    """
    reason = " ".join(because.replace("\0", " ").split())
    if not reason or len(reason) > LONGEST_REASON:
        raise ParticipationRefused("Écrivez le motif, en 500 caractères au plus : la personne le lira.", "because")
    held = _held(declared)
    held.refused_because, held.answered_by, held.answered_at = reason, by, at
    held.save(update_fields=["refused_because", "answered_by", "answered_at"])
    waiting = list(_pending_of(held))
    for period in waiting:
        current = held_period(period.practitioner, timezone.localdate(at))
        if current and current.pk == period.pk:
            cut(current, timezone.localdate(at))
    after = {"reason": reason, "people": len(waiting)}
    audit.record("refuse_declared_structure", by=by, at=at, target=_label(held), after=after)
    return len(waiting)


def waiting_structures(user: User) -> QuerySet[DeclaredStructure]:
    """Those that `user` may answer and somebody still waits for, the oldest first, with `people` who wait."""
    pending = Participation.objects.filter(declared=OuterRef("pk"), structure=None, ended_on=None)
    known = DeclaredStructure.objects.filter(Exists(pending), answered_at=None).select_related("territory")
    if not user.reach(Permission.MANAGE_ACCOUNTS).everywhere:
        known = known.filter(territory__in=reached_territories(user, Permission.MANAGE_ACCOUNTS))
    waits = Q(participations__ended_on=None, participations__structure=None)
    return known.annotate(people=Count("participations", filter=waits)).order_by("declared_at", "pk")


def waiting_structure(user: User, pk: int) -> DeclaredStructure:
    """That one, if `user` may answer it and it still waits; else `Http404`."""
    found = waiting_structures(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def latest_refusal(practitioner: Practitioner) -> DeclaredStructure | None:
    """The structure that was refused to somebody who takes part no longer since: what their page tells them."""
    latest = Participation.objects.filter(practitioner=practitioner).select_related("declared")
    period = latest.order_by("-started_on").first()
    refused = period is not None and period.ended_on is not None and period.structure_id is None
    return period.declared if period and refused and period.declared and period.declared.refused_because else None


def _cleaned(described: Described) -> Described:
    name, city, contact = (" ".join(text.split()) for text in (described.name, described.city, described.contact))
    if described.kind not in ("cpts", "msp", "sos"):
        raise ParticipationRefused("Choisissez la nature de la structure : CPTS, MSP ou SOS Médecins.", "via")
    if not name or len(name) > LONGEST_NAME:
        raise ParticipationRefused("Écrivez le nom de la structure, en 200 caractères au plus.", "name")
    if not contact or len(contact) > LONGEST_NAME:
        raise ParticipationRefused("Écrivez un téléphone ou une adresse électronique de la structure.", "contact")
    if len(city) > LONGEST_NAME:
        raise ParticipationRefused("Le nom de la commune est trop long : 200 caractères au plus.", "city")
    return Described(described.kind, name, city, contact)


def _is_said_by(row: DeclaredStructure, asked: Described) -> bool:
    return row.answered_at is None and (row.kind, row.name, row.city, row.contact) == (
        asked.kind,
        asked.name,
        asked.city,
        asked.contact,
    )


def _territory_of(practitioner: Practitioner) -> Territory | None:
    places = PracticeLocation.objects.filter(practitioner=practitioner, ended_on=None).order_by("pk")
    pairs = list(places.values_list("insee", "department"))
    found = territories_of(pairs) if pairs else {}
    return next((found[pair] for pair in pairs if pair in found), None)


def _held(declared: DeclaredStructure) -> DeclaredStructure:
    row = DeclaredStructure.objects.select_for_update(of=("self",), no_key=True).get(pk=declared.pk)
    if row.answered_at is not None:
        raise ParticipationRefused("Quelqu’un a déjà répondu pour cette structure.")
    return row


def _pending_of(declared: DeclaredStructure) -> QuerySet[Participation]:
    waiting = Participation.objects.filter(declared=declared, structure=None, ended_on=None)
    return waiting.select_related("practitioner").order_by("practitioner_id")


def _still_there(period: Participation) -> list[str]:
    places = PracticeLocation.objects.filter(practitioner=period.practitioner_id, ended_on=None)
    return sorted(set(period.place_keys) & set(places.values_list("place_key", flat=True)))


def _label(declared: DeclaredStructure) -> str:
    return f"structure déclarée {declared.pk}"
