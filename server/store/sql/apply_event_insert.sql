-- On: commit
WITH touched AS (
    INSERT INTO event (home_id, customer_id, seq, application_id, kind, command_id, actor, at, from_state, to_state,
                       version, payload, hash_prev, hash)
    SELECT u.home_id, u.customer_id, u.seq, nullif(u.application_id, 0), u.kind, u.command_id, u.actor, u.at,
           u.from_state, u.to_state, u.version, u.payload::json, u.hash_prev, u.hash
    FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[], $6::uuid[], $7::bigint[],
                $8::bigint[], $9::smallint[], $10::smallint[], $11::integer[], $12::text[], $13::bytea[], $14::bytea[])
         AS u (home_id, customer_id, seq, application_id, kind, command_id, actor, at, from_state, to_state, version,
               payload, hash_prev, hash)
    RETURNING 1)
SELECT credit_expect(count(*), $15::bigint) FROM touched
