"""CSV files: what a spreadsheet opens, and does not run."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

import pytest
from django.http import StreamingHttpResponse
from hypothesis import given
from hypothesis import strategies as st

from sas.web.csv_export import FORMULA, cell, csv_response, file_name


def chunks(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    response = csv_response(name, header, rows)
    assert isinstance(response, StreamingHttpResponse)
    return iter(response)


def test_a_list_is_a_download_that_a_french_spreadsheet_reads_and_no_cache_keeps() -> None:
    rows = [("Éléonore « Léo »", 3, True), ('a;b"c', None, False)]
    answer = csv_response("comptes-59", ["Nom", "Nombre", "Actif"], rows)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="comptes-59.csv"'
    assert answer["Cache-Control"] == "no-store"
    assert b"".join(chunks("comptes-59", ["Nom", "Nombre", "Actif"], rows)).decode() == (
        '\ufeffNom;Nombre;Actif\r\nÉléonore « Léo »;3;oui\r\n"a;b""c";;non\r\n'
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+33612345678", "'+33612345678"),
        ("-1+2", "'-1+2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("a\0b", "ab"),
        (-5, "-5"),
        (1.5, "1.5"),
        (date(2026, 3, 2), "2026-03-02"),
        (datetime(2026, 7, 2, 9, tzinfo=UTC), "2026-07-02 11:00:00" + "+02" + ":00"),
        (None, ""),
    ],
)
def test_a_cell_is_text_and_never_a_formula(value: object, written: str) -> None:
    assert cell(value) == written


@given(text=st.text())
def test_no_text_becomes_a_formula_and_none_is_lost(text: str) -> None:
    content = b"".join(chunks("x", ["titre"], [[text]])).decode().removeprefix("\ufeff")
    (_, read) = list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))
    found = "".join(read)
    assert not found.lstrip().startswith(FORMULA)
    assert found in (text.replace("\0", ""), "'" + text.replace("\0", ""))


def test_rows_are_written_as_they_are_read() -> None:
    given_rows: list[int] = []

    def rows() -> Iterator[list[object]]:
        for number in range(100_000):
            given_rows.append(number)
            yield [number]

    assert next(chunks("x", ["n"], rows())).startswith("\ufeffn\r\n0\r\n".encode())
    assert len(given_rows) < 1000


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("audit", "audit.csv"),
        ("audit.csv", "audit.csv"),
        ("../../etc/passwd", "etc-passwd.csv"),
        ('a"\r\nSet-Cookie: x', "a-Set-Cookie-x.csv"),
        ("", "export.csv"),
        ("…", "export.csv"),
        ("x" * 300, "x" * 80 + ".csv"),
    ],
)
def test_a_file_name_leaves_no_folder_and_breaks_no_header(name: str, kept: str) -> None:
    assert file_name(name) == kept
    assert "\n" not in csv_response(name, [], [])["Content-Disposition"]


def test_a_name_with_accents_is_kept() -> None:
    assert "filename*=utf-8''d%C3%A9l%C3%A9gations.csv" in csv_response("délégations", [], [])["Content-Disposition"]
