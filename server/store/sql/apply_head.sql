-- On: commit
-- $1 the chain, $2 its seq as loaded
WITH touched AS (
    UPDATE reference_head SET chain_seq = $3::bigint, chain_hash = $4::bytea, last_event_at = $5::bigint
    WHERE chain = $1::smallint AND chain_seq = $2::bigint
    RETURNING 1)
SELECT credit_expect(count(*), 1) FROM touched
