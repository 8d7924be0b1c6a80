-- On: commit
-- $1 version, $2 who, $3 when, $4 why
WITH touched AS (
    UPDATE policy_version SET rolled_back_by = $2::bigint, rolled_back_at = $3::bigint, rollback_reason = $4::text
    WHERE version = $1::integer AND published_at IS NOT NULL AND rolled_back_at IS NULL
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
