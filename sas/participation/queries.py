"""Reads on participation and visibility. A search calls them for two hundred people: one query each, frozen rows.

A participation through a structure that nobody has identified yet is *pending*: the person sees it, regulators do not
(the structure cannot be called: platform.md §4, S3).
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.models import Q

from sas.directory.models import Structure
from sas.directory.structure_rules import number_to_call, said_by
from sas.participation.models import Participation, StructureParticipation
from sas.participation.sharing.rules import NO_LIMIT, Limits, from_json

OWN_NAME = (Structure.Kind.CDS, Structure.Kind.SOS)
"""Structures that declare their own participation; an SOS place follows its association."""

THROUGH_MEMBERS = (Structure.Kind.MSP, Structure.Kind.CPTS)
"""Structures that take part as soon as one member does so through them."""


class Way(NamedTuple):
    """How somebody takes part on a day. `place_keys`: the places concerned, all of them when empty.

    `structure_id`, `structure_name`, `regulation_phone` are empty (None, "", "") for an individual way. `pending`: the
    structure is not identified yet; `structure_name` is then the declared one, and nobody is to be called for it.
    """

    via: str
    structure_id: int | None
    structure_name: str
    regulation_phone: str
    place_keys: tuple[str, ...]
    pending: bool
    since: date


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who takes part through a structure, since when, for which places (all when empty)."""

    practitioner_id: int
    national_id: str
    name: str
    since: date
    place_keys: tuple[str, ...]


class VisibilityNow(NamedTuple):
    """What somebody lets regulators see now. `limits` and `hidden` go to `sharing.rules.shared`."""

    opted_out: bool
    limits: Limits
    hidden: frozenset[str]


EVERYTHING = VisibilityNow(False, NO_LIMIT, frozenset())
"""Of whoever never said anything (S1 Q7)."""


def covering(on: date, prefix: str = "") -> Q:
    """Dated periods `[started_on, ended_on)` that hold that day; `prefix`: the path to them, ending in `__`."""
    begun, ended = Q(**{f"{prefix}started_on__lte": on}), f"{prefix}ended_on"
    return begun & (Q(**{f"{ended}__isnull": True}) | Q(**{f"{ended}__gt": on}))


def ways_of(practitioner_ids: Iterable[int], on: date) -> dict[int, str]:
    """Practitioner pk → `individual`, `cpts`, `msp`, `sos` or `cds` on that day.

    Who does not take part is absent, and so is who is pending: what regulators may read.
    """
    known = Q(via=Participation.Via.INDIVIDUAL) | Q(structure__isnull=False)
    periods = Participation.objects.filter(covering(on), known, practitioner_id__in=list(practitioner_ids))
    return dict(periods.values_list("practitioner_id", "via"))


def participations_of(practitioner_ids: Iterable[int], on: date) -> dict[int, Way]:
    """Practitioner pk → how they take part that day, pending included; who does not is absent. One query."""
    periods = Participation.objects.filter(covering(on), practitioner_id__in=list(practitioner_ids))
    return {
        row.practitioner_id: Way(
            via=row.via,
            structure_id=row.structure_id,
            structure_name=row.structure.name if row.structure else row.declared.name if row.declared else "",
            regulation_phone=regulation_phone(row.structure) if row.structure else "",
            place_keys=tuple(row.place_keys),
            pending=row.structure_id is None and row.via != Participation.Via.INDIVIDUAL,
            since=row.started_on,
        )
        for row in periods.select_related("structure", "declared").defer("structure__zone", "structure__position")
    }


def regulation_phone(structure: Structure) -> str:
    """The number that regulators may call for its members; empty when only a switchboard of FINESS is known (S4)."""
    public_source = said_by(structure.sources, "phone", structure.source)
    phone = number_to_call(
        corrected=structure.phone_override,
        snp=structure.snp_phone,
        snp_hours="",
        regulation=structure.regulation_phone,
        regulation_hours="",
        public=structure.phone,
        public_source=public_source,
    )
    return "" if phone.kind == "finess" else phone.number


def members_of(structure: Structure, on: date) -> list[Member]:
    """Who takes part through this structure that day, by name. One query."""
    periods = Participation.objects.filter(covering(on), structure=structure).select_related("practitioner")
    rows = periods.order_by("practitioner__family_name", "practitioner__given_name", "practitioner_id")
    return [
        Member(row.practitioner_id, row.practitioner.national_id, str(row.practitioner), row.started_on,
               tuple(row.place_keys))
        for row in rows
    ]  # fmt: skip


def participating_members_of(structure_ids: Collection[int], on: date) -> dict[int, tuple[int, ...]]:
    """Structure pk → practitioner pks that take part through it that day, sorted; none: absent. One query."""
    found: dict[int, list[int]] = {}
    periods = Participation.objects.filter(covering(on), structure_id__in=list(structure_ids))
    for structure, person in periods.order_by("practitioner_id").values_list("structure_id", "practitioner_id"):
        if structure is not None:
            found.setdefault(structure, []).append(person)
    return {structure: tuple(people) for structure, people in found.items()}


def structures_participating(structure_ids: Collection[int], on: date) -> frozenset[int]:
    """Of these structures (pks), those that take part that day. Two queries.

    CDS and SOS Médecins by their own period, a fixed place of SOS by that of its association; MSP and CPTS as soon as
    one member takes part through them.
    """
    wanted = Structure.objects.filter(pk__in=list(structure_ids)).values_list("pk", "kind", "parent_id")
    own: dict[int, set[int]] = {}
    derived: set[int] = set()
    for pk, kind, parent in wanted:
        if kind in THROUGH_MEMBERS:
            derived.add(pk)
        elif kind in OWN_NAME or parent is not None:
            own.setdefault(parent or pk, set()).add(pk)
    with connection.cursor() as cursor:
        cursor.execute(PARTICIPATING, [on, on, list(own), on, on, list(derived)])
        holders = {pk for (pk,) in cursor.fetchall()}
    return frozenset(pk for holder in holders for pk in own.get(holder, {holder}))


PARTICIPATING = """
    SELECT structure_id FROM participation_structureparticipation
    WHERE started_on <= %s AND (ended_on IS NULL OR ended_on > %s) AND structure_id = ANY(%s)
    UNION
    SELECT structure_id FROM participation_participation
    WHERE started_on <= %s AND (ended_on IS NULL OR ended_on > %s) AND structure_id = ANY(%s)
"""


def own_participation(structure: Structure, on: date) -> StructureParticipation | None:
    """The period of a CDS or of an SOS association that holds that day."""
    return StructureParticipation.objects.filter(covering(on), structure=structure).first()


def visibility_now(practitioner_ids: Collection[int]) -> dict[int, VisibilityNow]:
    """Practitioner pk → what they let regulators see now; who never said anything is absent. One query."""
    return _visible(VISIBLE_PEOPLE, practitioner_ids)


def structures_visibility_now(structure_ids: Collection[int]) -> dict[int, VisibilityNow]:
    """The same for structures in their own name; nothing of theirs is hidden by hand. One query."""
    return _visible(VISIBLE_STRUCTURES, structure_ids)


def _visible(sql: str, ids: Collection[int]) -> dict[int, VisibilityNow]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(ids)])
        return {
            pk: VisibilityNow(bool(opted_out), _limits(stored), frozenset(hidden or ()))
            for pk, opted_out, stored, hidden in cursor.fetchall()
        }


def _limits(stored: str | None) -> Limits:
    return NO_LIMIT if stored in (None, "{}") else from_json(json.loads(stored or "{}"))


# Raw: this runs in every search, for up to 200 people; the present alone is indexed (`visibility_now_of_a_person`).
VISIBLE_PEOPLE = """
    SELECT person.id, now.opted_out, now.limits::text, hidden.slots
    FROM unnest(%s::bigint[]) AS person(id)
    LEFT JOIN participation_visibility AS now ON now.practitioner_id = person.id AND now.ends_at IS NULL
    LEFT JOIN LATERAL (
        SELECT array_agg(slot_id) AS slots FROM participation_hiddenslot WHERE practitioner_id = person.id
    ) AS hidden ON true
    WHERE now.id IS NOT NULL OR hidden.slots IS NOT NULL
"""
VISIBLE_STRUCTURES = """
    SELECT structure_id, opted_out, limits::text, NULL::text[]
    FROM participation_visibility WHERE structure_id = ANY(%s) AND ends_at IS NULL
"""
