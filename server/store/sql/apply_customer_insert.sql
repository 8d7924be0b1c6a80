-- On: commit
WITH touched AS (
    INSERT INTO customer (home_id, customer_id, version, number, name, branch_id, region_id, stage, tier, grade,
                          open_application_id, chain_seq, chain_hash, last_event_at)
    SELECT u.home_id, u.customer_id, u.version, u.number, u.name, u.branch_id, u.region_id, u.stage, u.tier,
           nullif(u.grade, 0), nullif(u.open_application_id, 0), u.chain_seq, u.chain_hash, u.last_event_at
    FROM unnest($1::smallint[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::integer[], $7::integer[],
                $8::smallint[], $9::smallint[], $10::smallint[], $11::bigint[], $12::bigint[], $13::bytea[],
                $14::bigint[])
         AS u (home_id, customer_id, version, number, name, branch_id, region_id, stage, tier, grade,
               open_application_id, chain_seq, chain_hash, last_event_at)
    RETURNING 1)
SELECT credit_expect(count(*), $15::bigint) FROM touched
