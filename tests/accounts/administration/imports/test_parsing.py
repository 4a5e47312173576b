"""The file of a bulk import, as people and their spreadsheets write it."""

import contextlib
import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.accounts.administration.imports.parsing import (
    MOST_BYTES,
    MOST_LINES,
    TEMPLATE,
    Line,
    UnreadableFile,
    decode,
    parse,
)
from sas.accounts.permissions import Role

HEADER = "email;family_name;given_name;profession;roles;territories;national_id;without_card;expires_on;structures"
GOOD = "lea@example.org;Durand;Léa;Médecin;regulator|ioa;SAS-59|SAS-62;810000000001;oui;31/12/2030;590000001"


def test_a_line_says_everything() -> None:
    (line,) = parse(f"{HEADER}\n{GOOD}\n")
    assert (line.number, line.email, line.roles, line.territories) == (
        2,
        "lea@example.org",
        (Role.REGULATOR, Role.IOA),
        ("SAS-59", "SAS-62"),
    )
    assert (line.without_card, line.expires_on, line.structures, line.errors) == (
        True,
        date(2030, 12, 31),
        ("590000001",),
        (),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_spreadsheet_is_read_alike(encoding: str, separator: str, end: str) -> None:
    text = end.join(["Courriel;Nom;Prénom;Rôle;Territoire", "lea@example.org;Durand;Léa;Régulateur / OSNP;sas-59"])
    (line,) = parse(decode(text.replace(";", separator).encode(encoding)))
    assert (line.given_name, line.roles, line.territories, line.errors) == ("Léa", (Role.REGULATOR,), ("SAS-59",), ())


def test_the_model_is_a_file_that_is_read() -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=";").writerows(TEMPLATE)
    (line,) = parse(file.getvalue())
    assert line.errors == ()


@pytest.mark.parametrize(
    ("cell", "wrong", "said"),
    [
        ("lea@example.org", "pas une adresse", "Adresse"),
        ("Durand", "", "Nom"),
        ("Durand", "D" * 101, "trop long"),
        ("regulator|ioa", "roi", "Rôle inconnu : roi"),
        ("regulator|ioa", "", "Rôle absent"),
        ("810000000001", "12", "Identifiant"),
        ("oui", "peut-être", "oui ou non"),
        ("31/12/2030", "31/02/2030", "Date"),
        ("590000001", "590000001;trop", "Trop de cellules"),
    ],
)
def test_a_wrong_cell_costs_its_line_and_says_why(cell: str, wrong: str, said: str) -> None:
    bad, good = parse(f"{HEADER}\n{GOOD.replace(cell, wrong)}\nmax{GOOD[3:]}")
    assert any(said in error for error in bad.errors)
    assert good.errors == ()


def test_the_same_address_twice_is_refused_the_second_time() -> None:
    first, second = parse(f"{HEADER}\n{GOOD}\n{GOOD.replace('lea@', 'LEA@')}")
    assert (first.errors, second.errors) == ((), ("Même adresse que la ligne 2.",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"\xef\xbb\xbf \n", "vide"),
        (b"PK\x03\x04\0\0", "pas du CSV"),
        (b"x" * (MOST_BYTES + 1), "1 Mio"),
        (b"a;b\n1;2", "Colonnes absentes : email, family_name, given_name, roles"),
        (b"email;nom;nom;prenom;roles\n", "double : family_name"),
        (HEADER.encode(), "en-t.te"),
        ((HEADER + "\n" + "a;b\n" * (MOST_LINES + 1)).encode(), "5000 lignes"),
        (HEADER.encode() + b'\n"' + b"x" * 200_000, "lisible"),
    ],
)
def test_a_file_that_is_none_says_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        parse(decode(content))


def test_our_own_exports_come_back_without_their_apostrophes() -> None:
    (line,) = parse("email;nom;prenom;roles\nlea@example.org;'=Durand;O'Neil;ioa")
    assert (line.family_name, line.given_name) == ("=Durand", "O'Neil")


def read(content: bytes) -> list[Line]:
    """Its lines, or none where the file is refused by a sentence; anything else is a fault."""
    with contextlib.suppress(UnreadableFile):
        return parse(decode(content))
    return []


@given(st.binary(max_size=400))
def test_any_bytes_are_lines_or_a_sentence(content: bytes) -> None:
    assert all(line.number > 1 for line in read(content))


@given(st.lists(st.lists(st.text(max_size=30), min_size=1, max_size=12), min_size=1, max_size=5))
def test_any_cells_under_the_header_are_lines_with_sentences(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=";").writerows([HEADER.split(";"), *rows])
    lines = read(file.getvalue().encode())
    assert all(error.endswith((".", "?")) for line in lines for error in line.errors)
    assert all("\0" not in line.family_name and len(line.territories) <= 20 for line in lines)
