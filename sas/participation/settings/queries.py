"""What the settings page shows beside its questions, and the history of settings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from sas.accounts.administration.structures import structure_key
from sas.accounts.models import Delegation, User
from sas.accounts.permissions import Permission
from sas.directory.gazetteer import gazetteer
from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.directory.structure_queries import structures_by_name
from sas.participation.authors import authors
from sas.participation.models import Participation, StructureParticipation, Visibility
from sas.participation.sharing.rules import from_json
from sas.participation.sharing.words import limits_in_words
from sas.participation.subjects import Subject, places_of, subjects_of

KINDS = ("cpts", "msp", "sos")
MOST_FOUND = 12


@dataclass(frozen=True)
class Moment:
    """One dated line of the history. `until` is None for what goes on. `first`, `until`: days or moments."""

    first: date | datetime
    until: date | datetime | None
    what: list[str]
    who: str
    said_at: datetime


def settings_subjects(user: User, at: datetime) -> list[Subject]:
    """Everybody whose settings `user` may open."""
    return subjects_of(user, Delegation.Scope.SETTINGS, at) if user.may(Permission.EDIT_SETTINGS) else []


def structures_near(practitioner: Practitioner) -> list[Structure]:
    """Those that may be theirs: CPTS of the communes where they practise, MSP where they do, SOS of the department."""
    rows = PracticeLocation.objects.filter(practitioner=practitioner, ended_on=None)
    places = set(rows.values_list("insee", "department", "structure_id"))
    codes = {insee for insee, _, _ in places}
    codes |= {commune.insee for code in codes if (commune := gazetteer().by_insee(code))}
    near = Q(kind="cpts", zone__overlap=sorted(codes))
    near |= Q(kind="msp", pk__in=[pk for _, _, pk in places if pk])
    near |= Q(kind="sos", department__in={department for _, department, _ in places})
    return list(Structure.objects.filter(near, ended_on=None).order_by("kind", "name_key", "pk")[:MOST_FOUND])


def structures_typed(text: str) -> list[Structure]:
    """The CPTS, MSP and SOS associations of that FINESS or SIRET, else of that name, a few."""
    known = Structure.objects.filter(kind__in=KINDS, ended_on=None)
    if key := structure_key(text):
        return list(known.filter(national_id=key))
    found = [row.id for row in structures_by_name(text[:100], limit=MOST_FOUND, activities=KINDS)]
    return sorted(known.filter(pk__in=found), key=lambda one: found.index(one.pk))


def structures_chosen(pks: Iterable[int]) -> list[Structure]:
    """CPTS, MSP and SOS associations among these, still there."""
    return list(Structure.objects.filter(pk__in=list(pks), kind__in=KINDS, ended_on=None))


def structure_sent(text: str) -> Structure | None:
    """The one whose number a form sends, or None."""
    return next(
        iter(structures_chosen([int(text)] if text.isascii() and text.isdigit() and len(text) < 19 else [])), None
    )


def history_of(subject: Subject, reader: User) -> list[Moment]:
    """Every dated setting of a subject, the latest first. Five queries at most."""
    places = {place.key: place.label for place in places_of(subject)}
    rows: list[tuple[date | datetime, date | datetime | None, list[str], str, datetime]] = []
    if subject.practitioner is not None:
        for period in Participation.objects.filter(practitioner=subject.practitioner).select_related(
            "structure", "declared"
        ):
            rows.append((period.started_on, period.ended_on, _participation(period, places), period.declared_by,
                         period.declared_at))  # fmt: skip
    for own in StructureParticipation.objects.filter(structure=subject.structure) if subject.structure else ():
        rows.append((own.started_on, own.ended_on, _centre(own), own.declared_by, own.declared_at))
    whose = {"practitioner": subject.practitioner} if subject.practitioner else {"structure": subject.structure}
    for row in Visibility.objects.filter(**whose):
        rows.append((row.starts_at, row.ends_at, _shown(row, places), row.declared_by, row.starts_at))
    names = authors([who for _, _, _, who, _ in rows], subject, reader)
    lines = [Moment(first, until, what, names.get(who, ""), said) for first, until, what, who, said in rows]
    return sorted(lines, key=lambda line: (line.said_at, str(line.first)), reverse=True)


def way_in_words(via: str, structure: str) -> str:
    """« à titre individuel », « via la CPTS du Ferrain »."""
    label = str(Participation.Via(via).label)
    return f"{label} : {structure}" if structure else label


def _participation(period: Participation, places: dict[str, str]) -> list[str]:
    structure = period.structure.name if period.structure else period.declared.name if period.declared else ""
    lines = [f"Participation {way_in_words(period.via, structure)}"]
    if period.structure_id is None and period.declared is not None:
        lines.append("En attente : la structure reste à identifier")
    if period.place_keys:
        lines.append(f"Lieux : {_named(period.place_keys, places)}")
    return lines


def _centre(period: StructureParticipation) -> list[str]:
    counted = f", {period.gp_count} médecin{'s' if period.gp_count > 1 else ''}" if period.gp_count else ""
    return [f"Participation de la structure{counted}"]


def _shown(row: Visibility, places: dict[str, str]) -> list[str]:
    lines = ["Créneaux éditeurs refusés à l’affichage" if row.opted_out else "Créneaux éditeurs visibles"]
    lines.append("Solution interfacée déclarée" if row.uses_editors else "Aucune solution interfacée déclarée")
    if row.declares_two_hours:
        lines.append("2 heures par semaine déclarées sur l’honneur")
    return lines + list(limits_in_words(from_json(row.limits), places))


def _named(keys: Sequence[str], places: dict[str, str]) -> str:
    return ", ".join(places.get(key, "un lieu qui n’est plus dans l’annuaire") for key in keys)


def today(at: datetime) -> date:
    """The day of `at` in France."""
    return timezone.localdate(at)
