"""The national FINESS extraction, by the command: every variant of the file, bad rows, closures, provenance."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas.directory import finess, structure_queries
from sas.directory.models import ImportRun, Structure

pytestmark = pytest.mark.django_db

COLUMNS = [
    *(
        "nofinesset",
        "nofinessej",
        "rs",
        "rslongue",
        "complrs",
        "compldistrib",
        "numvoie",
        "typvoie",
        "voie",
        "compvoie",
    ),
    *("lieuditbp", "commune", "departement", "libdepartement", "ligneacheminement", "telephone", "telecopie"),
    *("categetab", "libcategetab", "categagretab", "libcategagretab", "siret", "codeape", "codemft", "libmft"),
    *("codesph", "libsph", "dateouv", "dateautor", "datemaj", "numuai"),
]
HOSPITAL: dict[str, str] = {
    "nofinesset": "590000001",
    "rs": "CH DE LILLE",
    "rslongue": "CENTRE HOSPITALIER DE LILLE",
    "numvoie": "0002",
    "typvoie": "AV",
    "voie": "OSCAR LAMBRET",
    "commune": "350",
    "departement": "59",
    "ligneacheminement": "59037 LILLE CEDEX",
    "telephone": "0320445962",
    "categetab": "355",
    "libcategetab": "Centre Hospitalier (C.H.)",
    "siret": "26590671900017",
}
PHARMACY = HOSPITAL | {
    "nofinesset": "590000002",
    "rs": "PHARMACIE DES LILAS",
    "rslongue": "",
    "categetab": "620",
    "libcategetab": "Pharmacie d'Officine",
    "telephone": "320000000",
    "siret": "",
}
REUNION = PHARMACY | {
    "nofinesset": "970400001",
    "commune": "411",
    "departement": "9D",
    "ligneacheminement": "97400 ST DENIS",
    "telephone": "0262000000",
}
LILLE_93 = ("703700.0", "7058000.0", "1,ATLASANTE,100,IGN,BD_ADRESSE,V2.2,LAMBERT_93")


def line(row: dict[str, str]) -> str:
    return ";".join(["structureet", *(row.get(name, "") for name in COLUMNS)])


def position(row: dict[str, str], x: str, y: str, source: str) -> str:
    return f"geolocalisation;{row['nofinesset']};{x};{y};{source};2026-01-05"


def extraction(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join(["finess;etalab;94;2026-11-10", *lines, ""]).encode(encoding))
    return path


def run(*paths: Path, apply: bool = True, **options: Any) -> dict[str, Any]:
    report = paths[0].parent / "report.json"
    call_command("import_structures", *map(str, paths), apply=apply, report=report, stdout=StringIO(), **options)
    return json.loads(report.read_text())


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-8-sig"])
def test_an_establishment_is_read_with_its_kind_its_address_and_its_position(tmp_path: Path, encoding: str) -> None:
    where = [position(HOSPITAL, *LILLE_93), position(REUNION, "338000", "7690000", "UTM_S40")]
    accented = PHARMACY | {"rs": "PHARMACIE DE L’ÉTÉ"}
    path = tmp_path / "finess.csv"

    report = run(extraction(path, line(HOSPITAL), line(accented), line(REUNION), *where, encoding=encoding))

    assert report["changes"] == {"created": 3, "updated": 0, "unchanged": 0, "closed": 0}
    hospital, pharmacy, overseas = Structure.objects.order_by("national_id")
    assert (hospital.national_id, hospital.sought, hospital.category_label) == (
        "1590000001",
        "hospital",
        "Centre Hospitalier (C.H.)",
    )
    assert (hospital.line, hospital.postal_code, hospital.city) == ("2 avenue OSCAR LAMBRET", "59037", "Lille")
    assert (hospital.insee, hospital.phone, hospital.siret) == ("59350", "+33320445962", "26590671900017")
    assert hospital.precision == "source"
    assert (hospital.latitude, hospital.longitude) == pytest.approx((50.62, 3.05), abs=0.03)
    assert hospital.sources["phone"]["source"] == "finess"
    assert (pharmacy.sought, pharmacy.phone, pharmacy.precision) == ("pharmacy", "+33320000000", "commune")
    assert pharmacy.name == "PHARMACIE DE L’ÉTÉ"
    assert (overseas.department, overseas.timezone, overseas.phone) == ("974", "Indian/Reunion", "+262262000000")
    assert (overseas.latitude, overseas.longitude) == pytest.approx((-20.88, 55.45), abs=0.03)
    assert structure_queries.structures_by_ids([hospital.pk])[0].phone.kind == "finess"


def test_positions_may_come_in_another_file_and_before(tmp_path: Path) -> None:
    where = extraction(tmp_path / "a.csv", position(HOSPITAL, *LILLE_93))

    run(where, extraction(tmp_path / "b.csv", line(HOSPITAL)))

    assert Structure.objects.get().precision == "source"


@pytest.mark.parametrize(
    "names",
    [
        [*COLUMNS, "coordxet", "coordyet", "sourcecoordet"],
        [*reversed(COLUMNS), "longitude", "latitude", "x"],
    ],
)
def test_named_columns_are_read_whatever_their_order(tmp_path: Path, names: list[str]) -> None:
    x, y = ("3.07", "50.63") if "longitude" in names else LILLE_93[:2]
    row = HOSPITAL | {"coordxet": x, "coordyet": y, "longitude": x, "latitude": y, "sourcecoordet": "LAMBERT_93"}
    path = tmp_path / "finess.csv"
    quoted = ";".join(f'"{row.get(name, "")}"' for name in names)
    path.write_text(";".join(names) + "\n" + quoted + "\n", encoding="utf-8")

    run(path)

    structure = Structure.objects.get()
    assert (structure.insee, structure.precision) == ("59350", "source")
    assert (structure.latitude, structure.longitude) == pytest.approx((50.63, 3.06), abs=0.03)


def test_a_second_import_changes_nothing(tmp_path: Path) -> None:
    path = extraction(tmp_path / "f.csv", line(HOSPITAL), line(PHARMACY), position(HOSPITAL, *LILLE_93))
    run(path)
    before = list(Structure.objects.values())

    assert run(path)["changes"] == {"created": 0, "updated": 0, "unchanged": 2, "closed": 0}
    assert list(Structure.objects.values()) == before
    assert ImportRun.objects.filter(state="applied").count() == 2


def test_without_apply_the_plan_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    report = run(extraction(tmp_path / "f.csv", line(HOSPITAL)), apply=False)

    assert (report["state"], report["changes"]["created"]) == ("planned", 1)
    assert not Structure.objects.exists()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("structureet;590000003;x", "colonnes manquantes"),
        (line(HOSPITAL | {"nofinesset": "x"}), "numéro FINESS illisible"),
        (line(PHARMACY | {"nofinesset": "590000009", "rs": ""}), "raison sociale absente"),
        (line(HOSPITAL), "déjà donné"),
        ("geolocalisation;590000001", "géolocalisation"),
        ("x" * 30_000, "trop longue"),
        ("autre;590000001", "type inconnu"),
    ],
)
def test_a_bad_line_costs_only_itself(tmp_path: Path, bad: str, reason: str) -> None:
    report = run(extraction(tmp_path / "f.csv", line(HOSPITAL), bad))

    assert report["changes"]["created"] == 1
    (rejected,) = report["rejected_rows"]
    assert (rejected["file"], rejected["line"]) == ("f.csv", 3)
    assert reason in rejected["reason"]


@pytest.mark.parametrize(
    ("x", "y", "warning"),
    [
        ("7058000", "703700", "loin de la commune"),
        ("nord", "1", "coordonnées illisibles"),
        ("0", "0", "hors de leur système"),
        ("1e308", "1e308", "coordonnées"),
    ],
)
def test_a_position_that_cannot_be_is_left_for_the_commune_s_centre(
    tmp_path: Path, x: str, y: str, warning: str
) -> None:
    report = run(extraction(tmp_path / "f.csv", line(HOSPITAL), position(HOSPITAL, x, y, "LAMBERT_93")))

    assert Structure.objects.get().precision == "commune"
    assert warning in report["warnings"][0]["reason"]


def many(count: int, start: int = 100) -> list[str]:
    return [line(PHARMACY | {"nofinesset": f"59{n:07}"}) for n in range(start, start + count)]


def test_what_the_extraction_no_longer_names_is_closed_where_it_was_read(tmp_path: Path) -> None:
    run(extraction(tmp_path / "f.csv", *many(40), line(REUNION)))
    own = Structure.objects.create(
        national_id="1590009999", kind="msp", name="MSP", department="59", updated_on="2026-01-05"
    )

    report = run(extraction(tmp_path / "g.csv", *many(39)))

    assert (report["changes"]["closed"], report["closed_share"]) == (1, 0.025)
    assert Structure.objects.get(ended_on__isnull=False).national_id == "1590000139"
    own.refresh_from_db()
    assert own.ended_on is None
    # It reopens if it comes back; another department was not read.
    assert run(extraction(tmp_path / "f.csv", *many(40)))["changes"]["updated"] == 1
    assert not Structure.objects.exclude(ended_on=None).exists()


def test_too_many_closures_are_refused_without_force_and_none_is_made_of_a_partial_file(tmp_path: Path) -> None:
    run(extraction(tmp_path / "f.csv", *many(10)))
    small = extraction(tmp_path / "g.csv", *many(2))

    with pytest.raises(CommandError, match="fermerait 8 établissements sur 10"):
        run(small)

    assert json.loads((tmp_path / "report.json").read_text())["state"] == "refused"
    assert not Structure.objects.exclude(ended_on=None).exists()
    assert run(small, partial=True)["changes"].get("closed", 0) == 0
    assert run(small, force=True)["changes"]["closed"] == 8


def test_the_register_does_not_replace_what_a_better_source_says(tmp_path: Path) -> None:
    Structure.objects.create(
        national_id="1590000001",
        kind="msp",
        name="Maison de santé",
        name_key="maison de sante",
        phone="+33320999999",
        phone_override="+33611111111",
        participates=True,
        updated_on="2026-01-05",
    )

    report = run(extraction(tmp_path / "f.csv", line(HOSPITAL), position(HOSPITAL, *LILLE_93)))

    structure = Structure.objects.get()
    assert report["changes"]["updated"] == 1
    assert (structure.name, structure.kind, structure.phone) == ("Maison de santé", "msp", "+33320999999")
    assert (structure.phone_override, structure.participates) == ("+33611111111", True)
    # What nobody had said is taken.
    assert (structure.insee, structure.precision, structure.category) == ("59350", "source", "355")
    assert structure.sources["address"]["source"] == "finess"
    assert "phone" not in structure.sources
    assert run(tmp_path / "f.csv")["changes"]["unchanged"] == 1


def test_a_file_without_any_establishment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Aucun établissement"):
        run(extraction(tmp_path / "f.csv", position(HOSPITAL, *LILLE_93)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=300), st.text('structureet;geolocalisation0159"\n é', max_size=300)))
def test_any_content_is_lines_or_reasons(tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"finess;etalab\n" + (content.encode() if isinstance(content, str) else content))

    for _, item in finess.read(path):
        assert isinstance(item, finess.Establishment | finess.Position | finess.Rejected)
