-- On: commit
-- $1 id, $2 its new end, $3 revoked by
WITH touched AS (
    UPDATE delegation SET ends_at = $2::bigint, revoked_by = $3::bigint
    WHERE delegation_id = $1::bigint AND revoked_by IS NULL
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
