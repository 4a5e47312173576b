"""Loads the demonstration through the product's own doors: the real importers and the services. Idempotent.

Every draw depends on the person's identifier alone, so that a second load finds everything as it is.
"""

import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import msgspec
from django.core.management import CommandError, call_command
from tqdm import tqdm

from demo import addresses, extraction, people, sandboxes, stories, supply
from demo.orientations import tell_orientations
from demo.scenario import (
    DEPARTMENT,
    LRM_AT_HUB,
    LRM_ORIGIN,
    LRM_SOFTWARE,
    NEIGHBOURS,
    OF_WHICH_BY_CPTS,
    PARTICIPATING_SHARE,
    Scale,
)
from demo.scenario_editors import EDITORS, LOCAL_TOOL, NOT_INTERFACED, editors_of, system_of
from sas.accounts.services import token_digest
from sas.aggregator.local_tools import register_local_tool
from sas.aggregator.models import Editor, EditorLink
from sas.aggregator.provisioning import send_again
from sas.aggregator.services import editor_named, link_people, register_editor
from sas.directory.gazetteer import gazetteer
from sas.directory.models import Coverage, PracticeLocation, Practitioner, Structure, Territory
from sas.directory.territories import Contacts, Limits, create_territory
from sas.lrm.services import register_lrm
from sas.participation.models import Participation
from sas.participation.services import Declaration, declare_participations
from sas.web import audit
from sas.web.models import AuditLine

BY = "démonstration"
ACT = "load_demo"
STRUCTURES = Path(__file__).parent / "data" / "structures-59.csv"
DOCTOR = "10"
GENERAL_PRACTICE = ("SM54", "SM26")
OPENED_ON = date(2022, 4, 1)

Say = Callable[[str], None]


class DemoRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """The demonstration cannot be loaded here; the message (French) says what to do."""


@dataclass(frozen=True)
class Doctor:
    """A doctor of the directory as the draws see them. `insee`: communes where they practise."""

    pk: int
    national_id: str
    is_general_practitioner: bool
    insee: frozenset[str]


def load(*, scale: Scale, territories: Sequence[str], data_dir: Path, say: Say, at: datetime) -> None:
    """Load `scale` with these territories (`SAS-59` or `59`) beside those that are there. Raises `DemoRefused`."""
    departments = sorted({_department(code) for code in territories or [DEPARTMENT]} | _departments_there())
    _load_directory(scale, departments, data_dir, say)
    say("Adresses")
    addresses.spread(departments, by=BY, at=at)
    say("Territoires et structures")
    for code in departments:
        _open_territory(code, at)
    _quietly("import_structures", STRUCTURES)
    doctors = _doctors()
    say(f"Éditeurs, et leurs médecins parmi {len(doctors)}")
    register_editors(data_dir, at=at)
    _link(doctors, at)
    say("Participation")
    _participate(doctors, at)
    say("Agendas, absences et partage")
    supply.put_on_offer(departments, by=BY, at=at)
    say("Comptes")
    people.make_accounts([doctor.national_id for doctor in doctors], departments, by=BY, at=at)
    write_people(data_dir)
    people.write_cards(data_dir)
    code = f"SAS-{DEPARTMENT if DEPARTMENT in departments else departments[0]}"
    stories.tell(code, by=BY, at=at)
    say("Logiciel de régulation et orientations")
    register_lrm(origin=LRM_ORIGIN, territory=code, hub_client_id=LRM_AT_HUB, software=LRM_SOFTWARE, by=BY, at=at)
    tell_orientations(departments, at=at)
    if not is_loaded(scale):
        audit.record(ACT, by=BY, at=at, target=scale.name, after={"departments": departments})


def is_loaded(scale: Scale) -> bool:
    """Whether a load of this scale ever came to its end in this database."""
    return AuditLine.objects.filter(act=ACT, target=scale.name).exists()


def register_editors(data_dir: Path, *, at: datetime) -> None:
    """Say where the sandboxes are: their ports may have changed since the last start. Send them the accounts anew.

    Each finds its token in its file; a new one is made when the file is lost, or comes from another database.
    """
    ports = sandboxes.ports(data_dir)
    for editor in EDITORS:
        url, file = sandboxes.base_url(ports[editor.key]), sandboxes.token_file(data_dir, editor.key)
        digest = token_digest(file.read_text(encoding="ascii")) if file.exists() else ""
        known, token = register_editor(
            name=editor.name,
            base_url=url,
            stage=editor.stage,
            system=system_of(editor.key),
            renew_token=not Editor.objects.filter(key=editor.key, token_sha256=digest).exists(),
            by=BY,
            at=at,
        )
        if token:
            sandboxes.write_whole(file, token.encode(), mode=0o600)
        send_again(editor=known, by=BY, at=at)  # a sandbox that starts has forgotten its accounts
    _register_local_tool(sandboxes.base_url(ports[EDITORS[0].key]), at)


def _register_local_tool(base_url: str, at: datetime) -> None:
    """A tool of the territory, if there is one; a sandbox shows the page that it opens."""
    territory = Territory.objects.filter(code=f"SAS-{DEPARTMENT}").first()
    if territory is None:
        return
    signs, _ = register_editor(name=LOCAL_TOOL, base_url=base_url, stage="planned", by=BY, at=at)
    link = base_url.removesuffix("/fhir") + "/outil-local?insee={insee}&specialty={specialty}&lat={lat}&lon={lon}"
    register_local_tool(territory=territory, name=LOCAL_TOOL, link=link, editor=signs, by=BY, at=at)


def write_people(data_dir: Path) -> None:
    """Give each sandbox the people linked to it, with their places as the directory knows them."""
    columns = (
        "national_id", "family_name", "given_name", "savoir_faire", "phone", "name", "line", "postal_code", "city",
        "insee", "latitude", "longitude", "timezone", "structure_national_id",
    )  # fmt: skip
    encoder = msgspec.json.Encoder()
    for editor in EDITORS:
        linked = EditorLink.objects.filter(editor__key=editor.key).values("national_id")
        places = PracticeLocation.objects.filter(national_id__in=linked, ended_on=None)
        served = sandboxes.people_of(places.order_by("national_id", "pk").values(*columns).iterator(5000))
        lines = (encoder.encode(person) for person in served if person["places"])
        sandboxes.write_whole(sandboxes.people_file(data_dir, editor.key), b"[" + b",\n".join(lines) + b"]")


def has_people(data_dir: Path) -> bool:
    """Whether every sandbox knows its people: the database may be there without the data directory."""
    files = [sandboxes.cards_file(data_dir), *(sandboxes.people_file(data_dir, editor.key) for editor in EDITORS)]
    return all(file.exists() for file in files)


def _load_directory(scale: Scale, departments: Sequence[str], data_dir: Path, say: Say) -> None:
    folder = sandboxes.folder_of(data_dir) / "extraction"
    say(f"Annuaire fictif ({scale.label})")
    with tqdm(total=scale.rows, unit=" lignes", unit_scale=True, disable=None, leave=False) as bar:
        files = extraction.write(folder, scale, departments, bar.update)
    say("Import de l’annuaire")
    try:
        _quietly("import_directory", *files)
    except CommandError as error:
        raise DemoRefused(
            f"L’annuaire fictif n’a pas pu être importé : {error} Cette base contient sans doute autre chose que la "
            f"démonstration « {scale.name} » : choisissez un autre --data-dir, ou une autre base."
        ) from error
    finally:
        for file in files:
            file.unlink()


def _quietly(command: str, *files: Path) -> None:
    call_command(command, *(str(file) for file in files), "--apply", stdout=io.StringIO())


def _department(code: str) -> str:
    known = gazetteer().department(code.upper().removeprefix("SAS-"))
    if known is None:
        raise DemoRefused(f"Territoire inconnu : « {code} ». Attendu : un département, par exemple SAS-59 ou 59.")
    return known.code


def _departments_there() -> set[str]:
    beside = [f"SAS-{department}" for department in NEIGHBOURS]
    covered = Coverage.objects.exclude(territory__code__in=beside).values_list("area", flat=True)
    return {area for area in covered if gazetteer().department(area)}


def _open_territory(department: str, at: datetime) -> None:
    known = gazetteer().department(department)
    code = f"SAS-{department}"
    if known is None or Territory.objects.filter(code=code).exists():
        return
    create_territory(
        code=code,
        limits=Limits(
            label=f"SAS {known.name} (démonstration)", departments=[department], timezone=known.timezone, ioa_open=True
        ),
        contacts=Contacts(
            support_email=f"sas-{department.lower()}@demo.invalid",
            support_phone="03 00 00 00 15",
            ars_name="Agence régionale de santé (démonstration)",
            ars_email=f"ars-{department.lower()}@demo.invalid",
            cpam_name="Caisse primaire (démonstration)",
            cpam_email=f"cpam-{department.lower()}@demo.invalid",
        ),
        state=Territory.State.OPEN,
        since=OPENED_ON,
        by=BY,
        at=at,
    )


def _doctors() -> list[Doctor]:
    rows = (
        PracticeLocation.objects.filter(profession=DOCTOR, ended_on=None)
        .order_by("practitioner_id")
        .values_list("practitioner_id", "national_id", "savoir_faire", "insee")
    )
    found: dict[int, Doctor] = {}
    for pk, national_id, savoir_faire, insee in rows.iterator(10_000):
        before = found.get(pk)
        communes = frozenset({insee}) | (before.insee if before else frozenset())
        general = savoir_faire in GENERAL_PRACTICE or bool(before and before.is_general_practitioner)
        found[pk] = Doctor(pk, national_id, general, communes)
    return list(found.values())


def _link(doctors: Sequence[Doctor], at: datetime) -> None:
    ids: dict[str, list[str]] = {editor.key: [] for editor in EDITORS}
    apart = frozenset(insee for zone in Structure.objects.filter(national_id=NOT_INTERFACED) for insee in zone.zone)
    for doctor in doctors:
        if doctor.is_general_practitioner and doctor.insee & apart:
            continue
        for key in editors_of(doctor.national_id):
            ids[key].append(doctor.national_id)
    for key, linked in ids.items():
        link_people(editor=editor_named(key), ids=linked, by=BY, at=at)


def _participate(doctors: Sequence[Doctor], at: datetime) -> None:
    zones = [
        (cpts, frozenset(cpts.zone)) for cpts in Structure.objects.filter(kind="cpts", ended_on=None).order_by("pk")
    ]
    chosen: dict[int, Structure | None] = {}
    for doctor in doctors:
        draw = random.Random(f"participation:{doctor.national_id}")
        if doctor.is_general_practitioner and draw.random() < PARTICIPATING_SHARE:
            cpts = next((cpts for cpts, zone in zones if zone & doctor.insee), None)
            chosen[doctor.pk] = cpts if draw.random() < OF_WHICH_BY_CPTS else None
    found = Practitioner.objects.in_bulk(chosen)
    declarations = [
        Declaration(found[pk], Participation.Via.CPTS if cpts else Participation.Via.INDIVIDUAL, cpts)
        for pk, cpts in chosen.items()
    ]
    declare_participations(declarations, by=BY, at=at)
