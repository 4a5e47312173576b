"""Writes on territorial organisations: create, change, validate, members, close. Each change is dated and audited."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from sas.directory.models import Practitioner, Structure, Territory
from sas.directory.rules import phone_number
from sas.directory.territories import TerritoryRefused, target_of
from sas.fhir.identifiers import practitioner_id, structure_id
from sas.participation.models import OrganisationMember, OrganisationValidation, TerritorialOrganisation
from sas.web import audit

LONGEST_NAME = 200
LONGEST_NOTE = 1000
STALE = "Quelqu’un d’autre a modifié cette organisation entre-temps. Rechargez-la, puis refaites votre modification."


class OrganisationRefused(TerritoryRefused):
    """Not possible as asked: `errors` is field → what to do, in French."""


@dataclass(frozen=True)
class OrganisationSheet:
    """What is said of an organisation. `structure_id`: prefixed FINESS or SIRET of who carries it, or empty."""

    name: str
    kind: str
    dedicated: bool
    interfaced: bool
    agreement_signed: bool
    structure_id: str = ""
    phone: str = ""
    note: str = ""


def sheet_of(organisation: TerritorialOrganisation) -> OrganisationSheet:
    """As it is now."""
    carried_by = organisation.structure.national_id if organisation.structure else ""
    names = ("name", "kind", "dedicated", "interfaced", "agreement_signed", "phone", "note")
    return OrganisationSheet(**{name: getattr(organisation, name) for name in names}, structure_id=carried_by)


@transaction.atomic
def create_organisation(
    *, territory: Territory, sheet: OrganisationSheet, by: str, at: datetime
) -> TerritorialOrganisation:
    """Make it known to the SAS; it counts once validated. Raises `OrganisationRefused`."""
    held = Territory.objects.select_for_update(no_key=True).get(pk=territory.pk)
    kept, structure = _checked(sheet)
    _no_namesake(held, kept.name)
    made = TerritorialOrganisation.objects.create(territory=held, structure=structure, **_columns(kept))
    _record("create_organisation", made, by, at, after=asdict(kept))
    return made


@transaction.atomic
def change_organisation(
    *, organisation: TerritorialOrganisation, sheet: OrganisationSheet, version: int, by: str, at: datetime
) -> None:
    """Say it otherwise. Raises `OrganisationRefused`, in particular when somebody else changed it meanwhile."""
    held = _held(organisation, version)
    kept, structure = _checked(sheet)
    before = sheet_of(held)
    if kept == before:
        return
    _no_namesake(held.territory, kept.name, but=held.pk)
    for name, value in _columns(kept).items():
        setattr(held, name, value)
    held.structure = structure
    held.version += 1
    held.save()
    old, new = asdict(before), asdict(kept)
    names = [name for name in new if new[name] != old[name]]
    _record("change_organisation", held, by, at, {n: old[n] for n in names}, {n: new[n] for n in names})


@transaction.atomic
def validate_organisation(
    *, organisation: TerritorialOrganisation, starts_on: date, ends_on: date | None, by: str, at: datetime
) -> OrganisationValidation:
    """The SAS validates it from that day, until `ends_on` (first day without; none: until further notice). A validation
    may be entered after the fact (the agreement's date rules), never twice for a day. Raises `OrganisationRefused`."""
    held = _held(organisation)
    if ends_on is not None and ends_on <= starts_on:
        raise OrganisationRefused({"ends_on": "La fin vient après le début."})
    overlapping = [
        one
        for one in held.validations.all()
        if (one.ended_on is None or one.ended_on > starts_on) and (ends_on is None or one.started_on < ends_on)
    ]
    if overlapping:
        message = "Elle est déjà validée pendant une partie de cette période : terminez d’abord cette validation."
        raise OrganisationRefused({"starts_on": message})
    made = OrganisationValidation.objects.create(
        organisation=held, started_on=starts_on, ended_on=ends_on, validated_by=by, validated_at=at
    )
    after = {"from": starts_on.isoformat(), "to": ends_on.isoformat() if ends_on else None}
    _record("validate_organisation", held, by, at, after=after)
    return made


@transaction.atomic
def end_validation(*, organisation: TerritorialOrganisation, ends_on: date, by: str, at: datetime) -> None:
    """The first day on which it is no longer validated: today or later. Raises `OrganisationRefused`."""
    held = _held(organisation)
    today = _today(held.territory, at)
    if ends_on < today:
        raise OrganisationRefused(
            {"ends_on": "Cette date est passée : une validation se termine aujourd’hui ou plus tard."}
        )
    current = next((one for one in held.validations.all() if one.ended_on is None or one.ended_on > today), None)
    if current is None:
        raise OrganisationRefused({"": "Aucune validation n’est en cours."})
    before = {"to": current.ended_on.isoformat() if current.ended_on else None}
    if ends_on <= current.started_on:
        current.delete()
    else:
        current.ended_on = ends_on
        current.save(update_fields=["ended_on"])
    _record("end_organisation_validation", held, by, at, before, {"to": ends_on.isoformat()})


@transaction.atomic
def add_member(
    *, organisation: TerritorialOrganisation, typed: str, starts_on: date, by: str, at: datetime
) -> OrganisationMember:
    """A doctor answers within it from that day; `typed`: RPPS or ADELI. Raises `OrganisationRefused`."""
    held = _held(organisation)
    person = Practitioner.objects.filter(national_id=practitioner_id(typed).value).first()
    if person is None:
        raise OrganisationRefused(
            {"typed": "L’annuaire ne connaît pas ce numéro : onze chiffres (RPPS) ou neuf (ADELI)."}
        )
    there = held.members.filter(practitioner=person)
    if any(one.ended_on is None or one.ended_on > starts_on for one in there):
        raise OrganisationRefused({"typed": f"{person} en est déjà membre à cette date."})
    made = OrganisationMember.objects.create(
        organisation=held, practitioner=person, started_on=starts_on, added_by=by, added_at=at
    )
    _record(
        "add_organisation_member", held, by, at, after={"person": person.national_id, "from": starts_on.isoformat()}
    )
    return made


@transaction.atomic
def end_member(*, organisation: TerritorialOrganisation, member_id: int, by: str, at: datetime) -> None:
    """From today on, not a member any more; one that had not begun is forgotten. Nothing when it was ended."""
    held = _held(organisation)
    member = held.members.select_related("practitioner").filter(pk=member_id, ended_on=None).first()
    if member is None:
        return
    today = _today(held.territory, at)
    if member.started_on >= today:
        member.delete()
    else:
        member.ended_on = today
        member.save(update_fields=["ended_on"])
    _record("end_organisation_member", held, by, at, before={"person": member.practitioner.national_id})


@transaction.atomic
def close_organisation(*, organisation: TerritorialOrganisation, version: int, by: str, at: datetime) -> None:
    """It no longer exists from today: its validation and members end with it; the past stays."""
    held = _held(organisation, version)
    today = _today(held.territory, at)
    for rows in (held.validations, held.members):
        rows.filter(started_on__gte=today).delete()
        rows.filter(ended_on=None).update(ended_on=today)
    held.closed_on = today
    held.version += 1
    held.save(update_fields=["closed_on", "version"])
    _record("close_organisation", held, by, at)


def _held(organisation: TerritorialOrganisation, version: int | None = None) -> TerritorialOrganisation:
    found = TerritorialOrganisation.objects.select_for_update(of=("self",), no_key=True)
    held = found.select_related("territory", "structure").filter(pk=organisation.pk, closed_on=None).first()
    if held is None:
        raise OrganisationRefused({"": "Cette organisation est fermée : plus rien ne s’y modifie."})
    if version is not None and held.version != version:
        raise OrganisationRefused({"": STALE})
    return held


def _checked(sheet: OrganisationSheet) -> tuple[OrganisationSheet, Structure | None]:
    errors: dict[str, str] = {}
    name, note = " ".join(sheet.name.split()), sheet.note.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        errors["name"] = f"Donnez un nom de {LONGEST_NAME} caractères au plus."
    if sheet.kind not in TerritorialOrganisation.Kind.values:
        errors["kind"] = "Choisissez l’une des natures."
    if len(note) > LONGEST_NOTE:
        errors["note"] = "1 000 caractères au plus."
    phone = phone_number(sheet.phone)
    if sheet.phone.strip() and not phone:
        errors["phone"] = "Numéro non reconnu : dix chiffres attendus."
    structure = _structure(sheet.structure_id)
    if sheet.structure_id.strip() and structure is None:
        errors["structure_id"] = "Structure inconnue de l’annuaire : donnez son FINESS (9 caractères) ou son SIRET."
    if errors:
        raise OrganisationRefused(errors)
    kept = OrganisationSheet(
        name=name,
        kind=sheet.kind,
        dedicated=sheet.dedicated,
        interfaced=sheet.interfaced,
        agreement_signed=sheet.agreement_signed,
        structure_id=structure.national_id if structure else "",
        phone=phone or "",
        note=note,
    )
    return kept, structure


def _columns(sheet: OrganisationSheet) -> dict[str, object]:
    return {name: value for name, value in asdict(sheet).items() if name != "structure_id"}


def _structure(typed: str) -> Structure | None:
    return Structure.objects.filter(national_id=structure_id(typed).value, ended_on=None).first() if typed else None


def _no_namesake(territory: Territory, name: str, but: int = 0) -> None:
    if territory.organisations.filter(name__iexact=name, closed_on=None).exclude(pk=but).exists():
        raise OrganisationRefused({"name": "Une organisation de ce territoire porte déjà ce nom."})


def _today(territory: Territory, at: datetime) -> date:
    return at.astimezone(ZoneInfo(territory.timezone)).date()


def _record(
    act: str,
    organisation: TerritorialOrganisation,
    by: str,
    at: datetime,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    target = f"{target_of(organisation.territory)}, organisation {organisation.name}"
    audit.record(act, by=by, at=at, target=target, before=before, after=after)
