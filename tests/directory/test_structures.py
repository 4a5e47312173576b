"""Import of structures and zones, by its command."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas.directory.importing_runs import ImportRefusedError
from sas.directory.models import ImportRun, Structure
from sas.directory.structures import HEADER, import_structures

pytestmark = pytest.mark.django_db

CPTS = {
    "kind": "cpts",
    "national_id": "1590000001",
    "name": "CPTS de la Métropole",
    "postal_code": "59000",
    "insee": "59350",
    "city": "LILLE",
    "phone": "03 20 00 00 00",
    "regulation_phone": "0320000001",
    "regulation_hours": "lun-ven 8h-20h",
    "zone": "59350 59009 59298",
}
SOS = {"kind": "sos", "national_id": "330000000100011", "name": "SOS Médecins Lille"}
SOS_PLACE = {
    "kind": "sos_place",
    "national_id": "330000000100029",
    "name": "Point fixe Wazemmes",
    "parent": "330000000100011",
    "latitude": "50,6264",
    "longitude": "3.0466",
    "insee": "59350",
}


def csv_file(tmp_path: Path, *rows: dict[str, str], separator: str = ";", encoding: str = "utf-8") -> Path:
    lines = [separator.join(HEADER), *(separator.join(row.get(name, "") for name in HEADER) for row in rows)]
    path = tmp_path / "structures.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def run(path: Path, *, apply: bool = True) -> dict[str, Any]:
    report = path.parent / "report.json"
    call_command("import_structures", str(path), apply=apply, report=report, stdout=StringIO())
    return json.loads(report.read_text())


@pytest.mark.parametrize(("separator", "encoding"), [(";", "utf-8"), (",", "utf-8-sig")])
def test_structures_are_read_with_their_zone_and_their_parent(tmp_path: Path, separator: str, encoding: str) -> None:
    place = SOS_PLACE | {"latitude": "50.6264"}

    # The place comes before its association: the order of the file is free.
    report = run(csv_file(tmp_path, CPTS, place, SOS, separator=separator, encoding=encoding))

    assert report["changes"] == {"created": 3, "updated": 0, "unchanged": 0, "closed": 0}
    cpts = Structure.objects.get(kind="cpts")
    # 59298 (Hellemmes) belongs to Lille.
    assert cpts.zone == ["59009", "59350"]
    assert (cpts.city, cpts.department, cpts.precision, cpts.phone) == ("Lille", "59", "commune", "+33320000000")
    fixed = Structure.objects.get(kind="sos_place")
    assert fixed.parent is not None
    assert (fixed.parent.name, fixed.precision, fixed.latitude) == ("SOS Médecins Lille", "source", 50.6264)
    assert fixed.position is not None
    assert Structure.objects.get(kind="sos").position is None


def test_without_apply_nothing_changes(tmp_path: Path) -> None:
    report = run(csv_file(tmp_path, CPTS), apply=False)

    assert (report["state"], report["changes"]["created"]) == ("planned", 1)
    assert not Structure.objects.exists()
    assert not ImportRun.objects.exists()


def test_a_second_import_changes_nothing_and_a_third_what_differs(tmp_path: Path) -> None:
    run(csv_file(tmp_path, CPTS, SOS, SOS_PLACE))

    assert run(csv_file(tmp_path, CPTS, SOS, SOS_PLACE))["changes"]["unchanged"] == 3
    report = run(csv_file(tmp_path, CPTS | {"name": "CPTS Lille"}, SOS))

    assert report["changes"] == {"created": 0, "updated": 1, "unchanged": 1, "closed": 0}
    assert Structure.objects.count() == 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (CPTS | {"kind": "chu"}, "nature inconnue : chu"),
        (CPTS | {"national_id": "590000001"}, "sans son préfixe"),
        (CPTS | {"name": ""}, "nom absent"),
        (CPTS | {"parent": "330000000100011"}, "et lui seul"),
        (SOS_PLACE | {"parent": ""}, "et lui seul"),
        (SOS_PLACE | {"parent": "339999999999999"}, "association inconnue"),
        (SOS_PLACE | {"latitude": "nord"}, "illisible"),
        (SOS_PLACE | {"latitude": "nan"}, "hors de ses bornes"),
        (SOS_PLACE | {"longitude": "181"}, "hors de ses bornes"),
        (SOS_PLACE | {"longitude": ""}, "illisible"),
        (SOS, "déjà donné ligne 2"),
    ],
)
def test_a_bad_row_costs_only_itself_and_is_named_by_its_line(tmp_path: Path, row: dict, reason: str) -> None:
    report = run(csv_file(tmp_path, SOS, row))

    assert report["changes"]["created"] == 1
    (rejected,) = report["rejected_rows"]
    assert rejected["line"] == 3
    assert reason in rejected["reason"]


def test_a_part_that_cannot_be_kept_is_a_warning(tmp_path: Path) -> None:
    report = run(csv_file(tmp_path, CPTS | {"zone": "59350 99999", "phone": "15"}))

    assert {row["reason"] for row in report["warnings"]} == {
        "commune de la zone inconnue : 99999",
        "téléphone ignoré : 15",
    }
    assert Structure.objects.get().zone == ["59350"]


def test_the_tiniest_coordinate_does_not_stop_the_file(tmp_path: Path) -> None:
    run(csv_file(tmp_path, SOS, SOS_PLACE | {"latitude": "5e-324", "longitude": "1e-300"}))

    assert Structure.objects.get(kind="sos_place").latitude == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "est vide"),
        (b"kind;name\ncpts;x\n", "colonnes absentes.*national_id"),
        (";".join(HEADER).encode() + b"\nm\xe9decins", "pas en UTF-8"),
        (b"PK\x03\x04\0\0", "pas un fichier CSV"),
        (";".join(HEADER).encode() + b'\n"cpts;', "CSV illisible"),
        (b'"kind;national_id', "CSV illisible"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "structures.csv"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=message):
        run(path)

    assert not Structure.objects.exists()


def test_a_folder_or_a_missing_file_is_refused(tmp_path: Path) -> None:
    for path, message in ((tmp_path, "est un dossier"), (tmp_path / "absent.csv", "ne peut pas être lu")):
        with pytest.raises(CommandError, match=message):
            call_command("import_structures", str(path), stdout=StringIO())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.text(max_size=200))
def test_any_text_is_rows_or_a_refusal(tmp_path: Path, content: str) -> None:
    path = tmp_path / "structures.csv"
    path.write_text(";".join(HEADER) + "\n" + content, encoding="utf-8", errors="ignore")

    try:
        report = import_structures([path], apply=False, by="test", clock=lambda: datetime(2026, 1, 5, tzinfo=UTC))
    except ImportRefusedError:
        return
    assert report.state == "planned"


def test_the_day_of_a_night_import_is_the_day_in_france(tmp_path: Path) -> None:
    past_midnight = datetime(2026, 3, 23, 23, 30, tzinfo=UTC)

    import_structures([csv_file(tmp_path, CPTS)], apply=True, by="essai", clock=lambda: past_midnight)

    assert Structure.objects.get().updated_on.isoformat() == "2026-03-24"


def test_a_report_that_cannot_be_written_is_said_before_anything_changes(tmp_path: Path) -> None:
    path = csv_file(tmp_path, CPTS)

    with pytest.raises(CommandError, match="rapport ne peut pas être écrit"):
        call_command("import_structures", str(path), apply=True, report=tmp_path / "absent" / "report.json")

    assert not Structure.objects.exists()
