"""What the rules look at, read from the database: for one person's page or for a list, in the same few queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.directory.territory_queries import dated_states, territories_of
from sas.directory.territory_rules import standing_on
from sas.directory.vocabulary import DOCTOR
from sas.participation.editors import editors
from sas.participation.hours import hours_of, structure_hours_of
from sas.participation.models import OrganisationMember, Visibility
from sas.participation.queries import Way, covering, own_participation, participations_of
from sas.participation.rules import Facts, Kind, Sas, Verdict, may_take_part

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Weeks:
    """Mondays around a day."""

    last: date
    this: date
    next: date

    @property
    def all(self) -> tuple[date, date, date]:
        return self.last, self.this, self.next


def verdict_of(of: Practitioner | Structure, at: datetime) -> Verdict:
    """Whether the conditions are met today (the day of `at` in France), and why. Eight queries or so."""
    facts = facts_of([of], at)[of.pk] if isinstance(of, Practitioner) else structure_facts(of, at)
    return may_take_part(facts, timezone.localdate(at))


def facts_of(people: Collection[Practitioner], at: datetime) -> dict[int, Facts]:
    """Practitioner pk → facts at that moment. The number of queries does not depend on how many people."""
    on = timezone.localdate(at)
    pks = [one.pk for one in people]
    ways = participations_of(pks, on)
    shown = {row.practitioner_id: row for row in Visibility.objects.filter(_holds(at), practitioner__in=pks)}
    used = editors().used_by([one.national_id for one in people])
    weeks = _weeks(on)
    hours = hours_of(pks, weeks.all)
    sas, organisations = _sas_of(pks, ways, on), _organisations_of(pks, on)
    return {
        one.pk: Facts(
            is_doctor=one.profession == DOCTOR,
            participates=one.pk in ways,
            pending=one.pk in ways and ways[one.pk].pending,
            sas=sas.get(one.pk, ()),
            interfaced=any(editor.gives_slots for editor in used.get(one.national_id, ())),
            organisations=organisations.get(one.pk, ()),
            **_visible(shown.get(one.pk)),
            **_measured(one.pk, hours, weeks),
        )
        for one in people
    }


def structure_facts(structure: Structure, at: datetime) -> Facts:
    """The same for a CDS or an SOS Médecins association."""
    on, weeks = timezone.localdate(at), _weeks(timezone.localdate(at))
    period = own_participation(structure, on)
    row = Visibility.objects.filter(_holds(at), structure=structure).first()
    return Facts(
        kind=Kind.CDS if structure.kind == Structure.Kind.CDS else Kind.SOS,
        participates=period is not None,
        sas=_standing({(structure.insee, structure.department)}, on).get((structure.insee, structure.department), ()),
        interfaced=bool(row and row.uses_editors),
        doctors=period.gp_count if period else None,
        **_visible(row),
        **_measured(structure.pk, structure_hours_of([structure.pk], weeks.all), weeks),
    )


def _holds(at: datetime) -> Q:
    return Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))


def _weeks(on: date) -> _Weeks:
    monday = on - timedelta(days=on.weekday())
    return _Weeks(monday - WEEK, monday, monday + WEEK)


def _visible(row: Visibility | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {"opted_out": row.opted_out, "limited": bool(row.limits), "declares_hours": row.declares_two_hours}


def _measured(pk: int, hours: Mapping[tuple[int, date], float], weeks: _Weeks) -> dict[str, Any]:
    coming = hours.get((pk, weeks.this), 0) + hours.get((pk, weeks.next), 0)
    return {"on_agenda": coming > 0, "last_week": hours.get((pk, weeks.last), 0.0)}


def _sas_of(pks: Collection[int], ways: Mapping[int, Way], on: date) -> dict[int, tuple[Sas, ...]]:
    """Practitioner pk → the SAS of the places concerned."""
    rows = PracticeLocation.objects.filter(practitioner__in=pks, ended_on=None).order_by("practitioner_id", "pk")
    places: dict[int, list[tuple[str, str]]] = {}
    for pk, key, insee, department in rows.values_list("practitioner_id", "place_key", "insee", "department"):
        chosen = ways[pk].place_keys if pk in ways else ()
        if not chosen or key in chosen:
            places.setdefault(pk, []).append((insee, department))
    standing = _standing({pair for pairs in places.values() for pair in pairs}, on)
    return {
        pk: tuple(dict.fromkeys(sas for pair in pairs for sas in standing.get(pair, ())))
        for pk, pairs in places.items()
    }


def _standing(pairs: Collection[tuple[str, str]], on: date) -> dict[tuple[str, str], tuple[Sas, ...]]:
    found = territories_of(pairs) if pairs else {}
    dated = dated_states({territory.pk for territory in found.values()}) if found else {}
    return {pair: (Sas(one.label, standing_on(dated.get(one.pk, []), on).state),) for pair, one in found.items()}


def _organisations_of(pks: Collection[int], on: date) -> dict[int, tuple[str, ...]]:
    """Practitioner pk → names of the validated organisations that hold that day."""
    validated = Q(organisation__validations__started_on__lte=on) & (
        Q(organisation__validations__ended_on=None) | Q(organisation__validations__ended_on__gt=on)
    )
    rows = OrganisationMember.objects.filter(
        covering(on), validated, practitioner__in=pks, organisation__closed_on=None
    )
    found: dict[int, tuple[str, ...]] = {}
    for pk, name in rows.order_by("organisation__name").values_list("practitioner_id", "organisation__name"):
        found[pk] = (*found.get(pk, ()), name)
    return found
