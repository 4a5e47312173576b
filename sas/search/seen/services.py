"""Adding up who saw whom, and forgetting it after twelve months."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from sas.search.models import ShownCount
from sas.web import audit

AT_ONCE = 5_000
"""Searches of one transaction."""

KEPT = timedelta(days=365)


def roll_up(*, at_once: int = AT_ONCE) -> int:
    """Add the oldest searches to the counts and delete them, both or neither; returns how many there were.

    Two at once treat different searches. No audit line: rows are anonymous, and nobody's settings.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ROLL_UP, [at_once])
        (treated,) = cursor.fetchone() or (0,)
    return int(treated)


@transaction.atomic
def purge_shown_counts(*, by: str, at: datetime) -> int:
    """Forget counts of more than twelve months."""
    gone, _ = ShownCount.objects.filter(day__lt=(at - KEPT).date()).delete()
    if gone:
        audit.record("purge_shown_counts", by=by, at=at, target="shown_counts", after={"purged": gone})
    return gone


# One statement: the rows that are deleted are those that are counted. The day is that of the person's place.
ROLL_UP = """
    WITH taken AS (
        DELETE FROM search_showing WHERE id IN (
            SELECT id FROM search_showing ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
        ) RETURNING at, territory_code, role, practitioner_ids
    ), zones AS (
        SELECT DISTINCT ON (practitioner_id) practitioner_id, timezone FROM directory_practicelocation
        WHERE practitioner_id IN (SELECT unnest(practitioner_ids) FROM taken)
        ORDER BY practitioner_id, ended_on ASC NULLS FIRST, id
    ), counted AS (
        SELECT (taken.at AT TIME ZONE coalesce(zones.timezone, 'Europe/Paris'))::date AS day, person.id AS person,
               taken.territory_code, taken.role, count(*) AS searches
        FROM taken
        CROSS JOIN LATERAL unnest(taken.practitioner_ids) AS shown(id)
        JOIN directory_practitioner AS person ON person.id = shown.id
        LEFT JOIN zones ON zones.practitioner_id = person.id
        GROUP BY 1, 2, 3, 4
    ), added AS (
        INSERT INTO search_showncount AS total (day, practitioner_id, territory_code, role, searches)
        SELECT day, person, territory_code, role, searches FROM counted ORDER BY person, day, territory_code, role
        ON CONFLICT (practitioner_id, day, territory_code, role)
        DO UPDATE SET searches = total.searches + excluded.searches
    )
    SELECT count(*) FROM taken
"""
