-- On: commit
-- Compare-and-set on chain_seq, which every change of a customer or its applications moves.
WITH touched AS (
    UPDATE customer c
    SET version = u.version, name = u.name, branch_id = u.branch_id, region_id = u.region_id, stage = u.stage,
        tier = u.tier, grade = nullif(u.grade, 0), open_application_id = nullif(u.open_application_id, 0),
        chain_seq = u.chain_seq, chain_hash = u.chain_hash, last_event_at = u.last_event_at
    FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::integer[], $5::text[], $6::integer[], $7::integer[],
                $8::smallint[], $9::smallint[], $10::smallint[], $11::bigint[], $12::bigint[], $13::bytea[],
                $14::bigint[])
         AS u (home_id, customer_id, loaded_seq, version, name, branch_id, region_id, stage, tier, grade,
               open_application_id, chain_seq, chain_hash, last_event_at)
    WHERE c.home_id = u.home_id AND c.customer_id = u.customer_id AND c.chain_seq = u.loaded_seq
    RETURNING 1)
SELECT credit_expect(count(*), $15::bigint) FROM touched
