-- The hot query of the product, as a function so that its plan is pinned.
--
-- contrib/cube has no statistics: the planner believes that a thousandth of the table lies in any box, so around Paris
-- it would fetch and sort thousands of rows (6 ms) rather than walk the index in order of distance (0.5 ms). The SET
-- clauses leave it the ordered walk only, and spare it the compiler that a forbidden plan's cost would call. Inside,
-- plans are kept by the session and made once.
--
-- Participants first, then the others, each by exact chord then id. `radius` and `inner_radius` are chords on the unit
-- sphere; the box that the index compares is a little wider (6 mm), so that rounding loses nobody on the rim. A page
-- resumes after (resume_rank, resume_id) of the half it ended in. Texts come as one array: twenty columns fewer to
-- describe and decode is a fifth of the time of a page. This version adds opening hours, as JSON, at their end.
CREATE OR REPLACE FUNCTION directory_nearest(
    wanted text,
    origin cube,
    radius float8,
    inner_radius float8,
    with_participants boolean,
    with_others boolean,
    resume_rank float8,
    resume_id bigint,
    resume_in_participants boolean,
    professions text[],
    conventions text[],
    page integer
) RETURNS TABLE (
    location_id bigint,
    practitioner_id bigint,
    structure_id bigint,
    latitude float8,
    longitude float8,
    participates boolean,
    updated_on date,
    rank float8,
    texts text[]
)
LANGUAGE plpgsql STABLE ROWS 25
SET enable_bitmapscan = off
SET enable_sort = off
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $function$
#variable_conflict use_column
DECLARE
    area cube := cube_enlarge(origin, radius + 1e-9, 3);
    resume_participants boolean := COALESCE(resume_in_participants, false);
    resume_others boolean := COALESCE(NOT resume_in_participants, false);
    given integer;
BEGIN
    IF with_participants THEN
        RETURN QUERY
        SELECT l.id, l.practitioner_id, l.structure_id, l.latitude, l.longitude, l.participates, l.updated_on,
            l.position <-> origin,
            ARRAY[l.national_id, l.family_name, l.given_name, l.civility, l.profession, l.specialty, l.savoir_faire,
                l.mode, l.place_key, l.name, l.line, l.postal_code, l.city, l.insee, l.department, l.precision,
                l.timezone, COALESCE(l.phone_override, l.phone), l.information_override, l.convention,
                l.structure_national_id, l.hours_override::text]
        FROM directory_practicelocation l
        WHERE l.ended_on IS NULL AND l.participates AND l.specialty = wanted AND l.position <@ area
            AND l.position <-> origin <= radius AND l.position <-> origin > inner_radius
            AND (NOT resume_participants OR (l.position <-> origin, l.id) > (resume_rank, resume_id))
            AND (professions IS NULL OR l.profession = ANY (professions))
            AND (conventions IS NULL OR l.convention = ANY (conventions))
        ORDER BY l.position <-> origin, l.id
        LIMIT page;
        GET DIAGNOSTICS given = ROW_COUNT;
        page := page - given;
    END IF;
    IF with_others AND page > 0 THEN
        RETURN QUERY
        SELECT l.id, l.practitioner_id, l.structure_id, l.latitude, l.longitude, l.participates, l.updated_on,
            l.position <-> origin,
            ARRAY[l.national_id, l.family_name, l.given_name, l.civility, l.profession, l.specialty, l.savoir_faire,
                l.mode, l.place_key, l.name, l.line, l.postal_code, l.city, l.insee, l.department, l.precision,
                l.timezone, COALESCE(l.phone_override, l.phone), l.information_override, l.convention,
                l.structure_national_id, l.hours_override::text]
        FROM directory_practicelocation l
        WHERE l.ended_on IS NULL AND NOT l.participates AND l.specialty = wanted AND l.position <@ area
            AND l.position <-> origin <= radius AND l.position <-> origin > inner_radius
            AND (NOT resume_others OR (l.position <-> origin, l.id) > (resume_rank, resume_id))
            AND (professions IS NULL OR l.profession = ANY (professions))
            AND (conventions IS NULL OR l.convention = ANY (conventions))
        ORDER BY l.position <-> origin, l.id
        LIMIT page;
    END IF;
END
$function$;
