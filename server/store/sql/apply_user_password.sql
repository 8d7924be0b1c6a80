-- $1 user, $2 password hash
WITH touched AS (
    UPDATE user_password SET hash = $2::text, changed_at = business_now() WHERE user_id = $1::bigint
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
