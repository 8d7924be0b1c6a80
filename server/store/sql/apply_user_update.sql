-- On: commit
-- $1 user, $2 roles, $3 job level, $4 disabled, $5 unit
WITH touched AS (
    UPDATE app_user SET roles = $2::integer, job_level = $3::smallint, disabled = $4::boolean, unit_id = $5::integer
    WHERE user_id = $1::bigint
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
