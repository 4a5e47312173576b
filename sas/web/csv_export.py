"""Lists as CSV files that a spreadsheet opens without running anything of what people typed.

UTF-8 with its mark and semicolons: what a French spreadsheet expects. Rows are written as they are read, so that a
national list costs the memory of a row.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for the start of a formula (OWASP, « CSV injection »), full-width forms included."""

LONGEST_NAME = 80
ROWS_AT_ONCE = 200


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponseBase:
    """A download of `rows`, named after `name` (« comptes-59 »). None is empty, booleans are oui / non, instants are
    written with their offset in the current time zone; texts that look like a formula get an apostrophe in front."""
    answer = StreamingHttpResponse(_written(header, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, file_name(name)) or "attachment"
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def file_name(name: str) -> str:
    """Letters, digits, dots, dashes: nothing that leaves a folder or breaks a header; never empty."""
    kept = re.sub(r"[^\w.-]+", "-", name.removesuffix(".csv")).strip(".-_")[:LONGEST_NAME]
    return f"{kept or 'export'}.csv"


def cell(value: object) -> str:
    """One value as it is written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(" ", "seconds")
    if isinstance(value, int | float | date):
        return str(value)
    text = str(value).replace("\0", "")
    # A blank in front does not stop every spreadsheet.
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


class _Echo:
    def write(self, text: str) -> str:
        return text


def _written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";")
    lot = [MARK + writer.writerow([cell(title) for title in header])]
    for row in rows:
        lot.append(writer.writerow([cell(value) for value in row]))
        if len(lot) >= ROWS_AT_ONCE:
            yield "".join(lot)
            lot = []
    if lot:
        yield "".join(lot)
