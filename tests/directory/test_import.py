"""Import of the Annuaire Santé through its command: what changes, what is refused, what survives."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from sas.directory import services
from sas.directory.importing import import_directory
from sas.directory.management.commands.import_directory import Bar
from sas.directory.models import ImportRun, PracticeLocation, Practitioner
from tests.directory.test_annuaire import HEADER_LINE, line
from tests.factories import directory as make

pytestmark = pytest.mark.django_db

PEOPLE = range(40)


def person(number: int, **given: str) -> str:
    """The line of the n-th person, alone at their place."""
    return line(
        **{
            "id_value": f"1000{number:07}",
            "national_id": f"81000{number:07}",
            "technical_id": f"R10{number:012}",
            "family_name": f"NOM{number}",
        }
        | given
    )


@pytest.fixture
def extraction(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: str, name: str = "PS_LibreAcces_Personne_activite_1.txt") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([HEADER_LINE, *rows, ""]), encoding="utf-8")
        return path

    return write


def run(*arguments: object, tmp: Path, **options: Any) -> dict[str, Any]:
    """Run the command; give its report."""
    report = tmp / "report.json"
    call_command("import_directory", *map(str, arguments), report=report, stdout=StringIO(), **options)
    return json.loads(report.read_text())


def row_versions() -> set[tuple[int, str]]:
    """Ids with PostgreSQL's own version of the row: an update that changes nothing would show."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, ctid::text || xmin::text FROM directory_practicelocation")
        return set(cursor.fetchall())


def test_without_apply_nothing_changes(extraction: Callable[..., Path], tmp_path: Path) -> None:
    report = run(extraction(*map(person, PEOPLE)), tmp=tmp_path)

    assert report["state"] == "planned"
    assert report["changes"]["places_new"] == 40
    assert not Practitioner.objects.exists()
    assert not ImportRun.objects.exists()


def test_apply_writes_people_and_places_and_leaves_a_trace(extraction: Callable[..., Path], tmp_path: Path) -> None:
    report = run(extraction(*map(person, PEOPLE)), tmp=tmp_path, apply=True)

    assert (report["state"], report["changes"]["people_new"], report["changes"]["places_new"]) == ("applied", 40, 40)
    location = PracticeLocation.objects.get(national_id="810000000007")
    assert (location.specialty, location.insee, location.structure_national_id) == ("SM54", "59350", "410000000000007")
    assert location.practitioner.national_id == "810000000007"
    run_row = ImportRun.objects.get()
    assert (run_row.state, run_row.counts["places_new"]) == ("applied", 40)
    assert run_row.files[0]["sha256"] == report["files"][0]["sha256"]


def test_a_second_import_touches_no_row(extraction: Callable[..., Path], tmp_path: Path) -> None:
    path = extraction(*map(person, PEOPLE))
    run(path, tmp=tmp_path, apply=True)
    before = row_versions()

    report = run(path, tmp=tmp_path, apply=True)

    assert report["changes"]["places_unchanged"] == 40
    assert row_versions() == before


def test_only_what_differs_is_written(extraction: Callable[..., Path], tmp_path: Path) -> None:
    run(extraction(*map(person, PEOPLE)), tmp=tmp_path, apply=True)
    before = dict(row_versions())

    rows = [person(n) for n in PEOPLE if n != 3]
    rows[5] = person(6, phone="0321000000")
    report = run(extraction(*rows, person(99)), tmp=tmp_path, apply=True)

    changes = report["changes"]
    assert (changes["places_new"], changes["places_updated"], changes["places_removed"]) == (1, 1, 1)
    after = dict(row_versions())
    assert len([pk for pk, version in before.items() if after[pk] != version]) == 2
    assert PracticeLocation.objects.get(national_id="810000000006").phone == "+33321000000"
    assert PracticeLocation.objects.get(national_id="810000000003").ended_on is not None
    assert Practitioner.objects.filter(national_id="810000000003").exists()


def test_a_place_that_comes_back_is_reopened(extraction: Callable[..., Path], tmp_path: Path) -> None:
    whole = extraction(*map(person, PEOPLE))
    run(whole, tmp=tmp_path, apply=True)
    run(extraction(*(person(n) for n in PEOPLE if n != 3), name="moins.txt"), tmp=tmp_path, apply=True)

    report = run(whole, tmp=tmp_path, apply=True)

    assert report["changes"]["places_revived"] == 1
    assert PracticeLocation.objects.filter(ended_on=None).count() == 40


def test_a_file_with_forty_percent_fewer_rows_is_refused(extraction: Callable[..., Path], tmp_path: Path) -> None:
    run(extraction(*map(person, PEOPLE)), tmp=tmp_path, apply=True)
    before = row_versions()
    fewer = extraction(*map(person, range(24)))

    for apply in (False, True):
        with pytest.raises(CommandError, match=r"fermerait 16 lieux sur 40 \(40%, seuil 5%\)"):
            run(fewer, tmp=tmp_path, apply=apply)

    assert row_versions() == before
    assert json.loads((tmp_path / "report.json").read_text())["state"] == "refused"
    assert ImportRun.objects.latest("pk").state == "refused"
    assert run(fewer, tmp=tmp_path, apply=True, force=True)["changes"]["places_removed"] == 16


def test_a_file_without_any_place_is_refused_even_first(extraction: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Aucun lieu"):
        run(extraction(), tmp=tmp_path, apply=True)


def test_what_was_corrected_by_hand_survives(extraction: Callable[..., Path], tmp_path: Path) -> None:
    run(extraction(*map(person, PEOPLE)), tmp=tmp_path, apply=True)
    location = PracticeLocation.objects.get(national_id="810000000007")
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    services.override_place(location_id=location.pk, phone="0611223344", information="2e étage", by="x", at=at)
    services.set_participation(participates=True, location_ids=[location.pk])
    PracticeLocation.objects.filter(pk=location.pk).update(latitude=50.64, longitude=3.06, precision="address")

    run(extraction(*(person(n, phone="0321000000") for n in PEOPLE)), tmp=tmp_path, apply=True)

    location.refresh_from_db()
    assert (location.phone, location.phone_override) == ("+33321000000", "+33611223344")
    assert (location.information_override, location.participates) == ("2e étage", True)
    assert (location.latitude, location.longitude, location.precision) == (50.64, 3.06, "address")

    run(extraction(*(person(n, street="NEUVE") for n in PEOPLE)), tmp=tmp_path, apply=True)
    location.refresh_from_db()
    assert location.precision == "commune"


def test_duplicates_are_merged_and_counted(extraction: Callable[..., Path], tmp_path: Path) -> None:
    rows = [person(1), person(1), person(1, savoir_faire="SM26"), person(1, savoir_faire="SM04")]

    report = run(extraction(*rows), tmp=tmp_path, apply=True)

    assert report["changes"]["rows_merged"] == 2
    assert set(PracticeLocation.objects.values_list("specialty", "savoir_faire")) == {
        ("SM54", "SM26"),
        ("SM04", "SM04"),
    }


def test_bad_rows_are_reported_by_line_and_cost_only_themselves(
    extraction: Callable[..., Path], tmp_path: Path
) -> None:
    path = extraction(person(1), "8|tronquée|", person(2, national_id="", id_value="x"), person(3))

    report = run(path, tmp=tmp_path, apply=True)

    assert [(row["line"], row["reason"]) for row in report["rejected_rows"]] == [
        (3, "colonnes manquantes"),
        (4, "identifiant national illisible"),
    ]
    assert report["rejected_by_reason"] == {"colonnes manquantes": 1, "identifiant national illisible": 1}
    assert PracticeLocation.objects.count() == 2


def test_people_without_a_place_are_known(extraction: Callable[..., Path], tmp_path: Path) -> None:
    nowhere = person(2, postal_code="", insee="", city="", street="")

    report = run(extraction(person(1), nowhere), tmp=tmp_path, apply=True)

    assert report["changes"]["rows_without_place"] == 1
    assert Practitioner.objects.count() == 2
    assert PracticeLocation.objects.count() == 1


def test_several_files_are_one_extraction(extraction: Callable[..., Path], tmp_path: Path) -> None:
    first, second = extraction(person(1), name="a.txt"), extraction(person(2), name="b.txt")

    run(first, second, tmp=tmp_path, apply=True)

    assert PracticeLocation.objects.count() == 2


def test_the_day_of_a_night_import_is_the_day_in_france(extraction: Callable[..., Path]) -> None:
    past_midnight = datetime(2026, 3, 23, 23, 30, tzinfo=UTC)

    import_directory(
        [extraction(person(1))], apply=True, force=False, by="essai", clock=lambda: past_midnight, progress=Bar(0)
    )

    assert PracticeLocation.objects.get().updated_on.isoformat() == "2026-03-24"


def test_a_report_that_cannot_be_written_is_said_before_anything_changes(
    extraction: Callable[..., Path], tmp_path: Path
) -> None:
    report = tmp_path / "absent" / "report.json"

    with pytest.raises(CommandError, match="rapport ne peut pas être écrit"):
        call_command("import_directory", str(extraction(person(1))), apply=True, report=report)

    assert not Practitioner.objects.exists()


def test_a_place_is_tied_to_the_structure_of_its_site(extraction: Callable[..., Path], tmp_path: Path) -> None:
    centre = make.structure(kind="cds", national_id="1590780193")

    run(extraction(person(1, finess="590780193")), tmp=tmp_path, apply=True)

    assert PracticeLocation.objects.get().structure == centre


def test_an_unreadable_file_leaves_a_failed_run_and_no_row(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text("<html>\n")

    with pytest.raises(CommandError, match="n’est pas une extraction"):
        run(path, tmp=tmp_path, apply=True)

    assert ImportRun.objects.get().state == "refused"
    assert not Practitioner.objects.exists()


@pytest.fixture
def committed() -> str:
    """The address of the test database, for other connections."""
    settings = connection.settings_dict
    return psycopg.conninfo.make_conninfo(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname=settings["NAME"],
    )


@pytest.mark.django_db(transaction=True)
def test_a_second_import_at_the_same_time_says_that_one_is_running(
    extraction: Callable[..., Path], tmp_path: Path, committed: str
) -> None:
    with psycopg.connect(committed) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('sas.directory.import_directory', 0))")

        with pytest.raises(CommandError, match="déjà en cours"):
            run(extraction(person(1)), tmp=tmp_path, apply=True)

    assert not Practitioner.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_while_writing_leaves_nothing_half_done_and_can_be_done_again(
    extraction: Callable[..., Path], tmp_path: Path, committed: str
) -> None:
    path = extraction(*(person(n) for n in PEOPLE))
    with psycopg.connect(committed) as gate, psycopg.connect(committed, autocommit=True) as watch:
        # The import stops at its last table: people are written, places wait for us.
        gate.execute("LOCK TABLE directory_practicelocation IN SHARE MODE")
        process = _import_in_its_own_process(path)
        _wait_for_lock(watch, process)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
        gate.rollback()
        _wait_until_alone(watch)

    assert not Practitioner.objects.exists()
    assert not PracticeLocation.objects.exists()
    assert ImportRun.objects.get().state == "running"

    report = run(path, tmp=tmp_path, apply=True)

    assert report["changes"]["places_new"] == 40
    assert [r.state for r in ImportRun.objects.order_by("pk")] == ["interrupted", "applied"]


def _import_in_its_own_process(path: Path) -> "subprocess.Popen[bytes]":
    """The real command, on the test database."""
    program = (
        "import sys, django\n"
        "from django.conf import settings\n"
        "settings.DATABASES['default']['NAME'] = sys.argv[2]\n"
        "django.setup()\n"
        "from django.core.management import call_command\n"
        "call_command('import_directory', sys.argv[1], apply=True)\n"
    )
    name = str(connection.settings_dict["NAME"])
    return subprocess.Popen([sys.executable, "-c", program, str(path), name], env=os.environ.copy())


def _wait_for_lock(watch: "psycopg.Connection[Any]", process: "subprocess.Popen[bytes]") -> None:
    """Until the import waits behind the gate."""
    deadline = time.monotonic() + 60
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while watch.execute(waiting).fetchone() == (0,):
        assert process.poll() is None, "the import ended before it could be killed"
        assert time.monotonic() < deadline, "the import never reached its last table"


def _wait_until_alone(watch: "psycopg.Connection[Any]") -> None:
    """Until the server has noticed the death of the import and rolled it back."""
    deadline = time.monotonic() + 60
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    while watch.execute(held).fetchone() != (0,):
        assert time.monotonic() < deadline, "the import's lock is still held"


def test_a_participant_who_moves_goes_on_taking_part(extraction: Callable[..., Path], tmp_path: Path) -> None:
    run(extraction(*map(person, PEOPLE)), tmp=tmp_path, apply=True)
    mover = Practitioner.objects.get(national_id="810000000007")
    services.set_participation(participates=True, practitioner_ids=[mover.pk])
    moved = person(7, technical_id="R10999999999999")
    others = [person(number) for number in PEOPLE if number != 7]
    run(extraction(moved, *others), tmp=tmp_path, apply=True)

    places = PracticeLocation.objects.filter(practitioner=mover)
    assert {(place.ended_on is None, place.participates) for place in places} == {(True, True), (False, True)}
    assert not PracticeLocation.objects.exclude(practitioner=mover).filter(participates=True).exists()
