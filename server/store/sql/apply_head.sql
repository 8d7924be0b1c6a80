-- On: commit
WITH touched AS (
    UPDATE organisation_head SET chain_seq = $2::bigint, chain_hash = $3::bytea, last_event_at = $4::bigint
    WHERE chain_seq = $1::bigint
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
