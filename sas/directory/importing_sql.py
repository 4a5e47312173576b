"""The statements of the directory's import: stage, compare, write. Read with docs/algorithms/nearest.md, « Import ».

Every table made here is temporary: a process that dies leaves nothing behind. Only rows that differ are touched, so
that the GiST indexes are not rebuilt (45–70 s for 1.3 million places) and a second import writes nothing.
"""

SOURCE = "annuaire"

_PERSON = ("family_name", "given_name", "civility", "profession", "name_key")
_PLACE = (
    "savoir_faire",
    "profession",
    "mode",
    "family_name",
    "given_name",
    "civility",
    "structure_national_id",
    "name",
    "line",
    "postal_code",
    "city",
    "insee",
    "department",
    "latitude",
    "longitude",
    "precision",
    "timezone",
    "phone",
    "structure_id",
)


def _columns(names: tuple[str, ...], alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


def _assignments(names: tuple[str, ...], alias: str) -> str:
    return ", ".join(f"{name} = {alias}.{name}" for name in names)


STAGE = """
CREATE TEMPORARY TABLE incoming (
    row_number bigint, national_id text, family_name text, given_name text, civility text, profession text,
    name_key text, place_key text, specialty text, savoir_faire text, mode text, structure_national_id text,
    name text, line text, postal_code text, city text, insee text, department text,
    latitude float8, longitude float8, precision text, timezone text, phone text
) ON COMMIT DROP
"""
COPY = "COPY incoming FROM STDIN"
TABLES = ("place_gone", "place_change", "person_change", "incoming_place", "incoming_person", "incoming")
DROP = f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{table}' for table in TABLES)}"

MERGE_PEOPLE = """
CREATE TEMPORARY TABLE incoming_person ON COMMIT DROP AS
SELECT DISTINCT ON (national_id) national_id, family_name, given_name, civility, profession, name_key
FROM incoming ORDER BY national_id, row_number
"""

MERGE_PLACES = """
CREATE TEMPORARY TABLE incoming_place ON COMMIT DROP AS
SELECT DISTINCT ON (i.national_id, i.place_key, i.specialty)
    i.national_id, i.place_key, i.specialty, i.savoir_faire, i.profession, i.mode,
    p.family_name, p.given_name, p.civility, i.structure_national_id,
    i.name, i.line, i.postal_code, i.city, i.insee, i.department, i.latitude, i.longitude, i.precision, i.timezone,
    i.phone, s.id AS structure_id
FROM incoming i JOIN incoming_person p USING (national_id)
LEFT JOIN directory_structure s ON s.national_id = i.structure_national_id AND i.structure_national_id <> ''
WHERE i.place_key <> ''
ORDER BY i.national_id, i.place_key, i.specialty, i.savoir_faire, i.row_number
"""

COMPARE_PEOPLE = f"""
CREATE TEMPORARY TABLE person_change ON COMMIT DROP AS
SELECT i.*, p.id AS practitioner_id
FROM incoming_person i LEFT JOIN directory_practitioner p USING (national_id)
WHERE p.id IS NULL OR ({_columns(_PERSON, "p")}) IS DISTINCT FROM ({_columns(_PERSON, "i")})
"""  # noqa: S608 — column names above

# A position found by a better source than the commune's centre stays as long as the address does.
COMPARE_PLACES = f"""
CREATE TEMPORARY TABLE place_change ON COMMIT DROP AS
SELECT i.*, l.id AS location_id, l.ended_on IS NOT NULL AS revived
FROM (
    SELECT i.national_id, i.place_key, i.specialty, i.savoir_faire, i.profession, i.mode, i.family_name, i.given_name,
        i.civility, i.structure_national_id, i.name, i.line, i.postal_code, i.city, i.insee, i.department,
        CASE WHEN kept.id IS NULL THEN i.latitude ELSE kept.latitude END AS latitude,
        CASE WHEN kept.id IS NULL THEN i.longitude ELSE kept.longitude END AS longitude,
        CASE WHEN kept.id IS NULL THEN i.precision ELSE kept.precision END AS precision,
        i.timezone, i.phone, i.structure_id
    FROM incoming_place i LEFT JOIN directory_practicelocation kept
    ON kept.national_id = i.national_id AND kept.place_key = i.place_key AND kept.specialty = i.specialty
        AND kept.precision <> 'commune' AND kept.line = i.line AND kept.postal_code = i.postal_code
        AND kept.insee = i.insee
) i
LEFT JOIN directory_practicelocation l
    ON l.national_id = i.national_id AND l.place_key = i.place_key AND l.specialty = i.specialty
WHERE l.id IS NULL OR l.ended_on IS NOT NULL
    OR ({_columns(_PLACE, "l")}) IS DISTINCT FROM ({_columns(_PLACE, "i")})
"""  # noqa: S608 — column names above

COMPARE_GONE = f"""
CREATE TEMPORARY TABLE place_gone ON COMMIT DROP AS
SELECT l.id FROM directory_practicelocation l
WHERE l.ended_on IS NULL AND l.source = '{SOURCE}' AND NOT EXISTS (
    SELECT 1 FROM incoming_place i
    WHERE i.national_id = l.national_id AND i.place_key = l.place_key AND i.specialty = l.specialty
)
"""  # noqa: S608 — a constant

ANALYZE = "ANALYZE {}"

COUNT = f"""
SELECT
    (SELECT count(*) FROM incoming_person), (SELECT count(*) FROM incoming_place),
    (SELECT count(*) FROM incoming WHERE place_key <> ''), (SELECT count(*) FROM incoming WHERE place_key = ''),
    (SELECT count(*) FROM person_change WHERE practitioner_id IS NULL),
    (SELECT count(*) FROM person_change WHERE practitioner_id IS NOT NULL),
    (SELECT count(*) FROM place_change WHERE location_id IS NULL),
    (SELECT count(*) FROM place_change WHERE location_id IS NOT NULL AND NOT revived),
    (SELECT count(*) FROM place_change WHERE revived),
    (SELECT count(*) FROM place_gone),
    (SELECT count(*) FROM directory_practicelocation WHERE ended_on IS NULL AND source = '{SOURCE}')
"""  # noqa: S608 — a constant

_PERSON_LIST = ", ".join(_PERSON)
_PLACE_LIST = ", ".join(_PLACE)

APPLY = (
    (
        "professionnels corrigés",
        f"UPDATE directory_practitioner p SET {_assignments(_PERSON, 'c')}, updated_on = %(on)s"  # noqa: S608
        " FROM person_change c WHERE c.practitioner_id = p.id",
    ),
    (
        "professionnels ajoutés",
        f"INSERT INTO directory_practitioner (national_id, {_PERSON_LIST}, updated_on)"  # noqa: S608
        f" SELECT national_id, {_PERSON_LIST}, %(on)s FROM person_change"
        " WHERE practitioner_id IS NULL ORDER BY national_id",
    ),
    (
        "lieux corrigés",
        f"UPDATE directory_practicelocation l SET {_assignments(_PLACE, 'c')}, ended_on = NULL, updated_on = %(on)s"  # noqa: S608
        " FROM place_change c WHERE c.location_id = l.id",
    ),
    (
        # In the order of the index: neighbours of one discipline share pages of the table.
        "lieux ajoutés",
        "INSERT INTO directory_practicelocation (practitioner_id, national_id, place_key, specialty,"  # noqa: S608
        f" {_PLACE_LIST}, source, updated_on, participates)"
        f" SELECT p.id, c.national_id, c.place_key, c.specialty, {_columns(_PLACE, 'c')}, '{SOURCE}', %(on)s,"
        # Who takes part and moves goes on taking part, unless they chose their places: then one is not flagged.
        " (SELECT coalesce(bool_and(o.participates), false) FROM directory_practicelocation o"
        " WHERE o.practitioner_id = p.id)"
        " FROM place_change c JOIN directory_practitioner p USING (national_id) WHERE c.location_id IS NULL"
        " ORDER BY c.specialty, c.department, c.insee, c.place_key",
    ),
    (
        "lieux fermés",
        "UPDATE directory_practicelocation l SET ended_on = %(on)s, updated_on = %(on)s"
        " FROM place_gone g WHERE g.id = l.id",
    ),
)
