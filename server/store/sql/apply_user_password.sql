-- On: commit
-- $1 user, $2 password hash, $3 the hash that it replaces (NULL: any)
WITH touched AS (
    UPDATE user_password SET hash = $2::text, changed_at = business_now()
    WHERE user_id = $1::bigint AND ($3::text IS NULL OR hash = $3::text)
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
