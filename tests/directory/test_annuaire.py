"""Reading the Annuaire Santé's file: spelling, order, encodings, archives, and lines that cost only themselves."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.synthetic_annuaire import HEADER, lines
from sas.directory import vocabulary
from sas.directory.annuaire_sante import (
    COLUMNS,
    LONGEST_LINE,
    MANDATORY,
    Activity,
    Rejected,
    Source,
    UnreadableFileError,
    header_key,
    read,
)
from sas.directory.gazetteer import gazetteer
from sas.directory.importing_rows import NOT_SEARCHED, Incoming, RowReader, Unreadable
from sas.directory.rules import phone_number

HEADER_LINE = "|".join(HEADER) + "|"


def line(**given_: str) -> str:
    """A line of a general practitioner in Lille; arguments are fields of `Activity`."""
    values = {
        "id_type": "8",
        "id_value": "10001045367",
        "national_id": "810001045367",
        "family_name": "LEFÈVRE",
        "given_name": "Élodie",
        "profession": "10",
        "savoir_faire": "SM54",
        "technical_id": "R10100000328372",
        "site_name": "CABINET MEDICAL",
        "street": "DES LILAS",
        "number": "9",
        "street_type": "Rue",
        "postal_code": "59000",
        "insee": "59350",
        "city": "LILLE",
        "phone": "0320000000",
        "practice_civility": "DR",
    } | given_
    fields = [""] * len(HEADER)
    for column, value in values.items():
        fields[HEADER.index(COLUMNS[column])] = value
    return "|".join(fields) + "|"


def written(path: Path, *rows: str, header: str = HEADER_LINE, encoding: str = "utf-8") -> Source:
    path.write_bytes("".join(f"{row}\r\n" for row in (header, *rows)).encode(encoding))
    return Source(path)


def activities(source: Source) -> list[Activity]:
    return [item[1] for item in read(source) if not isinstance(item, Rejected)]


def row(**given_: str) -> Any:
    """What the importer makes of a line."""
    fields = line(**given_).removesuffix("|").split("|")
    values = {column: fields[HEADER.index(name)] for column, name in COLUMNS.items()}
    return reader().read(2, Activity(**values))


def reader() -> RowReader:
    return RowReader(
        vocabulary.discipline_of,
        lambda insee, postal, city: gazetteer().commune_for(insee=insee, postal_code=postal, city=city),
    )


def test_the_generator_writes_the_fifty_six_columns_with_a_trailing_separator() -> None:
    header, first = list(lines(rows=1))

    assert header == HEADER_LINE
    assert header.count("|") == first.count("|") == 56


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_the_encoding_is_told_by_the_file(tmp_path: Path, encoding: str) -> None:
    (activity,) = activities(written(tmp_path / "a.txt", line(), encoding=encoding))

    assert (activity.family_name, activity.given_name) == ("LEFÈVRE", "Élodie")


def test_a_header_without_accents_does_not_hide_a_latin_1_file(tmp_path: Path) -> None:
    bare = "|".join(header_key(name).upper() for name in HEADER) + "|"

    (activity,) = activities(written(tmp_path / "a.txt", line(), header=bare, encoding="latin-1"))

    assert activity.family_name == "LEFÈVRE"


def test_columns_are_found_whatever_their_order_and_spelling(tmp_path: Path) -> None:
    names = ["Colonne nouvelle", *reversed(HEADER)]
    spelt = [n.replace("d'exercice", "exercice").replace("(coord. structure)", "(Coord. Structure)") for n in names]
    fields = ["x", *reversed(line().removesuffix("|").split("|"))]

    (activity,) = activities(written(tmp_path / "a.txt", "|".join(fields), header="|".join(spelt).upper()))

    assert activity == Activity(**dict(zip(COLUMNS, activity, strict=True)))
    assert (activity.national_id, activity.family_name, activity.insee) == ("810001045367", "LEFÈVRE", "59350")


def test_missing_mandatory_columns_are_named(tmp_path: Path) -> None:
    kept = [name for name in HEADER if name not in (COLUMNS["insee"], COLUMNS["family_name"])]

    with pytest.raises(UnreadableFileError, match=r"Nom d'exercice.*Code commune"):
        list(read(written(tmp_path / "a.txt", header="|".join(kept))))


def test_missing_optional_columns_are_empty(tmp_path: Path) -> None:
    kept = [COLUMNS[column] for column in MANDATORY]
    source = written(tmp_path / "a.txt", "|".join(["v"] * len(kept)), header="|".join(kept))

    assert activities(source)[0].siret == ""


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"8|10001045367|", "colonnes manquantes"),
        (line(site_name="CABINET|BIS").encode(), "colonnes en trop"),
        (b"8|\xff\xfe\xfa|", "caractères illisibles"),
        (b"x" * (LONGEST_LINE * 2 + 5), "ligne trop longue"),
    ],
)
def test_a_bad_line_costs_only_itself(tmp_path: Path, bad: bytes, reason: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\n".join([HEADER_LINE.encode(), line().encode(), bad, b"", line().encode()]))

    found = list(read(Source(path)))

    assert [item[0] for item in found] == [2, 3, 5]
    assert found[1] == Rejected(3, reason)


def test_control_characters_do_not_reach_the_database(tmp_path: Path) -> None:
    (activity,) = activities(written(tmp_path / "a.txt", line(family_name="LE\0FEVRE\x07")))

    assert activity.family_name == "LE FEVRE"


def zipped(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.txt", content)
    return path


def test_the_activities_are_found_inside_their_archive(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip",
        PS_LibreAcces_Dipl_AutExerc_202601050000="x|y\n",
        PS_LibreAcces_Personne_activite_202601050000=f"{HEADER_LINE}\n{line()}\n",
    )
    source = Source(path)
    seen: list[int] = []

    found = list(read(source, seen.append))

    assert len(found) == 1
    assert source.member.startswith("PS_LibreAcces_Personne_activite")
    assert sum(seen) <= path.stat().st_size


@pytest.mark.parametrize("kept_share", [0.3, 0.9, 0.999])
def test_a_truncated_archive_is_refused_in_french(tmp_path: Path, kept_share: float) -> None:
    content = "\n".join(lines(rows=300))
    path = zipped(tmp_path / "a.zip", PS_LibreAcces_Personne_activite_1=content)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept_share)])

    with pytest.raises(UnreadableFileError, match="archive zip abîmée ou incomplète"):
        list(read(Source(path)))


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", PS_LibreAcces_Personne_activite_1="\n".join(lines(rows=300)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(UnreadableFileError, match="archive zip abîmée"):
        list(read(Source(path)))


def test_other_files_are_refused_with_the_reason(tmp_path: Path) -> None:
    empty, page, other = tmp_path / "vide.txt", tmp_path / "page.txt", zipped(tmp_path / "autre.zip", readme="x")
    empty.touch()
    page.write_text("<html><body>Erreur 503</body></html>\n")
    fake_zip = tmp_path / "faux.zip"
    fake_zip.write_text(HEADER_LINE)
    for path, message in (
        (empty, "est vide"),
        (page, "n’est pas une extraction"),
        (other, r"trouvé : readme\.txt"),
        (fake_zip, "n’est pas une archive zip"),
        (tmp_path, "est un dossier"),
        (tmp_path / "absent.txt", "ne peut pas être lu"),
    ):
        with pytest.raises(UnreadableFileError, match=message):
            list(read(Source(path)))


@given(content=st.binary(max_size=300))
def test_any_bytes_are_lines_or_a_refusal(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "n-importe-quoi.txt"
    path.write_bytes(HEADER_LINE.encode() + b"\n" + content)

    for item in read(Source(path)):
        assert isinstance(item, Rejected) or "\0" not in "".join(item[1])


def test_a_line_becomes_a_place_in_its_commune() -> None:
    made = row()

    assert isinstance(made, Incoming)
    assert (made.national_id, made.specialty, made.place_key) == ("810001045367", "SM54", "R10100000328372")
    assert (made.address, made.postal_code, made.city, made.insee) == ("9 Rue DES LILAS", "59000", "Lille", "59350")
    assert (made.department, made.timezone, made.precision) == ("59", "Europe/Paris", "commune")
    assert made.phone == "+33320000000"


def test_an_adeli_number_keeps_its_leading_zero() -> None:
    made = row(id_type="0", id_value="012600631", national_id="", profession="60", savoir_faire="")

    assert made.national_id == "0012600631"


@pytest.mark.parametrize(
    ("given_", "city", "insee"),
    [
        ({"insee": "", "postal_code": "59046", "city": "LILLE CEDEX"}, "Lille", "59350"),
        ({"insee": "", "postal_code": "", "city": "", "cedex": "59046 LILLE CEDEX"}, "Lille", "59350"),
        ({"insee": "75113", "postal_code": "75013", "city": "PARIS 13"}, "Paris", "75056"),
        ({"insee": "97411", "postal_code": "97400", "city": "SAINT DENIS"}, "Saint-Denis", "97411"),
        ({"insee": "1004", "postal_code": "01500", "city": "AMBERIEU"}, "Ambérieu-en-Bugey", "01004"),
    ],
)
def test_a_commune_is_found_through_cedex_arrondissements_and_lost_zeros(given_: dict, city: str, insee: str) -> None:
    made = row(**given_)

    assert (made.city, made.insee) == (city, insee)


def test_overseas_keeps_its_own_time() -> None:
    assert row(insee="97411", postal_code="97400").timezone == "Indian/Reunion"


@pytest.mark.parametrize(
    "given_", [{"insee": "", "postal_code": "GL", "city": "", "street": "CARRICK HOUSE"}, {"insee": "99132"}]
)
def test_a_person_abroad_or_without_address_is_known_but_has_no_place(given_: dict) -> None:
    made = row(**({"postal_code": "", "city": ""} | given_))

    assert made.place_key == ""


def test_who_cannot_receive_is_left_out_and_who_is_unreadable_is_said() -> None:
    assert row(profession="86", savoir_faire="") == NOT_SEARCHED
    assert isinstance(row(national_id="", id_value="12"), Unreadable)
    assert isinstance(row(family_name=""), Unreadable)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"finess": "590780193", "siret": "30000000100011"}, "1590780193"),
        ({"finess": "2A0000014"}, "12A0000014"),
        ({"siret": "30000000100011"}, "330000000100011"),
        ({"old_id": "349940088500020"}, "349940088500020"),
        ({}, "410100000328372"),
        ({"technical_id": "C75912415900"}, "075912415900"),
        ({"technical_id": "", "siret": "x"}, ""),
    ],
)
def test_a_site_is_named_by_its_best_national_id(given_: dict, expected: str) -> None:
    assert row(**given_).structure_national_id == expected


def test_a_place_without_any_id_is_named_by_its_address() -> None:
    first, same, other = (
        row(technical_id=""),
        row(technical_id="", street="Des lilas"),
        row(technical_id="", number="8"),
    )

    assert first.place_key == same.place_key
    assert first.place_key != other.place_key


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("03 20 00 00 00", "+33320000000"),
        ("+33 (0)3.20.00.00.00", "+33320000000"),
        ("0033320000000", "+33320000000"),
        ("320000000", "+33320000000"),
        ("0262 20 00 00", "+262262200000"),
        ("0590 81 00 00", "+590590810000"),
        ("+687 25 66 66", "+687256666"),
        ("15", ""),
        ("non communiqué", ""),
        ("03 20 00 00 00 00", ""),
    ],
)
def test_a_phone_is_international_or_nothing(typed: str, kept: str) -> None:
    assert phone_number(typed) == kept


@given(text=st.text(max_size=30))
def test_any_phone_is_read_without_failing(text: str) -> None:
    assert phone_number(text) == "" or phone_number(text).startswith("+")
