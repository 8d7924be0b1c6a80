-- On: commit
WITH touched AS (
    UPDATE timer t SET closed = true
    FROM unnest($1::smallint[], $2::uuid[]) AS u (home_id, timer_id)
    WHERE t.home_id = u.home_id AND t.timer_id = u.timer_id AND NOT t.closed
    RETURNING 1)
SELECT credit_expect(count(*), $3::bigint) FROM touched
