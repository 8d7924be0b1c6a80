-- On: commit
-- $1 login, $2 name, $3 unit, $4 job level, $5 roles, $6 password hash
WITH touched AS (
    INSERT INTO app_user (login, name, unit_id, job_level, roles)
    VALUES ($1::text, $2::text, $3::integer, $4::smallint, $5::integer)
    RETURNING user_id),
password AS (
    INSERT INTO user_password (user_id, hash, changed_at) SELECT t.user_id, $6::text, business_now() FROM touched t
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM password
