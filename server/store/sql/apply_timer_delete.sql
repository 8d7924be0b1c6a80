-- On: commit
WITH touched AS (
    DELETE FROM timer t
    USING unnest($1::timer_key[]) AS u
    WHERE t.home_id = u.home_id AND t.kind = u.kind AND t.subject_id = u.subject_id
    RETURNING 1)
SELECT credit_expect(count(*), $2::bigint) FROM touched
