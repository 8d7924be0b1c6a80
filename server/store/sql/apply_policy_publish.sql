-- On: commit
-- $1 version, $2 who, $3 when, $4 from when on it may be in force
WITH touched AS (
    UPDATE policy_version SET published_by = $2::bigint, published_at = $3::bigint, effective_at = $4::bigint
    WHERE version = $1::integer AND published_at IS NULL
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
