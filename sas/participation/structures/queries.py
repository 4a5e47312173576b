"""What the pages on structures show. Frozen rows, a number of queries that no list makes grow."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404
from django.urls import Resolver404, resolve

from sas.accounts.delegations.queries import today_of
from sas.accounts.models import Delegation, User
from sas.directory.gazetteer import gazetteer
from sas.directory.models import Structure
from sas.directory.rules import phone_text
from sas.directory.structure_rules import FINESS, Phone, number_to_call, said_by
from sas.directory.weekly_hours import from_json, week_in_words
from sas.directory.zones import communes_geo
from sas.participation.models import Participation
from sas.participation.places.queries import SasThere, address_of, sas_at
from sas.participation.places.wording import Description
from sas.participation.queries import Member, covering, members_of, own_participation, structures_participating
from sas.participation.structures.rules import WITH_A_ZONE, Known, known_of, may_regulate, why_number
from sas.participation.structures.services import description_of
from sas.participation.subjects import Standing, Subject, subjects_of

SETTINGS, AGENDA = Delegation.Scope.SETTINGS, Delegation.Scope.AGENDA
WITH_MEMBERS = frozenset({"cpts", "msp", "cds"})
_FIELDS = ("phone", "snp_phone", "snp_hours", "zone", "opening_hours")


@dataclass(frozen=True)
class StructureLine:
    """A structure in the list. Links are empty for what one may not open, or has not come yet."""

    key: str
    name: str
    kind: str
    address: str
    sas: SasThere
    participates: bool
    phone: Phone
    lacks: list[Known]
    delegated: bool
    sheet: str
    settings: str
    agenda: str
    members: str

    @property
    def spoken(self) -> str:
        """The number that regulators are given, as people say it; empty when there is none that they may call."""
        return phone_text(self.phone.number) if may_regulate(self.phone) else ""


@dataclass(frozen=True)
class FixedPlace:
    """A fixed place of an SOS Médecins association. `week`: opening hours in words, empty when nobody said."""

    key: str
    name: str
    address: str
    week: list[tuple[str, str]]
    sheet: str
    agenda: str


@dataclass(frozen=True)
class StructureSheet:
    """Everything on the sheet of a structure."""

    line: StructureLine
    structure: Structure
    identity: list[tuple[str, str]]
    why_number: str
    switchboard: str
    known: list[Known]
    description: Description
    zone: list[str]
    zone_map: str
    """JSON of circles for the map (static/search/map.js): the list says the same."""
    tiles: str
    attribution: str
    has_zone: bool
    participation: str
    week: list[tuple[str, str]]
    places: list[FixedPlace] = field(default_factory=list)
    doctors: list[Member] = field(default_factory=list)


def structures_for(
    user: User, at: datetime, wanted: Sequence[Delegation.Scope] = (SETTINGS, AGENDA)
) -> list[StructureLine]:
    """Structures that `user` manages or acts for on one of these scopes, by name. A dozen queries or so, whatever
    their number; links to the agenda need its scope."""
    scopes: dict[str, set[Delegation.Scope]] = {}
    subjects: dict[str, Subject] = {}
    for scope in wanted:
        for subject in subjects_of(user, scope, at):
            if subject.structure is not None:
                subjects.setdefault(subject.key, subject)
                scopes.setdefault(subject.key, set()).add(scope)
    structures = [subject.structure for subject in subjects.values() if subject.structure is not None]
    taking_part = structures_participating([one.pk for one in structures], today_of(at))
    answering = sas_at(structures, at)
    return [
        _line(subject, one, sas, one.pk in taking_part, scopes[subject.key])
        for subject, one, sas in zip(subjects.values(), structures, answering, strict=True)
    ]


def sheet_of(subject: Subject, user: User, at: datetime) -> StructureSheet:
    """The sheet of one structure; `Http404` for a person."""
    one, today = subject.structure, today_of(at)
    if one is None:
        raise Http404
    may_agenda = any(other.key == subject.key for other in subjects_of(user, AGENDA, at))
    scopes = {SETTINGS, AGENDA} if may_agenda else {SETTINGS}
    line = _line(subject, one, sas_at([one], at)[0], one.pk in structures_participating([one.pk], today), scopes)
    communes = [commune for code in one.zone if (commune := gazetteer().by_insee(code))]
    switchboard = one.phone if said_by(one.sources, "phone", one.source) == FINESS else ""
    is_association = one.kind == Structure.Kind.SOS
    return StructureSheet(
        line=line,
        structure=one,
        identity=_identity(one),
        why_number=why_number(line.phone, corrected=bool(one.phone_override)),
        switchboard=phone_text(switchboard),
        known=_known(one),
        description=description_of(one),
        zone=sorted(commune.label for commune in communes),
        zone_map=json.dumps(communes_geo(one.zone)),
        tiles=settings.SAS_TILES_URL,
        attribution=settings.SAS_TILES_ATTRIBUTION,
        has_zone=one.kind in WITH_A_ZONE,
        participation=_participation(one, line.participates, at),
        week=_week(one),
        places=_fixed_places(one) if is_association else [],
        doctors=members_of(one, today) if is_association else [],
    )


def _line(
    subject: Subject, one: Structure, sas: SasThere, participates: bool, scopes: set[Delegation.Scope]
) -> StructureLine:
    own = subject.standing == Standing.MANAGER
    return StructureLine(
        key=one.national_id,
        name=one.name,
        kind=one.get_kind_display(),
        address=address_of(one),
        sas=sas,
        participates=participates,
        phone=phone_of(one),
        lacks=[known for known in _known(one) if known.lacks],
        delegated=not own,
        sheet=f"/structures/{one.national_id}/" if SETTINGS in scopes else "",
        settings=_link(f"/reglages/{one.national_id}/") if SETTINGS in scopes else "",
        agenda=_link(f"/agenda/{one.national_id}/") if AGENDA in scopes else "",
        members=_link(f"/structures/{one.national_id}/membres/") if own and one.kind in WITH_MEMBERS else "",
    )


def phone_of(one: Structure) -> Phone:
    """The number that regulators are given."""
    return number_to_call(
        corrected=one.phone_override,
        snp=one.snp_phone,
        snp_hours=one.snp_hours,
        regulation=one.regulation_phone,
        regulation_hours=one.regulation_hours,
        public=one.phone,
        public_source=said_by(one.sources, "phone", one.source),
    )


def _known(one: Structure) -> list[Known]:
    fields: Mapping[str, Any] = {name: getattr(one, name) for name in _FIELDS}
    return known_of(one.kind, fields, one.sources, one.source, one.updated_on)


def _identity(one: Structure) -> list[tuple[str, str]]:
    names = {"1": "FINESS", "3": "SIRET", "4": "Identifiant (RPPS-rang)"}
    told = [(names.get(one.national_id[0], "Identifiant"), one.national_id[1:])]
    return [*told, ("SIRET", one.siret)] if one.siret and one.national_id[0] != "3" else told


def _week(one: Structure) -> list[tuple[str, str]]:
    stored = one.opening_hours or one.hours_override
    return week_in_words(from_json(stored)) if stored else []


def _participation(one: Structure, participates: bool, at: datetime) -> str:
    today = today_of(at)
    if one.kind in (Structure.Kind.MSP, Structure.Kind.CPTS):
        count = Participation.objects.filter(covering(today), structure=one).count()
        members = f"{count} professionnel{'s' if count > 1 else ''} y particip{'ent' if count > 1 else 'e'}"
        return f"Par ses membres : {members} par elle." if count else "Aucun membre ne participe encore par elle."
    if one.kind == Structure.Kind.SOS_PLACE:
        return "Suit celle de son association." if participates else "Son association ne participe pas."
    period = own_participation(one, today)
    if period is None:
        return "La structure ne participe pas au SAS en son nom."
    doctors = f", {period.gp_count} médecin{'s' if period.gp_count > 1 else ''} généraliste" if period.gp_count else ""
    plural = "s" if period.gp_count and period.gp_count > 1 else ""
    return f"Participe en son nom depuis le {period.started_on:%d/%m/%Y}{doctors}{plural}."


def _fixed_places(association: Structure) -> list[FixedPlace]:
    known = Structure.objects.filter(parent=association, ended_on=None).order_by("city", "name_key", "pk")
    return [
        FixedPlace(
            key=one.national_id,
            name=one.name,
            address=address_of(one),
            week=_week(one),
            sheet=f"/structures/{one.national_id}/",
            agenda=_link(f"/agenda/{one.national_id}/"),
        )
        for one in known
    ]


def _link(path: str) -> str:
    """This address, when some page answers there: names belong to the packages above, addresses are fixed."""
    try:
        resolve(path)
    except Resolver404:
        return ""
    return path
