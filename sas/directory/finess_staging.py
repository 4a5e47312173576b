"""An extraction of FINESS through a temporary table: lines in any order and any number of files, little memory.

Positions come apart from establishments, often in another file: PostgreSQL joins them, and gives lots back.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache, partial
from pathlib import Path

from django.db import connection

from sas.directory import finess
from sas.directory.finess import Establishment, Position
from sas.directory.finess_rows import values_of
from sas.directory.gazetteer import gazetteer
from sas.directory.gazetteer_match import Match
from sas.directory.importing import Progress
from sas.directory.structure_rules import FINESS
from sas.directory.structures_writing import LOT, Said, StructuresReport

_STAGE = """
DROP TABLE IF EXISTS pg_temp.finess_line, pg_temp.finess_kept;
CREATE TEMPORARY TABLE finess_line (
    number bigint, file text, line bigint, finess text, is_position boolean, words text[]
) ON COMMIT DROP;
CREATE TEMPORARY TABLE finess_kept (national_id text, department text) ON COMMIT DROP
"""
_DUPLICATES = """
SELECT l.file, l.line FROM (
    SELECT file, line, row_number() OVER (PARTITION BY finess ORDER BY number) AS nth
    FROM finess_line WHERE NOT is_position
) l WHERE l.nth > 1 ORDER BY l.line
"""
_JOINED = """
SELECT s.file, s.line, s.words, p.words FROM (
    SELECT DISTINCT ON (finess) * FROM finess_line WHERE NOT is_position ORDER BY finess, number
) s LEFT JOIN (
    SELECT DISTINCT ON (finess) * FROM finess_line WHERE is_position ORDER BY finess, number
) p USING (finess)
"""
_ABSENT = """
UPDATE directory_structure s SET ended_on = %(on)s, updated_on = %(on)s
WHERE s.ended_on IS NULL AND s.source = %(source)s AND s.department IN (SELECT DISTINCT department FROM finess_kept)
    AND NOT EXISTS (SELECT 1 FROM finess_kept k WHERE k.national_id = s.national_id)
"""
_COVERED = """
SELECT count(*) FROM directory_structure s
WHERE s.ended_on IS NULL AND s.source = %(source)s AND s.department IN (SELECT DISTINCT department FROM finess_kept)
"""


def staged(paths: Sequence[Path], report: StructuresReport, progress: Progress) -> Iterator[Said]:
    """What the extraction says of each establishment, by FINESS number. Inside a transaction."""
    progress.step("lecture de FINESS")
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy("COPY finess_line FROM STDIN") as copy:
            number = 0
            for path in paths:
                for line, item in finess.read(path, progress.bytes_read):
                    number += 1
                    if isinstance(item, finess.Rejected):
                        report.rejected.add(path.name, line, item.reason)
                    else:
                        is_position = isinstance(item, Position)
                        copy.write_row((number, path.name, line, item.nofinesset, is_position, list(item)))
        cursor.execute("ANALYZE finess_line")
        cursor.execute(_DUPLICATES)
        for file, line in cursor.fetchall():
            report.rejected.add(file, line, "établissement déjà donné")
    progress.step("établissements")
    yield from _said(report)


def _said(report: StructuresReport) -> Iterator[Said]:
    places = gazetteer()

    @lru_cache(maxsize=65_536)
    def commune_for(insee: str, postal_code: str, city: str) -> Match:
        return places.commune_for(insee=insee, postal_code=postal_code, city=city)

    with connection.connection.cursor(name="finess_joined") as rows, connection.cursor() as cursor:
        rows.execute(_JOINED)
        while lot := rows.fetchmany(LOT):
            kept = []
            for file, line, words, position in lot:
                row = Establishment(*words)
                if position is not None:
                    row = row._replace(**Position(*position)._asdict())
                values = values_of(row, commune_for, partial(report.warnings.add, file, line))
                kept.append(Said(file, line, f"1{row.nofinesset}", values))
            with cursor.copy("COPY finess_kept FROM STDIN") as copy:
                for one in kept:
                    copy.write_row((one.national_id, one.values["department"]))
            yield from kept


def close_absent(on: date) -> tuple[int, int]:
    """Close what FINESS gave before and does not any more, where it was read; (closed, active until then)."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE finess_kept")
        cursor.execute(_COVERED, {"source": FINESS, "on": on})
        (covered,) = cursor.fetchone()
        cursor.execute(_ABSENT, {"source": FINESS, "on": on})
        return int(cursor.rowcount), int(covered)
