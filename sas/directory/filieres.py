"""Writes on filières: add, change, end; and the proposals to start from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from sas.directory.models import Filiere, Territory
from sas.directory.models.territories import LONGEST_INSTRUCTION
from sas.directory.rules import phone_number
from sas.directory.territories import LONGEST_NAME, TerritoryRefused, target_of
from sas.directory.vocabulary import discipline
from sas.directory.weekly_hours import Band, from_json, to_json
from sas.web import audit

MOST_FILIERES = 100
STALE = "Quelqu’un d’autre a modifié cette filière entre-temps. Rechargez-la, puis refaites votre modification."


@dataclass(frozen=True)
class FiliereSheet:
    """What is said of a filière. `professions`: disciplines of `sas.directory.vocabulary`, such as `60` or `SM40`."""

    name: str
    nature: str
    professions: Sequence[str] = ()
    structures: str = ""
    hours: Sequence[Band] = ()
    phone: str = ""
    instruction: str = ""


class Proposal(NamedTuple):
    """A filière that a territory may start from; hours, phone and instruction are its own to give."""

    key: str
    sheet: FiliereSheet


_SUNDAY_MORNING = (Band(6, time(9), time(12)), Band(7, time(9), time(12)))
PROPOSALS = (
    Proposal("idel", FiliereSheet("Infirmiers libéraux (IDEL)", "effection", ("60",))),
    Proposal("ophtalmologie", FiliereSheet("Équipe d’ophtalmologie", "both", ("SM38", "92"))),
    Proposal(
        "personnes-agees",
        FiliereSheet("Personnes âgées", "both", ("SM18",), "DAC, équipe d’évaluation gériatrique (EGED), ADNP, HAD"),
    ),
    Proposal("sages-femmes", FiliereSheet("Sages-femmes", "effection", ("50",))),
    Proposal("psychiatrie", FiliereSheet("Psychiatrie", "both", ("SM42", "SM43"))),
    Proposal("dentaire", FiliereSheet("Soins dentaires (dimanche matin)", "both", ("40",), hours=_SUNDAY_MORNING)),
    Proposal("pediatrie", FiliereSheet("Pédiatrie", "both", ("SM40",))),
)
"""The set of platform.md §4 (S4)."""


def proposal(key: str) -> FiliereSheet | None:
    """The proposal of that key."""
    return next((one.sheet for one in PROPOSALS if one.key == key), None)


def sheet_of(filiere: Filiere) -> FiliereSheet:
    """As it is now."""
    kept = {field.name: getattr(filiere, field.name) for field in fields(FiliereSheet) if field.name != "hours"}
    return FiliereSheet(**{**kept, "professions": tuple(filiere.professions)}, hours=tuple(from_json(filiere.hours)))


@transaction.atomic
def add_filiere(*, territory: Territory, sheet: FiliereSheet, starts_on: date, by: str, at: datetime) -> Filiere:
    """Open a filière from that day, today or later. Raises `TerritoryRefused`."""
    held = Territory.objects.select_for_update(no_key=True).get(pk=territory.pk)
    if starts_on < _today(held, at):
        raise TerritoryRefused({"starts_on": "Cette date est passée : une filière commence aujourd’hui ou plus tard."})
    kept = _checked(sheet)
    if held.filieres.filter(ends_on=None).count() >= MOST_FILIERES:
        raise TerritoryRefused({"": f"{MOST_FILIERES} filières au plus : terminez celles qui ne servent plus."})
    _no_namesake(held, kept.name)
    made = Filiere.objects.create(territory=held, starts_on=starts_on, **_columns(kept))
    _record("add_filiere", made, by, at, after={**_columns(kept), "starts_on": starts_on.isoformat()})
    return made


@transaction.atomic
def change_filiere(*, filiere: Filiere, sheet: FiliereSheet, version: int, by: str, at: datetime) -> Filiere:
    """Say it otherwise from today on; the past keeps what was said. Raises `TerritoryRefused`.

    Returns the row in force from today: another one when `filiere` had begun before today.
    """
    held = _held(filiere, version)
    kept, before = _checked(sheet), sheet_of(held)
    if kept == before:
        return held
    today = _today(held.territory, at)
    if held.ends_on is not None and held.ends_on <= today:
        raise TerritoryRefused({"": "Cette filière est terminée : ajoutez-en une autre."})
    _no_namesake(held.territory, kept.name, but=held.pk)
    new = _columns(kept)
    if held.starts_on < today:
        until, held.ends_on = held.ends_on, today
        held.version += 1
        held.save(update_fields=["ends_on", "version"])
        changed = Filiere.objects.create(territory=held.territory, starts_on=today, ends_on=until, **new)
    else:
        changed = held
        for name, value in new.items():
            setattr(held, name, value)
        held.version += 1
        held.save()
    old = _columns(before)
    names = [name for name in new if new[name] != old[name]]
    _record("change_filiere", changed, by, at, {n: old[n] for n in names}, {n: new[n] for n in names})
    return changed


@transaction.atomic
def end_filiere(*, filiere: Filiere, ends_on: date, version: int, by: str, at: datetime) -> None:
    """Its first day without it: today or later; one that has not begun is forgotten. Raises `TerritoryRefused`."""
    held = _held(filiere, version)
    today = _today(held.territory, at)
    if ends_on < today:
        raise TerritoryRefused({"ends_on": "Cette date est passée : une filière se termine aujourd’hui ou plus tard."})
    if held.ends_on is not None and held.ends_on <= today:
        raise TerritoryRefused({"": "Cette filière est déjà terminée."})
    before = {"ends_on": held.ends_on.isoformat() if held.ends_on else None}
    _record("end_filiere", held, by, at, before, {"ends_on": ends_on.isoformat()})
    if ends_on <= held.starts_on:
        held.delete()
        return
    held.ends_on = ends_on
    held.version += 1
    held.save(update_fields=["ends_on", "version"])


def _held(filiere: Filiere, version: int) -> Filiere:
    found = Filiere.objects.select_for_update(of=("self",), no_key=True).select_related("territory")
    held = found.filter(pk=filiere.pk).first()
    if held is None or held.version != version:
        raise TerritoryRefused({"": STALE})
    return held


def _today(territory: Territory, at: datetime) -> date:
    return at.astimezone(ZoneInfo(territory.timezone)).date()


def _no_namesake(territory: Territory, name: str, but: int | None = None) -> None:
    namesakes = territory.filieres.filter(name__iexact=name, ends_on=None).exclude(pk=but or 0)
    if namesakes.exists():
        raise TerritoryRefused({"name": "Une filière en cours porte déjà ce nom : modifiez-la, ou changez le nom."})


def _columns(sheet: FiliereSheet) -> dict[str, Any]:
    columns = asdict(sheet)
    return {**columns, "professions": list(sheet.professions), "hours": to_json(sheet.hours)}


def _record(
    act: str,
    filiere: Filiere,
    by: str,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    target = f"{target_of(filiere.territory)}, filière {filiere.name}"
    audit.record(act, by=by, at=at, target=target, before=before, after=after)


def _checked(sheet: FiliereSheet) -> FiliereSheet:
    errors: dict[str, str] = {}
    name = " ".join(sheet.name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        errors["name"] = f"Donnez un nom de {LONGEST_NAME} caractères au plus."
    if sheet.nature not in Filiere.Nature.values:
        errors["nature"] = "Choisissez l’une des trois natures."
    professions = tuple(sorted({code.strip().upper() for code in sheet.professions if code.strip()}))
    if unknown := [code for code in professions if discipline(code) is None]:
        errors["professions"] = f"Profession ou spécialité inconnue : {', '.join(unknown)}."
    structures, instruction = sheet.structures.strip(), sheet.instruction.strip()
    if len(structures) > LONGEST_NAME:
        errors["structures"] = f"{LONGEST_NAME} caractères au plus."
    if not (professions or structures):
        errors["professions"] = "Dites qui : au moins une profession, ou des structures en toutes lettres."
    if len(instruction) > LONGEST_INSTRUCTION:
        errors["instruction"] = "1 000 caractères au plus."
    phone = phone_number(sheet.phone)
    if sheet.phone.strip() and not phone:
        errors["phone"] = "Numéro non reconnu : dix chiffres attendus."
    if errors:
        raise TerritoryRefused(errors)
    return FiliereSheet(name, sheet.nature, professions, structures, tuple(sorted(sheet.hours)), phone, instruction)
