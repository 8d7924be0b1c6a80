-- On: commit
-- New ones and those that have moved: which of them a subject has is known to the rows that were written before.
WITH touched AS (
    INSERT INTO timer (home_id, kind, subject_id, customer_id, timer_id, due_at, unit_id, role)
    SELECT u.home_id, u.kind, u.subject_id, u.customer_id, u.timer_id, u.due_at, nullif(u.unit_id, 0), nullif(u.role, 0)
    FROM unnest($1::smallint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::uuid[], $6::bigint[], $7::integer[],
                $8::smallint[])
         AS u (home_id, kind, subject_id, customer_id, timer_id, due_at, unit_id, role)
    ON CONFLICT (home_id, kind, subject_id) DO UPDATE
    SET timer_id = excluded.timer_id, due_at = excluded.due_at, unit_id = excluded.unit_id, role = excluded.role
    RETURNING 1)
SELECT credit_expect(count(*), $9::bigint) FROM touched
