"""Writes on territories: limits, contacts, dated states. One door per act, each audited with before and after."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from sas.directory.gazetteer import gazetteer
from sas.directory.models import Coverage, Territory, TerritoryState
from sas.directory.models.territories import LONGEST_INSTRUCTION
from sas.directory.rules import phone_number
from sas.directory.territory_rules import FURTHEST_KM, code_of, why_not_state
from sas.web import audit

LONGEST_NAME = 200


class TerritoryRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """The territory cannot be kept as asked. `errors`: field → what to do, in French ("" for the whole)."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Limits:
    """What national administrators decide. `departments`: codes; `communes`: INSEE codes; radii in kilometres."""

    label: str
    departments: Sequence[str] = ()
    communes: Sequence[str] = ()
    timezone: str = "Europe/Paris"
    default_radius_km: float | None = None
    maximum_radius_km: float | None = None
    pdsa_evening: time = time(20)
    pdsa_morning: time = time(8)
    pdsa_saturday: time | None = time(12)
    pdsa_bridge_days: bool = False
    ioa_open: bool = False


@dataclass(frozen=True)
class Contacts:
    """What the territory's own account managers keep up to date: whom to write to, and local instructions."""

    support_email: str = ""
    support_phone: str = ""
    ars_name: str = ""
    ars_email: str = ""
    ars_phone: str = ""
    cpam_name: str = ""
    cpam_email: str = ""
    cpam_phone: str = ""
    call_before_booking: str = "never"
    out_of_hours: str = ""


def limits_of(territory: Territory) -> Limits:
    """As they are now; one query, for what is covered."""
    areas = sorted(area.area for area in territory.coverage.all())
    kept = {field.name: getattr(territory, field.name) for field in fields(Limits) if hasattr(territory, field.name)}
    departments = tuple(area for area in areas if len(area) < 5)
    return Limits(**kept, departments=departments, communes=tuple(area for area in areas if len(area) == 5))


def contacts_of(territory: Territory) -> Contacts:
    """As they are now."""
    return Contacts(**{field.name: getattr(territory, field.name) for field in fields(Contacts)})


@transaction.atomic
def create_territory(
    *,
    code: str,
    limits: Limits,
    contacts: Contacts | None = None,
    state: Territory.State = Territory.State.PLANNED,
    since: date,
    by: str,
    at: datetime,
) -> Territory:
    """Make a SAS that stands so since that day, which may be past: history before the platform. Raises
    `TerritoryRefused`."""
    known = code_of(code)
    if known is None:
        raise TerritoryRefused({"code": "Le code est « SAS- » suivi d’un numéro de département, par exemple SAS-59."})
    kept, said = _checked_limits(limits), _checked_contacts(contacts or Contacts())
    territory = Territory(code=known, **_columns(kept), **asdict(said))
    try:
        with transaction.atomic():
            territory.save(force_insert=True)
    except IntegrityError:
        raise TerritoryRefused({"code": f"Le territoire {known} existe déjà : ouvrez sa fiche."}) from None
    _cover(territory, kept)
    TerritoryState.objects.create(territory=territory, state=state, starts_on=since, decided_by=by, decided_at=at)
    after = {**_written(kept), **asdict(said), "state": str(state), "since": since.isoformat()}
    audit.record("create_territory", by=by, at=at, target=target_of(territory), after=after)
    return territory


@transaction.atomic
def change_territory(*, territory: Territory, limits: Limits, version: int, by: str, at: datetime) -> Territory:
    """Change limits, radii, PDSA hours, opening to IOA. `version`: that of the sheet that was edited."""
    held = _held(territory, version)
    before, kept = limits_of(held), _checked_limits(limits)
    if kept == before:
        return held
    _save(held, _columns(kept))
    _cover(held, kept)
    _record("change_territory", held, _written(before), _written(kept), by, at)
    return held


@transaction.atomic
def change_contacts(*, territory: Territory, contacts: Contacts, version: int, by: str, at: datetime) -> Territory:
    """Change contacts and instructions. `version`: that of the sheet that was edited."""
    held = _held(territory, version)
    before, said = contacts_of(held), _checked_contacts(contacts)
    if said == before:
        return held
    _save(held, asdict(said))
    _record("change_territory_contacts", held, asdict(before), asdict(said), by, at)
    return held


@transaction.atomic
def set_state(*, territory: Territory, state: Territory.State, starts_on: date, by: str, at: datetime) -> None:
    """From that day (today or later, in the territory's time zone) the SAS stands so. Raises `TerritoryRefused`."""
    held = Territory.objects.select_for_update(no_key=True).get(pk=territory.pk)
    dated = [(row.starts_on, row.state) for row in held.states.order_by("starts_on")]
    today = at.astimezone(ZoneInfo(held.timezone)).date()
    if reason := why_not_state(state, starts_on, dated=dated, today=today):
        raise TerritoryRefused({"starts_on": reason})
    TerritoryState.objects.create(territory=held, state=state, starts_on=starts_on, decided_by=by, decided_at=at)
    before = {"state": dated[-1][1], "since": dated[-1][0].isoformat()} if dated else {}
    after = {"state": str(state), "since": starts_on.isoformat()}
    audit.record("set_territory_state", by=by, at=at, target=target_of(held), before=before, after=after)


@transaction.atomic
def withdraw_state(*, territory: Territory, starts_on: date, by: str, at: datetime) -> None:
    """Withdraw the latest state, which has not begun. Raises `TerritoryRefused`."""
    held = Territory.objects.select_for_update(no_key=True).get(pk=territory.pk)
    latest = held.states.order_by("starts_on").last()
    if latest is None or latest.starts_on != starts_on:
        raise TerritoryRefused({"": "Cet état n’est pas le dernier annoncé : rechargez la page."})
    if starts_on <= at.astimezone(ZoneInfo(held.timezone)).date():
        raise TerritoryRefused({"": "Cet état a commencé : il ne se retire plus. Annoncez-en un autre."})
    latest.delete()
    before = {"state": latest.state, "since": starts_on.isoformat()}
    audit.record("withdraw_territory_state", by=by, at=at, target=target_of(held), before=before)


def target_of(territory: Territory) -> str:
    """How the audit trail names a territory."""
    return f"territoire {territory.code}"


def _held(territory: Territory, version: int) -> Territory:
    held = Territory.objects.select_for_update(no_key=True).get(pk=territory.pk)
    if held.version != version:
        raise TerritoryRefused(
            {"": "Quelqu’un d’autre a modifié cette fiche entre-temps. Rechargez-la, puis refaites votre modification."}
        )
    return held


def _save(territory: Territory, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(territory, name, value)
    territory.version += 1
    territory.save(update_fields=[*columns, "version"])


def _columns(limits: Limits) -> dict[str, Any]:
    return {name: value for name, value in asdict(limits).items() if name not in ("departments", "communes")}


def _written(limits: Limits) -> dict[str, Any]:
    """For the audit trail."""
    return {k: f"{v:%H:%M}" if isinstance(v, time) else v for k, v in asdict(limits).items()}


def _record(
    act: str, territory: Territory, before: dict[str, Any], after: dict[str, Any], by: str, at: datetime
) -> None:
    changed = [name for name in after if before[name] != after[name]]
    audit.record(
        act,
        by=by,
        at=at,
        target=target_of(territory),
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )


def _cover(territory: Territory, limits: Limits) -> None:
    """Write what it covers. A department, or a commune of its own, answers to one territory (a constraint too)."""
    wanted = {*limits.departments, *limits.communes}
    taken = Coverage.objects.filter(area__in=wanted).exclude(territory=territory).select_related("territory")
    errors: dict[str, str] = {}
    for row in taken.order_by("area"):
        field = "communes" if row.is_commune else "departments"
        errors[field] = f"{errors.get(field, '')} {_name(row.area)} est déjà dans {row.territory}.".strip()
    if errors:
        raise TerritoryRefused({field: f"{said} Retirez-le d’abord de là." for field, said in errors.items()})
    territory.coverage.exclude(area__in=wanted).delete()
    there = set(territory.coverage.values_list("area", flat=True))
    try:
        with transaction.atomic():
            Coverage.objects.bulk_create([Coverage(territory=territory, area=a) for a in sorted(wanted - there)])
    except IntegrityError:
        raise TerritoryRefused(
            {"": "Un autre territoire vient de prendre une de ces zones : rechargez la page et vérifiez."}
        ) from None


def _name(area: str) -> str:
    found = gazetteer().by_insee(area) if len(area) == 5 else gazetteer().department(area)
    return found.label if found else area


def _checked_limits(limits: Limits) -> Limits:
    errors: dict[str, str] = {}
    label = " ".join(limits.label.split())
    if not 0 < len(label) <= LONGEST_NAME:
        errors["label"] = f"Donnez un nom de {LONGEST_NAME} caractères au plus."
    departments = _known(limits.departments, errors)
    communes = _known_communes(limits.communes, errors)
    if not (departments or communes or errors):
        errors["departments"] = "Indiquez au moins un département, ou au moins une commune."
    if limits.timezone not in available_timezones():
        errors["timezone"] = "Fuseau inconnu : attendu par exemple Europe/Paris ou Indian/Reunion."
    low, high = limits.default_radius_km, limits.maximum_radius_km
    for name, radius in (("default_radius_km", low), ("maximum_radius_km", high)):
        if radius is not None and not 0 < radius <= FURTHEST_KM:
            errors[name] = f"Un rayon est entre 1 et {FURTHEST_KM} km."
    if low is not None and high is not None and low > high:
        errors["maximum_radius_km"] = "Le rayon maximal est au moins égal au rayon par défaut."
    if limits.pdsa_evening <= limits.pdsa_morning:
        errors["pdsa_evening"] = "Le soir commence après le matin : par exemple de 20 h à 8 h."
    if errors:
        raise TerritoryRefused(errors)
    return Limits(**{**asdict(limits), "label": label, "departments": departments, "communes": communes})


def _known(codes: Iterable[str], errors: dict[str, str]) -> tuple[str, ...]:
    wanted = [code.strip().upper() for code in codes if code.strip()]
    known = gazetteer().departments
    if unknown := [code for code in wanted if code not in known]:
        errors["departments"] = f"Département inconnu : {', '.join(unknown)}. Attendu : 59, 2A, 974…"
    return tuple(sorted(set(wanted) & set(known)))


def _known_communes(codes: Iterable[str], errors: dict[str, str]) -> tuple[str, ...]:
    """Today's codes: an arrondissement or the code of a merged commune stands for its commune."""
    wanted = [code.strip().upper() for code in codes if code.strip()]
    found = {code: gazetteer().by_insee(code) for code in wanted}
    if unknown := [code for code, commune in found.items() if commune is None]:
        said = ", ".join(unknown[:10]) + ("…" if len(unknown) > 10 else "")
        errors["communes"] = f"Code INSEE inconnu : {said}. Un code INSEE (59350) n’est pas un code postal (59000)."
    return tuple(sorted({commune.insee for commune in found.values() if commune}))


def _checked_contacts(contacts: Contacts) -> Contacts:
    given = {name: str(value).strip() for name, value in asdict(contacts).items()}
    errors: dict[str, str] = {}
    for name, value in given.items():
        if value and name.endswith("_email"):
            try:
                validate_email(value)
            except ValidationError:
                errors[name] = "Adresse mal formée : attendu par exemple sas@exemple.fr."
        elif value and name.endswith("_phone"):
            given[name] = phone_number(value)
            if not given[name]:
                errors[name] = "Numéro non reconnu : dix chiffres attendus."
        elif len(value) > (LONGEST_INSTRUCTION if name == "out_of_hours" else LONGEST_NAME):
            limit = "1 000" if name == "out_of_hours" else "200"
            errors[name] = f"{limit} caractères au plus."
    if given["call_before_booking"] not in Territory.Calling.values:
        errors["call_before_booking"] = "Choisissez l’une des trois réponses."
    if errors:
        raise TerritoryRefused(errors)
    return Contacts(**given)
