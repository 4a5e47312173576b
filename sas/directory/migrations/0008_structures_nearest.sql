-- The nearest structures of some activities, as a function so that its plan is pinned: 0002_nearest.sql says why.
--
-- One walk of GiST(sought, position) per activity; the caller merges them by (chord, id). A service of a hospital
-- (emergencies) is looked for among hospitals.
CREATE FUNCTION directory_structures_nearest(
    wanted text[],
    origin cube,
    radius float8,
    resume_rank float8,
    resume_id bigint,
    page integer
) RETURNS TABLE (structure_id bigint, rank float8)
LANGUAGE plpgsql STABLE ROWS 25
SET enable_bitmapscan = off
SET enable_sort = off
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $function$
#variable_conflict use_column
DECLARE
    area cube := cube_enlarge(origin, radius + 1e-9, 3);
    one text;
BEGIN
    FOREACH one IN ARRAY wanted LOOP
        RETURN QUERY
        SELECT s.id, s.position <-> origin
        FROM directory_structure s
        WHERE s.ended_on IS NULL AND s.sought = one AND s.position <@ area AND s.position <-> origin <= radius
            AND (resume_id IS NULL OR (s.position <-> origin, s.id) > (resume_rank, resume_id))
        ORDER BY s.position <-> origin, s.id
        LIMIT page;
        IF one = 'emergency' THEN
            RETURN QUERY
            SELECT s.id, s.position <-> origin
            FROM directory_structure s
            WHERE s.ended_on IS NULL AND s.sought = 'hospital' AND s.position <@ area
                AND s.position <-> origin <= radius AND s.services @> ARRAY[one]
                AND NOT ('hospital' = ANY (wanted))
                AND (resume_id IS NULL OR (s.position <-> origin, s.id) > (resume_rank, resume_id))
            ORDER BY s.position <-> origin, s.id
            LIMIT page;
        END IF;
    END LOOP;
END
$function$;
