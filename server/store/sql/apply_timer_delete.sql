-- On: commit
WITH touched AS (
    DELETE FROM timer t
    USING unnest($1::smallint[], $2::smallint[], $3::bigint[]) AS u (home_id, kind, subject_id)
    WHERE t.home_id = u.home_id AND t.kind = u.kind AND t.subject_id = u.subject_id
    RETURNING 1)
SELECT credit_expect(count(*), $4::bigint) FROM touched
