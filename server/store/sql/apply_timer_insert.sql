-- On: commit
WITH touched AS (
    INSERT INTO timer (home_id, timer_id, kind, customer_id, application_id, due_at)
    SELECT u.home_id, u.timer_id, u.kind, u.customer_id, nullif(u.application_id, 0), u.due_at
    FROM unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[])
         AS u (home_id, timer_id, kind, customer_id, application_id, due_at)
    RETURNING 1)
SELECT credit_expect(count(*), $7::bigint) FROM touched
